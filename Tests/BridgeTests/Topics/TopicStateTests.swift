import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// What the state topics say, and when; and the ids that brokers have in paths.
@Suite struct TopicStateTests {
    @Test(arguments: MQTTVersion.allCases)
    func saysWhatIs(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.part(.second)
        bench.run(.seconds(5))
        #expect(bench.state(.first) == "0")
        #expect(bench.state(.second) == nil)
        bench.mend(.second)
        bench.start()
        #expect(bench.state(.first) == "1")
        #expect(bench.state(.second) == "1")
        bench.part(.second)
        bench.run(.seconds(1))
        #expect(bench.state(.first) == "0")
        #expect(bench.state(.second) == "0")
        bench.mend(.second)
        bench.start()
        bench.run(.seconds(1))
        #expect(bench.state(.first) == "1")
        #expect(bench.state(.second) == "1")
        #expect(bench.faults == [])
    }

    /// The will of the last connection may be published long after the next one is up.
    @Test(arguments: MQTTVersion.allCases)
    func aLateZeroIsSetRight(_ version: MQTTVersion) {
        let bench = TopicBench(.rule("a/#"), first: version, second: version)
        bench.start()
        bench.broker(.first).holdsWills = true
        bench.cut(.first, isNoticed: false)
        bench.start()
        #expect(bench.state(.first) == "1")
        bench.broker(.first).releaseWills()
        #expect(bench.state(.first) == "0")
        bench.run(.milliseconds(10))
        #expect(bench.state(.first) == "1")
        #expect(bench.faults == [])
    }

    @Test func theFarewellIsNoLie() {
        let bench = TopicBench(.rule("a/#"))
        bench.start()
        bench.relay.drain()
        bench.run(.milliseconds(10))
        #expect(bench.state(.first) == "0")
        bench.relay.end()
        bench.run(.milliseconds(50))
        #expect(bench.state(.first) == "0")
        #expect(bench.state(.second) == "0")
        // It was said by the bridge, and by no will after it.
        let states = bench.broker(.second).taken.filter { $0.topic == bench.settings.stateTopic(.second) }
        #expect(states.map(\.text).suffix(2) == ["1", "0"])
    }

    /// Two bridges that were given one name: each says what is so for itself, and neither goes on for ever.
    @Test(arguments: MQTTVersion.allCases)
    func twoOfOneNameComeToRest(_ version: MQTTVersion) {
        let shared = TestBroker()
        let bench = TopicBench(TopicBenchSettings([.rule("a/#")], version, version), first: shared)
        var settings = TopicBenchSettings([.rule("b/#")], version, version)
        settings.first.clientID = "another"
        let other = TopicBench(settings, first: shared, instance: "other")
        bench.add(other)
        other.part(.second)
        bench.run(.seconds(20))
        #expect(bench.isUp)
        #expect(other.relay.first.isUp)
        let count = shared.taken.count { $0.topic == settings.stateTopic(.first) }
        #expect(count >= 2)
        #expect(count < 30)
        bench.run(.seconds(60))
        #expect(shared.taken.count { $0.topic == settings.stateTopic(.first) } == count)
        #expect(bench.faults == [])
    }

    @Test func noStateTopicWhereNoneIsWanted() {
        var settings = TopicBenchSettings([.rule("#")])
        settings.hasStateTopics = false
        let bench = TopicBench(settings)
        bench.start()
        bench.cut(.first)
        bench.start()
        #expect(!bench.broker(.first).taken.contains { $0.topic.hasSuffix("state") })
        #expect(bench.faults == [])
    }

    // MARK: The broker's id

    @Test(arguments: MQTTVersion.allCases)
    func theFirstBridgeNamesTheBrokerAndTheOthersTakeTheName(_ version: MQTTVersion) {
        let shared = TestBroker()
        var settings = TopicBenchSettings([.rule("a/#", .out)], version, .v5)
        settings.first.id = nil
        let bench = TopicBench(settings, first: shared)
        bench.start()
        let id = shared.retained[BridgeTopics.brokerID]?.text
        #expect(id == "near-instance")
        settings.id = "second"
        let other = TopicBench(settings, first: shared, instance: "other")
        other.start()
        #expect(shared.retained[BridgeTopics.brokerID]?.text == id)
        #expect(other.relay.first.brokerID == id)
        bench.publish(.first, "a/1", "one")
        other.run(.seconds(1))
        #expect(other.arrived(.second).map(\.path) == [id])
        #expect(other.faults == [])
    }

    @Test func anIDOfTheConfigurationStays() {
        let bench = TopicBench(.rule("a/#"))
        bench.publish(.first, BridgeTopics.brokerID, "somebody else's", isRetained: true)
        bench.start()
        bench.publish(.first, BridgeTopics.brokerID, "another", isRetained: true)
        bench.publish(.first, "a/1")
        bench.run(.seconds(1))
        #expect(bench.arrived(.second).map(\.path) == ["a"])
        #expect(bench.broker(.first).retained[BridgeTopics.brokerID]?.text == "another")
    }
}
