import Testing

@testable import Hub

/// `__stinger…` channels are the bridges' own (docs/wire/comm-ipc.md, section 11).
@Suite struct BridgeChannelTests {
    private let test = TestHub()
    private static let closed = ["__stinger_routes", "__stinger", "__stinger_bridges"]
    private static let all = closed + ["__stinger_bridge"]
    private static let acts = [
        "call", "send", "broadcast", "publish", "add_subscription", "announce_remote", "set_password",
    ]

    private static func fields(_ channel: String) -> TestValue {
        [
            "channel": .string(channel), "event": "e", "sub_name": "s", "clients": ["r"], "password": "p",
            "request_id": 1, "data": 1,
        ]
    }

    /// Everybody who is no bridge of ours.
    private func makeOthers() -> [TestClient] {
        [test.client("old", mode: nil), test.client("plain", mode: "bridge"), test.stinger("client")]
    }

    @Test(arguments: closed) func nobodyElseIsOnThem(channel: String) {
        test.bridge("b").join(channel)
        for client in makeOthers() {
            let denial: TestValue = "denied: channel \(channel) is for bridges (at hub)"
            #expect(client.join(channel).map { $0["error"] } == [denial])
            #expect(client.provide(channel, "e").map { $0["error"] } == [denial])
            for type in ["subscribe", "list_members"] {
                client.send(type, Self.fields(channel))
                #expect(client.takeOne()["error"] == denial)
            }
            #expect(client.connection.memberships.isEmpty)
        }
    }

    @Test(arguments: acts, all) func nobodyElseActsOnThem(act: String, channel: String) {
        let bridge = test.bridge("b")
        bridge.join(channel)
        for client in makeOthers() {
            test.quiet()
            client.send(act, Self.fields(channel))
            let answers = client.take()
            let mayNotEvenTry = act == "announce_remote" && client.connection.mode == .client
            #expect(answers.count == (mayNotEvenTry ? 0 : 1))
            #expect(answers.allSatisfy { $0["error"]?.text?.hasPrefix("denied: ") == true })
            #expect(bridge.take() == [])
        }
    }

    @Test(arguments: all) func deniedRegistrationsLeaveNoChannel(channel: String) {
        for client in makeOthers() { client.provide(channel, "e") }
        #expect(test.tables.channels == 0)
    }

    @Test(arguments: all) func bridgesBroadcastOnThemOnceTheyAreMembers(channel: String) {
        let bridges = [test.bridge("b1"), test.bridge("b2")]
        bridges[1].join(channel)
        bridges[0].broadcast(channel, 1)
        let words: TestValue = "denied: channel \(channel) is for its members; join it first (at hub)"
        #expect(bridges[0].takeOne()["message"] == words)
        bridges[0].join(channel)
        test.quiet()
        bridges[0].broadcast(channel, 2)
        #expect(bridges[1].takeData() == [2])
    }

    @Test func everybodyListensToTheBridgesNews() {
        let others = makeOthers()
        for client in others { #expect(client.join("__stinger_bridge").last?["error"] == nil) }
        let bridge = test.bridge("b")
        bridge.join("__stinger_bridge")
        test.quiet()
        bridge.broadcast("__stinger_bridge", 1)
        for client in others { #expect(client.takeData() == [1]) }
    }

    @Test func theyAreNobodysAndEndWithNobody() {
        let clients = [test.client("a"), test.bridge("b"), test.client("c")]
        for client in clients { client.join("__stinger_bridge") }
        test.quiet()
        clients[0].hangUp()
        #expect(clients[2].take() == [])
        #expect(clients[1].take().map { $0["action"] } == ["leave"])
        clients[1].broadcast("__stinger_bridge", 1)
        #expect(clients[2].takeData() == [1])
        let bridge = test.bridge("b2")
        bridge.send("set_password", ["channel": "__stinger_routes", "password": "p", "request_id": 1])
        #expect(bridge.takeOne()["error"] == "denied: channel __stinger_routes is nobody's (at hub)")
    }

    @Test(arguments: ["__stinger_routes", "__stinger_bridge"]) func whatHappensOnThemIsToldToThoseWhoSpeakStinger(
        channel: String
    ) {
        let (plain, stinger) = (test.client("plain"), test.stinger("stinger"))
        for client in [plain, stinger] {
            client.join("__comm_ipc_system")
            client.join("__stinger_bridge")
        }
        test.quiet()
        let bridge = test.bridge("b")
        bridge.join(channel)
        bridge.hangUp()
        #expect(plain.take() == [])
        let news = stinger.take()
        #expect(news.contains { $0["event"] == "new_registration" && $0["data"]?["channel"] == .string(channel) })
        let actions = news.compactMap { $0["action"] }
        #expect(actions == (channel == "__stinger_bridge" ? ["join", "leave"] : []))
    }
}
