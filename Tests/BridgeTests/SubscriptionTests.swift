import Federation
import NIOCore
import Testing

@testable import Bridge

/// Subscriptions, as both sides see them.
@Suite struct SubscriptionTests {
    private struct Scene {
        let pair: Pair
        let owner: TestClient
        let reader: TestClient

        init(
            _ side: Side = .first,
            dialect: Dialect = .stinger,
            rules: [ChannelRule] = [.everything],
            near: String = "c"
        ) {
            pair = Pair(rules: rules, dialects: (dialect, dialect))
            owner = pair.program("owner", on: side, "c")
            reader = pair.program("reader", on: side.other, near)
            owner.send(
                "add_subscription",
                ["channel": "c", "sub_name": "s", "return_schema": ["type": "number"], "request_id": 1]
            )
            pair.bench.pass(.seconds(3))
            pair.bench.quiet()
        }

        func subscribe(
            _ type: String = "subscribe",
            _ client: TestClient? = nil,
            _ channel: String = "c"
        ) -> [TestValue] {
            (client ?? reader).send(type, ["channel": .string(channel), "sub_name": "s", "request_id": 2])
            return pair.bench.take(client ?? reader)
        }

        func publish(_ data: TestValue) {
            owner.send("publish", ["channel": "c", "sub_name": "s", "data": data])
        }

        /// The events that the owner was told.
        func takeOwnerEvents() -> [TestValue] {
            pair.bench.take(owner).filter { $0.type == "receive" }.compactMap { $0["event"] }
        }
    }

    @Test(arguments: Side.allCases, Dialect.allCases)
    func publicationsReachSubscribersOnce(from side: Side, dialect: Dialect) {
        let scene = Scene(side, dialect: dialect)
        let late = scene.pair.program("late", on: side.other)
        scene.pair.bench.quiet()
        #expect(scene.subscribe().map { $0["error"] } == [nil])
        #expect(scene.subscribe("subscribe", late).map { $0["error"] } == [nil])
        scene.pair.bench.quiet()
        scene.publish(["v": 2.5])
        for client in [scene.reader, late] {
            let frame = scene.pair.bench.takeOne(client)
            #expect(frame.type == "receive")
            #expect(frame["event"] == "subscription.s.data")
            #expect(frame["data"] == ["v": 2.5])
        }
        #expect(scene.pair.bridge.relay.counts.dropSummary == "")
    }

    @Test(arguments: Side.allCases) func theOwnerHearsOfTheFirstAndTheLastSubscriber(from side: Side) {
        let scene = Scene(side)
        #expect(scene.takeOwnerEvents() == [])
        let second = scene.pair.program("second", on: side.other)
        _ = scene.subscribe()
        #expect(scene.takeOwnerEvents() == ["subscription.s.first"])
        _ = scene.subscribe("subscribe", second)
        _ = scene.subscribe("unsubscribe")
        #expect(scene.takeOwnerEvents() == [])
        _ = scene.subscribe("unsubscribe", second)
        #expect(scene.takeOwnerEvents() == ["subscription.s.last"])
        scene.publish(1)
        #expect(scene.pair.bench.take(scene.reader) == [])
        #expect(scene.pair.bridge.relay.counts.relayed == 0)
    }

    @Test func aSubscriberThatGoesIsTheLast() {
        let scene = Scene()
        _ = scene.subscribe()
        _ = scene.takeOwnerEvents()
        scene.reader.hangUp()
        #expect(scene.takeOwnerEvents() == ["subscription.s.last"])
    }

    @Test func theSchemaTravels() {
        let scene = Scene()
        let sync = scene.pair.program("looker", on: .second).join("c")
        let schema = sync.first?["subscriptions"]?["s"]
        #expect(schema?["param_schema"] == ["type": "number"] || schema?["return_schema"] == ["type": "number"])
    }

    @Test(arguments: Dialect.allCases) func aSubscriptionThatIsGivenUpGoesOnBothSides(dialect: Dialect) {
        let scene = Scene(dialect: dialect)
        _ = scene.subscribe()
        #expect(scene.pair.bridge.proxies(.second) == [.subscription("c", "s")])
        scene.owner.send("remove_subscription", ["channel": "c", "sub_name": "s", "request_id": 3])
        scene.pair.bench.pass(.seconds(3))
        // A hub that tells nothing of this leaves it until its owner goes, or it is asked again.
        if dialect != .members { #expect(scene.pair.bridge.proxies(.second) == []) }
        scene.owner.hangUp()
        scene.pair.bench.pass(.seconds(3))
        #expect(scene.pair.bridge.proxies(.second) == [])
        let other = scene.pair.program("other", on: .second, "c")
        other.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 4])
        #expect(scene.pair.bench.take(other).last?["error"] == nil)
    }

    @Test func whereTheOwnerIsBackSubscribersGetPublicationsAgain() {
        let scene = Scene()
        _ = scene.subscribe()
        scene.pair.bridge.down(.first)
        scene.pair.bench.pass(.seconds(1))
        scene.pair.up()
        // The proxy went with the link, and the subscribers' entries with it.
        _ = scene.subscribe()
        scene.pair.bench.quiet()
        scene.publish(1)
        #expect(scene.pair.bench.takeData(scene.reader) == [1])
    }

    /// The other hub keeps its subscribers while only the owner's link is gone.
    @Test func subscribersOfAProxyThatComesBackAreServed() {
        let scene = Scene()
        _ = scene.subscribe()
        scene.pair.bridge.down(.second)
        scene.pair.bench.pass(.seconds(1))
        #expect(scene.takeOwnerEvents().last == "subscription.s.last")
        scene.pair.up()
        _ = scene.subscribe()
        scene.publish(2)
        #expect(scene.pair.bench.takeData(scene.reader).last == 2)
    }

    @Test func renamedChannelsHaveSubscriptionsToo() {
        let scene = Scene(rules: [.rule("c", rename: "far")], near: "far")
        _ = scene.subscribe("subscribe", nil, "far")
        scene.publish(1)
        let frame = scene.pair.bench.takeOne(scene.reader)
        #expect(frame["channel"] == "far")
        #expect(frame["data"] == 1)
    }

    @Test(arguments: Direction.allCases) func publicationsStartWhereTheRuleLetsThem(direction: Direction) {
        let scene = Scene(rules: [.rule("c", direction)])
        let isThere = !scene.pair.bridge.proxies(.second).isEmpty
        #expect(isThere == direction.allows(from: .first))
    }
}
