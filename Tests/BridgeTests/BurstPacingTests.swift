import NIOCore
import Testing

@testable import Bridge

@Suite struct BurstPacingTests {
    /// Feeds it reads at a steady rate; returns the pauses that it asked for behind the first read.
    private func pauses(readsPerSecond: Int64, messagesPerRead: Int) -> [TimeAmount] {
        var pacing = BurstPacing()
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var pauses: [TimeAmount] = []
        for read in 0..<100 {
            pacing.messageCount += messagesPerRead
            let pause = pacing.readEnded(now: now)
            if read > 0, let pause { pauses.append(pause) }
            now = now + .nanoseconds(1_000_000_000 / readsPerSecond)
        }
        return pauses
    }

    @Test(arguments: [1, 1_000, 2_000, 5_000] as [Int64])
    func singleMessagesPassAtOnce(readsPerSecond: Int64) {
        #expect(pauses(readsPerSecond: readsPerSecond, messagesPerRead: 1).isEmpty)
    }

    @Test func manyReadsWait() {
        #expect(pauses(readsPerSecond: 20_000, messagesPerRead: 1).count == 99)
    }

    @Test func burstsWaitHoweverSeldom() {
        #expect(pauses(readsPerSecond: 10, messagesPerRead: 3).isEmpty)
        #expect(pauses(readsPerSecond: 10, messagesPerRead: 4).count == 99)
    }

    @Test func fullReadsDoNotWait() {
        #expect(pauses(readsPerSecond: 1_000, messagesPerRead: 255).count == 99)
        #expect(pauses(readsPerSecond: 1_000, messagesPerRead: 256).isEmpty)
    }

    @Test func readsWithoutMessagesDoNotWait() {
        #expect(pauses(readsPerSecond: 100_000, messagesPerRead: 0).isEmpty)
    }
}
