import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// Bridges of the same brokers agree on who carries.
@Suite struct TopicRoutesTests {
    /// Two bridges side by side.
    private final class Pair {
        let near = TestBroker()
        let far = TestBroker()
        let one: TopicBench
        let other: TopicBench

        init(_ version: MQTTVersion = .v5, stateLevel: String? = "state") {
            func bench(_ id: String, _ brokers: (TestBroker, TestBroker)) -> TopicBench {
                var settings = TopicBenchSettings([.rule("a/#")], version, version)
                settings.id = id
                settings.hasStateTopics = stateLevel != nil
                settings.stateLevel = stateLevel ?? ""
                return TopicBench(settings, first: brokers.0, second: brokers.1, instance: id)
            }
            one = bench("one", (near, far))
            other = bench("other", (near, far))
            one.add(other)
        }

        /// So many messages by both of them, since the last time.
        func carried(_ count: Int, qos: QoS = .atLeastOnce) -> (one: Int, other: Int) {
            let before = (one.arrived(.second).count, other.arrived(.second).count)
            for number in 0..<count { one.publish(.first, "a/\(number)", "\(number)", qos: qos) }
            one.run(.seconds(1))
            return (one.arrived(.second).count - before.0, other.arrived(.second).count - before.1)
        }

        func agree() -> Bool {
            one.run(until: { [one, other].allSatisfy { $0.isSettled && $0.relay.isAgreed && !$0.relay.graph.isAlone } })
        }
    }

    @Test(arguments: MQTTVersion.allCases, QoS.allCases)
    func oneCarriesAndTheOtherStandsBy(_ version: MQTTVersion, _ qos: QoS) {
        let pair = Pair(version)
        #expect(pair.agree())
        #expect(pair.carried(10, qos: qos) == (10, 0))
        #expect(pair.other.account(from: .first).dropped(.duplicateWay) == 10)
        #expect(pair.one.faults + pair.other.faults == [])
    }

    /// Whatever its death is known by: the usual state topic, one of the users' choice, or the will that clears its routes.
    @Test(arguments: ["state", "alive", nil])
    func theOtherTakesOver(_ stateLevel: String?) {
        let pair = Pair(stateLevel: stateLevel)
        #expect(pair.agree())
        for side in Side.allCases { pair.one.part(side) }
        pair.one.run(.seconds(3))
        #expect(pair.other.relay.graph.isAlone)
        #expect(pair.carried(10, qos: .atMostOnce) == (0, 10))
        for side in Side.allCases { pair.one.mend(side) }
        #expect(pair.agree())
        #expect(pair.carried(10, qos: .atMostOnce) == (10, 0))
        #expect(pair.one.faults + pair.other.faults == [])
    }

    /// Messages that come while the bridges do not know of each other yet wait, and cross once.
    @Test func whatComesMeanwhileWaits() {
        let pair = Pair()
        pair.one.run(until: { pair.one.relay.first.isUp && pair.other.relay.first.isUp })
        #expect(pair.carried(10) == (0, 0))
        pair.one.run(.seconds(2))
        #expect(pair.one.payloads(.second) == (0..<10).map(String.init))
        #expect(pair.other.payloads(.second) == [])
        #expect(pair.one.relay.accounts.isBalanced && pair.other.relay.accounts.isBalanced)
        #expect(pair.one.relay.messagesInFlight + pair.other.relay.messagesInFlight == 0)
    }

    /// A bridge that ends leaves at once.
    @Test func aFarewellIsHeard() {
        let pair = Pair()
        #expect(pair.agree())
        pair.one.relay.advance(to: pair.one.now)
        pair.one.relay.drain()
        pair.one.run(.milliseconds(20))
        #expect(pair.other.relay.graph.isAlone)
        #expect(pair.near.retained["stinger/bridge/one/near/routes"] == nil)
    }
}
