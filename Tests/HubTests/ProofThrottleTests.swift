import NIOCore
import Testing

@testable import Hub

@Suite struct ProofThrottleTests {
    private func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    private func milliseconds(_ deadline: NIODeadline) -> Int64 { (deadline - at(0)).nanoseconds / 1_000_000 }

    /// Delays of `count` failures at one moment.
    private func delays(_ throttle: inout ProofThrottle, _ count: Int, host: String = "a", now: Int64 = 0) -> [Int64] {
        (0..<count).map { _ in milliseconds(throttle.failed(host: host, now: at(now))) - now }
    }

    @Test func theFirstThreeAreAnsweredAtOnceAndThenEachStandsInLine() {
        var throttle = ProofThrottle(limits: HubLimits())
        #expect(delays(&throttle, 7) == [0, 0, 0, 100, 300, 700, 1_500])
    }

    @Test func oneAfterTheOtherTheDelayDoublesUpToTheLongest() {
        var throttle = ProofThrottle(limits: HubLimits())
        var now: Int64 = 0
        var delays: [Int64] = []
        for _ in 0..<40 {
            let due = milliseconds(throttle.failed(host: "a", now: at(now)))
            delays.append(due - now)
            now = due
        }
        #expect(delays.prefix(10) == [0, 0, 0, 100, 200, 400, 800, 1_600, 3_200, 5_000])
        #expect(delays.dropFirst(10).allSatisfy { $0 == 5_000 })
    }

    @Test func hostsAreCountedApart() {
        var throttle = ProofThrottle(limits: HubLimits())
        _ = delays(&throttle, 6)
        #expect(delays(&throttle, 3, host: "b") == [0, 0, 0])
        #expect(delays(&throttle, 1, host: "a").first.map { $0 > 0 } == true)
    }

    @Test func afterAMinuteWithoutFailureAHostIsForgiven() {
        var throttle = ProofThrottle(limits: HubLimits())
        _ = delays(&throttle, 4)
        throttle.forgive(at(59_999))
        #expect(delays(&throttle, 1, now: 59_999) == [200])
        throttle.forgive(at(60_000))
        #expect(delays(&throttle, 1, now: 60_000) == [599])
        throttle.forgive(at(120_000))
        #expect(delays(&throttle, 3, now: 120_000) == [0, 0, 0])
    }

    @Test func ofTooManyHostsTheOldestIsForgottenFirst() {
        var throttle = ProofThrottle(limits: HubLimits())
        _ = delays(&throttle, 3, host: "old")
        for number in 0..<4_095 { _ = throttle.failed(host: "\(number)", now: at(Int64(number) + 1)) }
        #expect(delays(&throttle, 1, host: "old", now: 5_000) == [100])
        _ = throttle.failed(host: "new", now: at(5_001))
        _ = throttle.failed(host: "newer", now: at(5_002))
        // "0" and "1" went, "old" failed again in between and stays.
        #expect(delays(&throttle, 1, host: "old", now: 6_000) == [200])
    }
}
