import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// What a bridge subscribes to, and messages that several of its subscriptions bring.
@Suite struct TopicSubscriptionTests {
    private static func subscriptions(_ bench: TopicBench, _ side: Side = .first) -> [SubscribePacket] {
        bench.packets(side).compactMap { packet in
            guard case .subscribe(let subscribe) = packet else { return nil }
            return subscribe
        }
    }

    private static func filters(_ bench: TopicBench, _ side: Side = .first) -> [String] {
        subscriptions(bench, side).flatMap { $0.entries.map(\.filter) }.filter { !$0.hasPrefix("stinger/") }
    }

    /// The identifier that a filter was subscribed to with.
    private static func identifier(_ filter: String, _ bench: TopicBench) -> UInt32? {
        for packet in subscriptions(bench) where packet.entries.contains(where: { $0.filter == filter }) {
            for case .subscriptionIdentifier(let identifier) in packet.properties { return identifier }
        }
        return nil
    }

    // MARK: Overlapping rules

    @Test func onlyFiltersThatOverlapInPartHaveIdentifiers() throws {
        let bench = TopicBench(.rule("a/+"), .rule("+/b"), .rule("c/d/#"), .rule("c/d/e"))
        #expect(bench.start())
        #expect(Self.filters(bench).sorted() == ["+/b", "a/+", "c/d/#"])
        let one = try #require(Self.identifier("a/+", bench))
        let other = try #require(Self.identifier("+/b", bench))
        #expect(one != other)
        #expect(Self.identifier("c/d/#", bench) == nil)
        #expect(bench.faults == [])
    }

    /// The broker sends a copy for each subscription, with its identifier, in any order.
    @Test(arguments: QoS.allCases, [false, true])
    func theCopyOfTheFirstRuleCounts(_ qos: QoS, _ isLaterFirst: Bool) throws {
        let bench = TopicBench(.rule("a/+", .out, second: "one/"), .rule("+/b", .out, second: "two/"))
        #expect(bench.start())
        let identifiers = try ["a/+", "+/b"].map { try #require(Self.identifier($0, bench)) }
        for identifier in isLaterFirst ? identifiers.reversed() : identifiers {
            bench.publish(.first, "a/b", "x", qos: qos, .subscriptionIdentifier(identifier))
        }
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.topic) == ["one/a/b"])
        #expect(bench.account(0, from: .first).dropped(.duplicateSubscription) == 1)
        #expect(bench.relay.messagesInFlight == 0)
        #expect(bench.faults == [])
    }

    /// One copy for all of them, as other brokers do; or none that is marked.
    @Test func aCopyForSeveralSubscriptionsPasses() throws {
        let bench = TopicBench(.rule("a/+", .out), .rule("+/b", .out))
        #expect(bench.start())
        let identifiers = try ["+/b", "a/+"].map { try #require(Self.identifier($0, bench)) }
        bench.publish(
            .first,
            "a/b",
            "1",
            .subscriptionIdentifier(identifiers[0]),
            .subscriptionIdentifier(identifiers[1])
        )
        bench.publish(.first, "a/b", "2")
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["1", "2"])
    }

    @Test func whatTheFirstRuleMayNotHaveComesByTheOther() throws {
        var limits = TestBrokerLimits()
        limits.refusedFilters = ["a/+"]
        let settings = TopicBenchSettings([.rule("a/+", .out), .rule("+/b", .out)])
        let bench = TopicBench(settings, first: TestBroker(limits: limits))
        #expect(bench.start())
        let other = try #require(Self.identifier("+/b", bench))
        bench.publish(.first, "a/b", "1", .subscriptionIdentifier(other))
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["1"])
    }

    @Test func theSameFilterHasTheSameIdentifierInEachConfiguration() {
        let one = CarriedSubscriptions(TopicRules([.rule("a/+"), .rule("+/b")]), .first)
        let other = CarriedSubscriptions(TopicRules([.rule("+/c"), .rule("+/b"), .rule("a/+")]), .first)
        #expect(one.identifier(ofRule: 0) == other.identifier(ofRule: 2))
        #expect(one.identifier(ofRule: 1) == other.identifier(ofRule: 1))
        #expect(CarriedSubscriptions(TopicRules([.rule("a/+"), .rule("b/+")]), .first).hasIdentifiers == false)
    }

    // MARK: What a broker does not have

    /// Asked for, it would end the connection.
    @Test func aNarrowFilterStandsWhereTheWideOneCannot() {
        var limits = TestBrokerLimits()
        limits.hasWildcardSubscriptions = false
        let settings = TopicBenchSettings([.rule("a/#", .out), .rule("a/b", .out)])
        let bench = TopicBench(settings, first: TestBroker(limits: limits))
        bench.run(until: { bench.isUp })
        bench.run(.seconds(1))
        #expect(Self.filters(bench) == ["a/b"])
        #expect(bench.connectionCount[TopicPort(.first)] == 1)
        bench.publish(.first, "a/b", "1", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["1"])
        #expect(bench.told.contains { $0.fields["filter"] == "a/#" && $0.fields["rule"] == "1" })
    }

    // MARK: Reloads

    @Test(arguments: MQTTVersion.allCases) func whatAReloadLeavesBehindIsUnsubscribed(_ version: MQTTVersion) {
        let broker = TestBroker()
        let before = TopicBenchSettings([.rule("a/#", .out), .rule("b/#", .out)], version, .v5)
        let old = TopicBench(before, first: broker)
        #expect(old.start())
        old.cut(.first)
        old.part(.first)

        var after = before
        after.rules = [.rule("c/#", .out), .rule("b/#", .out)]
        after.following = before.relaySettings
        let bench = TopicBench(after, first: broker, instance: "other")
        #expect(bench.start())
        bench.run(.seconds(1))
        let ended = bench.packets(.first).flatMap { packet -> [String] in
            guard case .unsubscribe(let unsubscribe) = packet else { return [] }
            return unsubscribe.filters
        }
        #expect(ended == ["a/#"])
        for topic in ["a/1", "b/1", "c/1"] { bench.publish(.first, topic, topic, qos: .atLeastOnce) }
        bench.run(.seconds(1))
        #expect(bench.payloads(.second).sorted() == ["b/1", "c/1"])
        #expect(bench.warnings.allSatisfy { !$0.contains("earlier configuration") })
    }

    /// A new process does not know what the file once said; a rule whose direction was changed is likely.
    @Test func whatRulesOfTheOtherDirectionLeftIsUnsubscribed() {
        let broker = TestBroker()
        var settings = TopicBenchSettings([.rule("a/#"), .rule("b/#", first: "x/"), .rule("c/+", .out)])
        let old = TopicBench(settings, first: broker)
        #expect(old.start())
        old.part(.first)

        settings.rules = [.rule("a/#", .in), .rule("b/#", .in, first: "x/"), .rule("c/+", .out), .rule("c/+", .in)]
        let bench = TopicBench(settings, first: broker, instance: "other")
        #expect(bench.start())
        bench.run(.seconds(1))
        let ended = bench.packets(.first).compactMap { packet -> [String]? in
            guard case .unsubscribe(let unsubscribe) = packet else { return nil }
            return unsubscribe.filters
        }
        #expect(ended == [["a/#", "x/b/#"]])
        for topic in ["a/1", "x/b/1", "c/1"] { bench.publish(.first, topic, topic, qos: .atLeastOnce) }
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["c/1"])
        #expect(bench.warnings.allSatisfy { !$0.contains("earlier configuration") })
        // Once is enough.
        bench.cut(.first)
        bench.run(.seconds(2))
        #expect(bench.isUp)
        #expect(bench.packets(.first).allSatisfy { if case .unsubscribe = $0 { false } else { true } })
    }

    @Test func sessionsOfAnotherNameAreNotContinued() {
        let settings = TopicBenchSettings([.rule("a/#")])
        var other = settings
        #expect(settings.relaySettings.continues(other.relaySettings))
        other.rules = [.rule("b/#")]
        #expect(settings.relaySettings.continues(other.relaySettings))
        #expect(settings.relaySettings.following(other.relaySettings).first.staleFilters == ["b/#"])
        other.first.clientID = "mine"
        #expect(!settings.relaySettings.continues(other.relaySettings))
        #expect(settings.relaySettings.following(other.relaySettings).first.staleFilters == [])
    }

    @Test func aBridgeThatIsTakenAwayEndsItsSubscriptions() {
        let bench = TopicBench(.rule("a/#"), .rule("b/+", second: "x/"))
        #expect(bench.start())
        bench.relay.forget()
        bench.run(.seconds(1))
        for side in Side.allCases {
            for topic in ["a/1", "b/1", "x/b/1", "stinger/bridge/test/\(TopicBenchSettings.name(side))/probe"] {
                bench.publish(side, topic, qos: .atLeastOnce)
            }
        }
        bench.run(.seconds(1))
        #expect(bench.arrived(.first).isEmpty && bench.arrived(.second).isEmpty)
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
    }

    // MARK: Refused messages

    @Test(arguments: QoS.allCases.dropFirst()) func aQuotaThatIsUsedUpIsWaitedFor(_ qos: QoS) {
        let bench = TopicBench(.rule("a/#", .out))
        #expect(bench.start())
        bench.broker(.second).limits.publishRefusals = ["a/full": .quotaExceeded, "a/no": .notAuthorized]
        for topic in ["a/full", "a/no", "a/free"] { bench.publish(.first, topic, topic, qos: qos) }
        bench.run(.milliseconds(500))
        #expect(bench.payloads(.second) == ["a/free"])
        #expect(bench.account(from: .first).waiting == 1 && bench.account(from: .first).dropped(.refused) == 1)
        #expect(bench.relay.messagesInFlight == 1)
        bench.run(.seconds(10))
        bench.broker(.second).limits.publishRefusals = [:]
        bench.run(.seconds(10))
        #expect(bench.payloads(.second) == ["a/free", "a/full"])
        #expect(bench.account(from: .first).waiting == 0 && bench.account(from: .first).dropped(.refused) == 1)
        #expect(bench.relay.messagesInFlight == 0)
        #expect(bench.warnings.count { $0.contains("sent again") } == 1)
        #expect(bench.faults == [])
    }

    // MARK: Accounts that people see

    @Test func whatWasDroppedOrLostIsSaidOnceAMinute() {
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#", .out) { $0.payloadByteMaximum = 2 }], .v5, .v3_1_1)
        )
        #expect(bench.start())
        bench.publish(.first, "a/1", "1", .contentType("t"))
        bench.publish(.first, "a/1", "long")
        bench.run(.seconds(65))
        let summary = "rule 1 out: in=2 out=1 waiting=0 payload_too_large=1 without_properties=1"
        let said = bench.told.filter { $0.fields["messages"] != nil }
        #expect(said.map(\.level) == [.notice])
        #expect(said.map { $0.fields["messages"] } == [summary])
        bench.publish(.first, "a/1", "2")
        bench.run(.seconds(180))
        #expect(bench.told.filter { $0.fields["messages"] != nil }.map(\.level) == [.notice, .debug])
    }

    @Test(arguments: [false, true]) func whatADestinationTakesLessOfIsCountedAndSaidOnce(_ isQueued: Bool) {
        var limits = TestBrokerLimits()
        limits.isRetainAvailable = false
        limits.maximumQoS = isQueued ? .atLeastOnce : .atMostOnce
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#", .out)]),
            second: TestBroker(limits: limits)
        )
        bench.run(until: { bench.isUp })
        bench.run(.seconds(1))
        for _ in 1...3 { bench.publish(.first, "a/1", "1", qos: .exactlyOnce, isRetained: true) }
        bench.run(.seconds(1))
        #expect(bench.account(from: .first).lost(.retainFlag) == 3)
        #expect(bench.account(from: .first).lost(.qos) == 3)
        #expect(bench.warnings.count { $0.contains("lower QoS") } == 1)
        #expect(bench.warnings.count { $0.contains("as ordinary ones") } == 1)
        #expect(bench.faults == [])
    }
}
