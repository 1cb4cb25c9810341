import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// What a message is on the other side: its name, its flags, its properties; and which ones do not cross.
@Suite struct TopicMessageTests {
    // MARK: Names

    @Test func prefixesAreTakenOffAndPutOn() {
        let bench = TopicBench(.rule("#", first: "near/", second: "far/site/"))
        bench.start()
        bench.publish(.first, "near/t/1", "out")
        bench.publish(.second, "far/site/t/2", "in")
        bench.publish(.first, "elsewhere/t", "no")
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.topic) == ["far/site/t/1"])
        #expect(bench.arrived(.first).map(\.topic) == ["near/t/2"])
        #expect(bench.faults == [])
    }

    /// The asker's response topic becomes one by which the answer comes back under the name that the asker listens to.
    @Test(arguments: [
        (
            TopicRule.rule("#", first: "near/", second: "far/"), "near/ask/7", "far/ask/7", "near/answers/x",
            "far/answers/x"
        ),
        (
            TopicRule.rule("rpc/+/#", rename: "site4/{1}/{2}"), "rpc/ask/7", "site4/ask/7", "rpc/answers/x",
            "site4/answers/x"
        ),
        (TopicRule.rule("#"), "ask/7", "ask/7", "answers/x", "answers/x"),
    ])
    func aRequestIsAnsweredAcross(
        _ rule: TopicRule,
        _ asked: String,
        _ heard: String,
        _ response: String,
        _ responseFar: String
    ) throws {
        let bench = TopicBench(rule)
        bench.start()
        bench.publish(.first, asked, "?", qos: .atLeastOnce, .responseTopic(response), .correlationData([1, 2]))
        bench.run(.seconds(1))
        let request = try #require(bench.arrived(.second).first)
        #expect(request.topic == heard)
        #expect(request.properties.contains(.responseTopic(responseFar)))
        bench.publish(.second, responseFar, "!", qos: .atLeastOnce, .correlationData([1, 2]))
        bench.run(.seconds(1))
        let answer = try #require(bench.arrived(.first).first)
        #expect(answer.topic == response)
        #expect(answer.properties.contains(.correlationData([1, 2])))
        #expect(bench.faults == [])
        #expect(bench.warnings == [])
    }

    @Test func aResponseTopicThatNothingBringsBackIsSaid() throws {
        let bench = TopicBench(.rule("ask/#", .out, second: "far/"))
        bench.start()
        for _ in 1...3 { bench.publish(.first, "ask/7", "?", .responseTopic("answers/x")) }
        bench.run(.seconds(1))
        let request = try #require(bench.arrived(.second).first)
        #expect(request.properties.contains(.responseTopic("answers/x")))
        #expect(bench.account(from: .first).lost(.responseTopic) == 3)
        #expect(bench.warnings.count == 1)
    }

    // MARK: QoS, retained, size

    @Test(arguments: QoS.allCases, QoS.allCases)
    func qosIsLowered(_ sent: QoS, _ cap: QoS) {
        let bench = TopicBench(.rule("a/#") { $0.qos = cap })
        bench.start()
        bench.publish(.first, "a/1", "x", qos: sent)
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.qos) == [min(sent, cap)])
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        #expect(bench.faults == [])
    }

    @Test(arguments: TopicRule.Retain.allCases)
    func retainedIsKeptOrDroppedOrMadeLive(_ retain: TopicRule.Retain) {
        let bench = TopicBench(.rule("a/#") { $0.retain = retain })
        bench.start()
        bench.publish(.first, "a/1", "kept", qos: .atLeastOnce, isRetained: true)
        bench.publish(.first, "a/2", "live", qos: .atLeastOnce)
        bench.run(.seconds(1))
        switch retain {
        case .keep:
            #expect(bench.payloads(.second) == ["kept", "live"])
            #expect(bench.arrived(.second).map(\.isRetained) == [true, false])
        case .live:
            #expect(bench.payloads(.second) == ["kept", "live"])
            #expect(bench.arrived(.second).map(\.isRetained) == [false, false])
        case .drop:
            #expect(bench.payloads(.second) == ["live"])
            #expect(bench.account(from: .first).dropped(.retained) == 1)
        }
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        #expect(bench.faults == [])
    }

    @Test(arguments: QoS.allCases)
    func whatIsTooLargeIsDropped(_ qos: QoS) {
        var limits = TestBrokerLimits()
        limits.packetByteMaximum = 2_000
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#") { $0.payloadByteMaximum = 100 }, .rule("b/#")]),
            second: TestBroker(limits: limits)
        )
        bench.start()
        bench.publish(.first, "a/1", String(repeating: "x", count: 100), qos: qos)
        bench.publish(.first, "a/2", String(repeating: "x", count: 101), qos: qos)
        bench.publish(.first, "b/1", String(repeating: "x", count: 3_000), qos: qos)
        bench.publish(.first, "b/2", "small", qos: qos)
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.topic) == ["a/1", "b/2"])
        #expect(bench.account(0, from: .first).dropped(.payloadTooLarge) == 1)
        #expect(bench.account(1, from: .first).dropped(.packetTooLarge) == 1)
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        // One that had to wait for the connection is said in the same words, and so not again.
        bench.part(.second)
        bench.publish(.first, "b/1", String(repeating: "x", count: 3_000), qos: qos)
        bench.run(.seconds(1))
        bench.mend(.second)
        bench.start()
        let account = bench.account(1, from: .first)
        #expect(qos == .atMostOnce ? account.dropped(.linkDown) == 1 : account.dropped(.packetTooLarge) == 2)
        #expect(bench.warnings.count { $0.hasPrefix("a message was not taken") } == 1)
        #expect(bench.faults == [])
    }

    // MARK: Properties

    @Test func propertiesCrossInTheirOrder() throws {
        let properties: [MQTTProperty] = [
            .payloadFormatIndicator(1), .contentType("text/plain"), .correlationData([0, 255]),
            .userProperty(name: "b", value: "1"), .userProperty(name: "a", value: "2"),
            .userProperty(name: "b", value: "1"),
        ]
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        for qos in QoS.allCases {
            bench.broker(.first).take(TestBroker.Message(topic: "a/1", payload: [], qos: qos, properties: properties))
        }
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).count == 3)
        for message in bench.arrived(.second) {
            #expect(message.properties == properties + [.userProperty(name: "stinger-path", value: "a")])
        }
        #expect(bench.faults == [])
    }

    /// Clients route by them: they mean nothing on another connection, and another broker would refuse them.
    @Test func subscriptionIdentifiersStayWhereTheyAre() {
        var limits = TestBrokerLimits()
        limits.subscriptionIdentifier = 7
        limits.aliasesUsed = 5
        let bench = TopicBench(TopicBenchSettings([.rule("a/#")]), first: TestBroker(limits: limits))
        bench.start()
        for number in 1...20 { bench.publish(.first, "a/\(number % 2)", "x", qos: .atLeastOnce) }
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).count == 20)
        let path = MQTTProperty.userProperty(name: "stinger-path", value: "a")
        #expect(bench.arrived(.second).allSatisfy { $0.properties == [path] })
        #expect(bench.arrived(.second).map(\.topic) == (1...20).map { "a/\($0 % 2)" })
        #expect(bench.faults == [])
    }

    @Test func whatTheOlderVersionCannotCarryIsCountedAndSaidOnce() {
        let bench = TopicBench(.rule("a/#"), second: .v3_1_1)
        bench.start()
        for _ in 1...3 { bench.publish(.first, "a/1", "x", qos: .atLeastOnce, .contentType("json")) }
        bench.publish(.first, "a/1", "plain", qos: .atLeastOnce)
        bench.publish(.second, "a/2", "back", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).count == 4)
        #expect(bench.arrived(.second).allSatisfy { $0.properties == [] })
        #expect(bench.account(from: .first).lost(.properties) == 3)
        #expect(bench.warnings.count == 1)
        #expect(bench.arrived(.first).map(\.path) == ["b"])
    }

    // MARK: Expiry

    @Test(arguments: QoS.allCases)
    func expiryIsCountedDown(_ qos: QoS) throws {
        let bench = TopicBench(
            .rule("a/#", .out) { $0.rateLimit = TopicRule.RateLimit(rate: 0.1, burst: 1, excess: .holdBack) }
        )
        bench.start()
        bench.publish(.first, "a/1", "goes", qos: qos, .messageExpiryInterval(60))
        bench.publish(.first, "a/1", "waits", qos: qos, .messageExpiryInterval(60))
        bench.publish(.first, "a/1", "dies", qos: qos, .messageExpiryInterval(15))
        bench.publish(.first, "a/1", "lives", qos: qos)
        bench.run(.seconds(50))
        #expect(bench.payloads(.second) == ["goes", "waits", "lives"])
        let left = bench.arrived(.second).map { message -> UInt32? in
            for case .messageExpiryInterval(let seconds) in message.properties { return seconds }
            return nil
        }
        #expect(left == [60, 50, nil])
        #expect(bench.account(from: .first).dropped(.expired) == 1)
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        #expect(bench.faults == [])
    }

    @Test(arguments: [false, true])
    func expiresWhileTheDestinationIsAway(_ wasThere: Bool) {
        let bench = TopicBench(.rule("a/#") { $0.messageExpiry = .seconds(20) })
        if wasThere { bench.start() }
        bench.part(.second)
        bench.run(until: { bench.relay.first.isUp })
        bench.publish(.first, "a/1", "short", qos: .atLeastOnce, .messageExpiryInterval(5))
        bench.publish(.first, "a/1", "cut to the rule's", qos: .exactlyOnce, .messageExpiryInterval(500))
        bench.publish(.first, "a/1", "the rule's", qos: .atLeastOnce)
        bench.run(.seconds(10))
        #expect(bench.account(from: .first).dropped(.expired) == 1)
        bench.run(.seconds(12))
        #expect(bench.account(from: .first).dropped(.expired) == 3)
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        bench.publish(.first, "a/1", "new", qos: .atLeastOnce)
        bench.mend(.second)
        bench.start()
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["new"])
        #expect(bench.faults == [])
    }

    // MARK: What does not cross

    @Test(arguments: MQTTVersion.allCases)
    func ownTopicsOfBrokersAndBridgesStay(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("#"), .rule("$SYS/uptime", .out), first: version, second: version)
        bench.start()
        bench.publish(.first, "$SYS/load", "1")
        bench.publish(.first, "$SYS/uptime", "2")
        bench.publish(.first, "stinger/bridge/other/peer/state", "1", qos: .atLeastOnce)
        bench.publish(.first, "plain", "3")
        bench.publish(.second, "stinger/bridge/other/peer/else", "1")
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.topic) == ["$SYS/uptime", "plain"])
        #expect(bench.arrived(.first) == [])
        let foreign = [bench.broker(.first), bench.broker(.second)].flatMap(\.taken)
            .filter { $0.topic.hasPrefix("stinger/bridge/other") }
        #expect(foreign.count == 2)
        #expect(bench.warnings == [])
        #expect(bench.faults == [])
    }

    /// The subscription brings them, and it is right that they stay: nobody is to be warned.
    @Test(arguments: MQTTVersion.allCases)
    func excludedTopicsStay(_ version: MQTTVersion) {
        let bench = TopicBench(
            .rule("a/#", excludes: ["a/secret/#"]),
            .rule("b/#", .out),
            .rule("b/back/#", .in),
            first: version,
            second: version
        )
        bench.start()
        bench.publish(.first, "a/secret/1", "no", qos: .atLeastOnce)
        bench.publish(.second, "a/secret/2", "no", qos: .atLeastOnce)
        bench.publish(.first, "a/open", "yes", qos: .atLeastOnce)
        bench.publish(.second, "b/back/1", "back", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["yes"])
        #expect(bench.payloads(.first) == ["back"])
        #expect(bench.account(from: .first).taken == 1)
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        #expect(bench.warnings == [])
        #expect(bench.faults == [])
    }

    /// A filter of an earlier configuration is still in the broker's session.
    @Test func aForgottenSubscriptionIsSaidOnce() {
        let near = TestBroker()
        let old = TopicBench(TopicBenchSettings([.rule("old/#")]), first: near)
        old.start()
        old.cut(.first)
        let bench = TopicBench(TopicBenchSettings([.rule("new/#")]), first: near)
        bench.start()
        bench.publish(.first, "old/1", "x", qos: .atLeastOnce)
        bench.publish(.first, "old/2", "x", qos: .atLeastOnce)
        bench.publish(.first, "new/1", "x", qos: .atLeastOnce)
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.topic) == ["new/1"])
        #expect(bench.warnings.count == 1)
        #expect(bench.relay.unmatchedCount == 2)
        #expect(near.session(bench.clientID(.first))?.waitingCount == 0)
    }
}
