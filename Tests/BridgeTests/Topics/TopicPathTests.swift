import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// What keeps a message from going round: its path, and where there is none, that it is known again when it comes back.
@Suite struct TopicPathTests {
    private func path(_ ids: String...) -> MQTTProperty {
        .userProperty(name: "stinger-path", value: ids.joined(separator: ","))
    }

    @Test func thePathGrows() {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        bench.publish(.first, "a/1", "new")
        bench.publish(.first, "a/1", "travelled", path("x", "y"))
        bench.publish(.first, "a/1", "not a path", path("x,,y"))
        bench.publish(.second, "a/1", "back")
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.path) == ["a", "x,y,a", "a"])
        #expect(bench.arrived(.first).map(\.path) == ["b"])
        #expect(bench.faults == [])
    }

    @Test(arguments: QoS.allCases)
    func whatWasThereDoesNotGoThereAgain(_ qos: QoS) {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        bench.publish(.first, "a/1", "was there", qos: qos, path("b"))
        bench.publish(.first, "a/1", "was here", qos: qos, path("c", "a", "d"))
        bench.publish(.first, "a/1", "neither", qos: qos, path("aa", "bb"))
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["neither"])
        #expect(bench.account(from: .first).dropped(.loop) == 2)
        #expect(bench.broker(.first).session(bench.clientID(.first))?.waitingCount == 0)
        #expect(bench.faults == [])
    }

    @Test func sixteenBrokersAreTheEnd() {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        let ids = (1...17).map { "hop\($0)" }
        for count in [15, 16, 17] {
            let value = ids.prefix(count).joined(separator: ",")
            bench.publish(.first, "a/\(count)", "x", .userProperty(name: "stinger-path", value: value))
        }
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.topic) == ["a/15"])
        #expect(bench.arrived(.second).first?.path == ids.prefix(15).joined(separator: ",") + ",a")
        #expect(bench.account(from: .first).dropped(.hops) == 2)
    }

    /// Without No Local, and without an echo window: the path alone.
    @Test(arguments: QoS.allCases)
    func aBrokerThatDoesNotHonourNoLocal(_ qos: QoS) {
        var limits = TestBrokerLimits()
        limits.hasNoLocal = false
        let bench = TopicBench(
            TopicBenchSettings([.rule("a/#")]),
            first: TestBroker(limits: limits),
            second: TestBroker(limits: limits)
        )
        bench.start()
        for number in 1...10 {
            bench.publish(.first, "a/1", "\(number)", qos: qos)
            bench.publish(.second, "a/1", "\(number)", qos: qos)
        }
        bench.run(.seconds(1))
        #expect(bench.payloads(.first) == (1...10).map { "\($0)" })
        #expect(bench.payloads(.second) == (1...10).map { "\($0)" })
        #expect(bench.faults == [])
    }

    // MARK: Without properties

    @Test(arguments: QoS.allCases, [MQTTVersion.v3_1_1, .v5])
    func ownMessagesAreKnownAgain(_ qos: QoS, _ first: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: first, second: .v3_1_1)
        bench.start()
        for number in 1...50 {
            bench.publish(.first, "a/1", "\(number % 3)", qos: qos)
            bench.publish(.second, "a/2", "\(number % 3)", qos: qos)
        }
        bench.run(.seconds(5))
        #expect(bench.payloads(.second) == (1...50).map { "\($0 % 3)" })
        #expect(bench.payloads(.first) == (1...50).map { "\($0 % 3)" })
        #expect(bench.account(from: .second).dropped(.echo) == 50)
        #expect(bench.faults == [])
    }

    @Test(arguments: QoS.allCases)
    func somebodysEqualMessagePasses(_ qos: QoS) {
        let bench = TopicBench(.rule("a/#"), second: .v3_1_1)
        bench.start()
        bench.publish(.first, "a/1", "on", qos: qos)
        bench.run(.seconds(1))
        #expect(bench.payloads(.first) == [])
        bench.publish(.second, "a/1", "on", qos: qos)
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["on"])
        #expect(bench.payloads(.first) == ["on"])
    }

    /// What was taken before the other side had ever been up comes back as well.
    @Test(arguments: [QoS.atLeastOnce, .exactlyOnce], [false, true])
    func messagesThatWaitedForTheFirstConnectionAreKnownAgain(_ qos: QoS, _ fallsBack: Bool) {
        var settings = TopicBenchSettings([.rule("a/#")], .v5, fallsBack ? .v5 : .v3_1_1)
        settings.second.fallsBack = fallsBack
        var limits = TestBrokerLimits()
        limits.acceptsV5 = !fallsBack
        let bench = TopicBench(settings, second: TestBroker(limits: limits))
        bench.part(.second)
        bench.run(until: { bench.relay.first.isUp })
        bench.publish(.first, "a/1", "early", qos: qos)
        bench.run(.seconds(1))
        bench.mend(.second)
        bench.start()
        bench.run(.seconds(1))
        #expect(bench.payloads(.second) == ["early"])
        #expect(bench.payloads(.first) == [])
        #expect(bench.faults == [])
    }

    /// mosquitto's mark of a bridge: a broker that honours it sends nothing back, so an equal message is somebody else's, on any connection.
    @Test func theMarkOfABridgeSparesTheEchoWindow() {
        var settings = TopicBenchSettings([.rule("a/#")], .v5, .v3_1_1)
        settings.second.hasBridgeBit = true
        var limits = TestBrokerLimits()
        limits.honoursBridgeBit = true
        let bench = TopicBench(settings, second: TestBroker(limits: limits))
        for round in 1...2 {
            #expect(bench.start())
            bench.publish(.first, "a/1", "\(round)", qos: .atLeastOnce)
            bench.run(.seconds(1))
            bench.publish(.second, "a/1", "\(round)", qos: .atLeastOnce)
            bench.run(.seconds(1))
            #expect(bench.payloads(.first).count == round)
            #expect(bench.payloads(.second).count == round)
            bench.cut(.second)
        }
        #expect(bench.faults == [])
    }

    // MARK: Shared subscriptions

    /// Two bridges split one stream; what they publish themselves is not theirs, though No Local cannot be asked for.
    @Test func aGroupSharesAStream() {
        let near = TestBroker()
        let far = TestBroker()
        let rule = TopicRule.rule("a/#", share: "group")
        let bench = TopicBench(TopicBenchSettings([rule]), first: near, second: far)
        var settings = TopicBenchSettings([rule])
        settings.id = "second"
        let other = TopicBench(settings, first: near, second: far, instance: "other")
        bench.add(other)
        bench.run(until: { bench.isSettled && other.isSettled })
        for number in 1...20 { bench.publish(.first, "a/\(number)", "\(number)", qos: .exactlyOnce) }
        bench.run(.seconds(1))
        #expect((bench.arrived(.second) + other.arrived(.second)).count == 20)
        #expect(Set(bench.payloads(.second) + other.payloads(.second)).count == 20)
        #expect(bench.arrived(.second).count == 10)
        #expect(bench.arrived(.first) == [])
        #expect(other.arrived(.first) == [])
        #expect(bench.faults + other.faults == [])
    }
}
