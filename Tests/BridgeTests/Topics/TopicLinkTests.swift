import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// How the links of a bridge come up, and how they end.
@Suite struct TopicLinkTests {
    @Test(arguments: MQTTVersion.allCases, MQTTVersion.allCases)
    func comesUp(_ first: MQTTVersion, _ second: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: first, second: second)
        #expect(bench.start())
        #expect(bench.state(.first) == "1")
        #expect(bench.state(.second) == "1")
        #expect(bench.faults == [])
        #expect(bench.warnings == [])
    }

    @Test(arguments: MQTTVersion.allCases)
    func publishesNothingBeforeItHearsItself(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), second: version)
        bench.part(.second)
        bench.run(until: { bench.relay.first.isUp })
        bench.publish(.first, "a/1", "one", qos: .atLeastOnce)
        bench.publish(.first, "a/2", "two", qos: .exactlyOnce)
        bench.publish(.first, "a/0", "lost")
        bench.mend(.second)

        // SUBACK is under way.
        #expect(bench.run(until: { bench.packets(.second).contains { $0.isSubscribe } }))
        bench.stallDown(.second, true)
        bench.run(.seconds(5))
        #expect(bench.packets(.second).published == [])
        #expect(bench.relay.second.phase == .subscribing)

        // The probe is under way back.
        bench.stallDown(.second, false)
        #expect(bench.run(until: { !bench.packets(.second).published.isEmpty }))
        bench.stallDown(.second, true)
        bench.run(.seconds(5))
        #expect(bench.packets(.second).published == [bench.relay.second.topics.probe])
        #expect(bench.relay.second.phase == .probing)
        #expect(bench.state(.second) == nil)

        bench.stallDown(.second, false)
        #expect(bench.run(until: { bench.arrived(.second).count == 2 }))
        #expect(bench.payloads(.second) == ["one", "two"])
        #expect(bench.account(from: .first).dropped(.linkDown) == 1)
        #expect(bench.faults == [])
    }

    @Test func dialsAgainWhenSubscriptionsAreNotAnswered() {
        let bench = TopicBench(.rule("a/#"))
        bench.run(until: { bench.packets(.second).contains { $0.isSubscribe } })
        bench.stallDown(.second, true)
        #expect(bench.run(until: { bench.connectionCount[TopicPort(.second)] == 2 }))
        #expect(bench.start())
        #expect(bench.warnings == ["the broker took the connection and did not answer the subscriptions"])
    }

    @Test(arguments: MQTTVersion.allCases)
    func anIdleLinkStays(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.start()
        bench.run(.minutes(10))
        #expect(bench.connectionCount[TopicPort(.first)] == 1)
        #expect(bench.connectionCount[TopicPort(.second)] == 1)
        #expect(bench.isUp)
        #expect(bench.faults == [])
        #expect(bench.warnings == [])
    }

    /// A broker that still takes bytes and says nothing is found out by a message of our own.
    @Test func aSilentBrokerIsFoundOut() {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        bench.stallDown(.first, true)
        #expect(bench.run(until: { bench.connectionCount[TopicPort(.first)] == 2 }, within: .seconds(25)))
        #expect(bench.start())
        #expect(bench.warnings.first?.hasPrefix("the broker takes messages and no longer delivers them") == true)
    }

    @Test(arguments: MQTTVersion.allCases)
    func aBrokerThatHidesTheProbeIsUpByPings(_ version: MQTTVersion) {
        var limits = TestBrokerLimits()
        limits.refusedFilters = ["stinger/bridge/test/far/probe"]
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#")], .v5, version),
            second: TestBroker(limits: limits)
        )
        #expect(bench.start())
        bench.run(.minutes(5))
        #expect(bench.isUp)
        #expect(bench.connectionCount[TopicPort(.second)] == 1)
        #expect(bench.warnings.count == 1)
        bench.stallDown(.second, true)
        #expect(bench.run(until: { bench.connectionCount[TopicPort(.second)] == 2 }, within: .seconds(60)))
    }

    @Test(arguments: MQTTVersion.allCases)
    func oneRefusedSubscriptionLeavesTheOthers(_ version: MQTTVersion) {
        var limits = TestBrokerLimits()
        limits.refusedFilters = ["secret/#"]
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#"), .rule("secret/#"), .rule("b/#")], version, .v5),
            first: TestBroker(limits: limits)
        )
        #expect(bench.start())
        bench.publish(.first, "a/1", "one", qos: .atLeastOnce)
        bench.publish(.first, "secret/1", "no", qos: .atLeastOnce)
        bench.publish(.first, "b/1", "two", qos: .atLeastOnce)
        bench.publish(.second, "secret/1", "back", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["one", "two"])
        #expect(bench.payloads(.first) == ["back"])
        let refusal = bench.told.first { $0.words.hasPrefix("the broker refused a subscription") }
        #expect(refusal?.fields["rule"] == "2")
        #expect(refusal?.fields["peer"] == "near")
        #expect(refusal?.fields["filter"] == "secret/#")
        // Said once, however often it happens.
        bench.cut(.first)
        bench.start()
        #expect(bench.told.count { $0.words.hasPrefix("the broker refused a subscription") } == 1)
        #expect(bench.faults == [])
    }

    /// What a broker says it does not have is not asked for: it would end the connection, and with it all other rules.
    @Test func whatTheBrokerHasNotIsNotAskedFor() {
        var limits = TestBrokerLimits()
        limits.hasSharedSubscriptions = false
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#", share: "group"), .rule("b/#")]),
            first: TestBroker(limits: limits)
        )
        #expect(bench.start())
        bench.publish(.first, "b/1", "one", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["one"])
        #expect(bench.warnings.count == 1)
        #expect(bench.told.first { $0.level == .warning }?.fields["rule"] == "1")
        #expect(bench.faults == [])
    }

    @Test(arguments: [false, true])
    func fallsBackToTheOlderVersionWhenAllowed(_ isAllowed: Bool) {
        var limits = TestBrokerLimits()
        limits.acceptsV5 = false
        var settings = TopicBenchSettings([.rule("a/#")])
        settings.second.fallsBack = isAllowed
        let bench = TopicBench(settings, second: TestBroker(limits: limits))
        #expect(bench.run(until: { bench.isSettled }, within: .seconds(5)) == isAllowed)
        guard isAllowed else { return }
        bench.publish(.first, "a", "one", qos: .exactlyOnce)
        bench.publish(.second, "a", "two", qos: .exactlyOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["one"])
        #expect(bench.payloads(.first) == ["two"])
        #expect(bench.faults == [])
    }
}

extension MQTTPacket {
    var isSubscribe: Bool {
        if case .subscribe = self { true } else { false }
    }
}

extension [MQTTPacket] {
    /// The topics of what was published.
    var published: [String] {
        compactMap { packet in
            guard case .publish(let publish) = packet else { return nil }
            return publish.topic
        }
    }
}
