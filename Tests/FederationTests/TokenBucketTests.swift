import Federation
import NIOCore
import TestSupport
import Testing

@Suite struct TokenBucketTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func taken(_ bucket: inout TokenBucket, at now: NIODeadline) -> Int {
        var count = 0
        while count < 1_000, bucket.take(now: now) { count += 1 }
        return count
    }

    @Test func itBeginsFullAndFillsNoFurther() {
        var bucket = TokenBucket(rate: 10, burst: 5, now: start)
        #expect(taken(&bucket, at: start) == 5)
        #expect(taken(&bucket, at: start + .milliseconds(250)) == 2)
        // Half a token was left over.
        #expect(taken(&bucket, at: start + .milliseconds(301)) == 1)
        #expect(taken(&bucket, at: start + .hours(24)) == 5)
    }

    @Test func aClockThatJumpsBackGivesNothing() {
        var bucket = TokenBucket(rate: 10, burst: 5, now: start)
        #expect(taken(&bucket, at: start) == 5)
        #expect(taken(&bucket, at: start - .hours(1)) == 0)
        #expect(taken(&bucket, at: start - .hours(1) + .milliseconds(101)) == 1)
    }

    @Test func aBurstBelowOneIsOne() {
        var bucket = TokenBucket(rate: 1, burst: 0, now: start)
        #expect(taken(&bucket, at: start) == 1)
    }

    private static let noRates = [0, -1, -Double.infinity, Double.nan]

    @Test(arguments: noRates) func noRateGivesTheFirstOnly(rate: Double) {
        var bucket = TokenBucket(rate: rate, burst: 2, now: start)
        #expect(taken(&bucket, at: start) == 2)
        #expect(taken(&bucket, at: start + .hours(1_000)) == 0)
        #expect(bucket.nextToken(now: start + .hours(1_000)) == .distantFuture)
    }

    @Test func aRateWithoutEnd() {
        var bucket = TokenBucket(rate: .infinity, burst: 3, now: start)
        #expect(taken(&bucket, at: start) == 3)
        #expect(bucket.nextToken(now: start) <= start + .nanoseconds(1))
        #expect(taken(&bucket, at: start + .nanoseconds(1)) == 3)
    }

    @Test(arguments: [UInt64.random(in: .min ... .max), 1])
    func theNextTokenIsThereWhenItIsSaidToBe(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let rate = Double.random(in: 0.01...5_000, using: &generator)
            var bucket = TokenBucket(rate: rate, burst: Int.random(in: 1...4, using: &generator), now: start)
            var now = start
            let burst = taken(&bucket, at: now)
            var count = 0
            for _ in 0..<30 {
                let next = bucket.nextToken(now: now)
                #expect(next > now)
                var early = bucket
                // A little before it there is none, unless the whole wait is as little.
                if next > now + .nanoseconds(1_000) {
                    #expect(early.take(now: next - .nanoseconds(1_000)) == false, "seed \(seed), rate \(rate)")
                }
                now = next
                #expect(bucket.take(now: now) == true, "seed \(seed), rate \(rate)")
                count += 1
            }
            // Never more than the rate allows, by a nanosecond each.
            let seconds = Double((now - start).nanoseconds) / 1e9
            #expect(Double(count) <= seconds * rate + 0.001, "seed \(seed), rate \(rate), burst \(burst)")
        }
    }
}
