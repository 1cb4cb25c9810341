import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// The rate of a rule and what happens to the excess, and the pace after an outage.
@Suite struct TopicRateTests {
    private func bench(_ excess: TopicRule.RateLimit.Excess, _ version: MQTTVersion = .v5) -> TopicBench {
        let bench = TopicBench(
            .rule("a/#") { $0.rateLimit = TopicRule.RateLimit(rate: 10, burst: 5, excess: excess) },
            .rule("b/#"),
            first: version,
            second: version
        )
        bench.start()
        return bench
    }

    private func waiting(_ bench: TopicBench) -> Int {
        bench.broker(.first).session(bench.clientID(.first))?.waitingCount ?? 0
    }

    @Test(arguments: QoS.allCases, MQTTVersion.allCases)
    func theNewestAreDropped(_ qos: QoS, _ version: MQTTVersion) {
        let bench = bench(.dropNewest, version)
        for number in 1...20 { bench.publish(.first, "a/1", "\(number)", qos: qos) }
        bench.run(.milliseconds(950))
        #expect(bench.payloads(.second) == (1...5).map { "\($0)" })
        #expect(bench.account(from: .first).dropped(.rateLimit) == 15)
        for number in 21...30 { bench.publish(.first, "a/1", "\(number)", qos: qos) }
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == (Array(1...5) + Array(21...25)).map { "\($0)" })
        #expect(waiting(bench) == 0)
        #expect(bench.faults == [])
    }

    @Test(arguments: QoS.allCases, MQTTVersion.allCases)
    func theOldestArePushedOut(_ qos: QoS, _ version: MQTTVersion) {
        let bench = bench(.dropOldest, version)
        for number in 1...20 { bench.publish(.first, "a/1", "\(number)", qos: qos) }
        bench.run(.milliseconds(20))
        // Five passed, five wait, ten were pushed out and are acknowledged.
        #expect(bench.account(from: .first).dropped(.rateLimit) == 10)
        #expect(bench.account(from: .first).waiting == 5)
        #expect(bench.account(from: .first).passed == 5)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == (Array(1...5) + Array(16...20)).map { "\($0)" })
        #expect(waiting(bench) == 0)
        #expect(bench.relay.heldByteCount == 0)
        #expect(bench.faults == [])
    }

    /// What is over the rate waits with its broker, as far as the receive maximum goes, and arrives in its order.
    @Test(arguments: [QoS.atLeastOnce, .exactlyOnce], MQTTVersion.allCases)
    func theSourceIsHeldBack(_ qos: QoS, _ version: MQTTVersion) {
        let bench = bench(.holdBack, version)
        for number in 1...60 { bench.publish(.first, "a/1", "\(number)", qos: qos) }
        bench.run(.seconds(1))
        #expect((14...16).contains(bench.arrived(.second).count))
        #expect(waiting(bench) >= 44)
        #expect(bench.account(from: .first).waiting <= 20)
        bench.run(.seconds(6))
        #expect(bench.payloads(.second) == (1...60).map { "\($0)" })
        #expect(waiting(bench) == 0)
        #expect(bench.faults == [])
    }

    /// Who cannot be held back waits here, as long as there is room; other rules go past.
    @Test func whatHasNoAcknowledgementWaitsHere() {
        var settings = TopicBenchSettings([
            .rule("a/#") { $0.rateLimit = TopicRule.RateLimit(rate: 10, burst: 5, excess: .holdBack) }, .rule("b/#"),
        ])
        settings.limits = TopicRelaySettings.Limits()
        settings.limits?.heldMaximum = 10
        let bench = TopicBench(settings)
        bench.start()
        for number in 1...20 { bench.publish(.first, "a/1", "\(number)") }
        bench.publish(.first, "b/1", "past")
        bench.run(.milliseconds(20))
        #expect(bench.payloads(.second) == (1...5).map { "\($0)" } + ["past"])
        #expect(bench.account(from: .first).dropped(.overloaded) == 5)
        bench.run(.seconds(2))
        #expect(bench.payloads(.second, "a/1") == (1...15).map { "\($0)" })
        #expect(bench.faults == [])
    }

    /// The bucket belongs to a rule and a direction.
    @Test func directionsHaveARateEach() {
        let bench = bench(.dropNewest)
        for number in 1...10 {
            bench.publish(.first, "a/1", "\(number)")
            bench.publish(.second, "a/2", "\(number)")
        }
        bench.run(.milliseconds(50))
        #expect(bench.arrived(.first).count == 5)
        #expect(bench.arrived(.second).count == 5)
    }

    /// What is held back while the destination is away reaches it afterwards, once.
    @Test(arguments: TopicRule.RateLimit.Excess.allCases)
    func aRateAndAnOutage(_ excess: TopicRule.RateLimit.Excess) {
        let bench = bench(excess)
        bench.part(.second)
        for number in 1...10 { bench.publish(.first, "a/1", "\(number)", qos: .exactlyOnce) }
        bench.run(.seconds(5))
        bench.cut(.first)
        bench.run(.seconds(5))
        bench.mend(.second)
        bench.start()
        bench.run(.seconds(5))
        #expect(bench.payloads(.second) == (1...(excess == .dropNewest ? 5 : 10)).map { "\($0)" })
        #expect(waiting(bench) == 0)
        #expect(bench.faults == [])
    }

    // MARK: The pace after an outage

    @Test(arguments: MQTTVersion.allCases)
    func whatHasGatheredDrainsAtItsPace(_ version: MQTTVersion) {
        var settings = TopicBenchSettings([.rule("a/#")], version, version)
        settings.drainRate = 100
        let bench = TopicBench(settings)
        bench.start()
        bench.run(.seconds(1))
        bench.part(.second)
        for number in 1...500 { bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce) }
        bench.run(.seconds(5))
        bench.mend(.second)
        bench.run(until: { bench.isUp })
        // Live traffic goes past: QoS 0 at once, and what comes from the other side is not behind it either.
        for number in 1...100 {
            bench.publish(.first, "a/0", "\(number)")
            bench.publish(.second, "a/2", "\(number)", qos: .atLeastOnce)
            bench.run(.milliseconds(10))
        }
        let drained = bench.payloads(.second, "a/1").count
        #expect((90...140).contains(drained), "\(drained) in a second at 100 a second")
        #expect(bench.payloads(.second, "a/0").count >= 90)
        #expect(bench.payloads(.first, "a/2").count >= 90)
        bench.run(.seconds(10))
        #expect(bench.payloads(.second, "a/1") == (1...500).map { "\($0)" })
        #expect(waiting(bench) == 0)
        // The outage is made good: now all goes as it comes.
        bench.run(.seconds(60))
        for number in 501...700 { bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce) }
        bench.run(.milliseconds(500))
        #expect(bench.payloads(.second, "a/1").count == 700)
        #expect(bench.faults == [])
    }

    /// Without a pace it goes as fast as it can.
    @Test func noPaceWhereNoneIsWanted() {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        bench.part(.second)
        for number in 1...500 { bench.publish(.first, "a/1", "\(number)", qos: .atLeastOnce) }
        bench.run(.seconds(5))
        bench.mend(.second)
        bench.run(until: { bench.isUp })
        bench.run(.milliseconds(200))
        #expect(bench.payloads(.second).count == 500)
    }
}
