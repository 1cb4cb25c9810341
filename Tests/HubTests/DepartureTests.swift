import Testing

@testable import Hub

/// What is left when clients go.
@Suite struct DepartureTests {
    private func makeHub(_ policy: HubSettings.ChannelPolicy) -> TestHub {
        TestHub {
            $0.channelPolicy = policy
            $0.channelKeys = ["preset": channelKey("preset")]
        }
    }

    private static let terminated: TestValue = [
        "type": "error", "message": "Channel c owner disconnected, channel terminated",
    ]

    @Test func withItsOwnerAChannelIsTerminated() {
        let test = makeHub(.terminate)
        let clients = ["owner", "a", "b"].map { test.client($0) }
        for client in clients { client.join("c") }
        clients[1].provide("c", "e")
        clients[1].provide("other", "e")
        test.quiet()
        clients[0].hangUp()
        for client in clients[1...] {
            #expect(client.take().map { $0["action"] ?? $0["message"] } == ["leave", Self.terminated["message"]])
            #expect(!client.wasClosed)
        }
        clients[1].broadcast("c", 1)
        clients[2].call("c", "e", 1)
        #expect(clients[2].takeOne()["reason"] == "no_provider")
        clients[2].call("other", "e", 2)
        #expect(clients[1].takeOne()["request_id"] == 2)
        // The preset one, and the other.
        #expect(test.tables.channels == 2)
    }

    @Test func aTerminatedChannelMayBeJoinedAnew() {
        let test = makeHub(.terminate)
        let clients = ["owner", "a", "b"].map { test.client($0) }
        for client in clients { client.join("c") }
        clients[0].hangUp()
        test.quiet()
        clients[2].join("c")
        clients[1].join("c")
        test.quiet()
        clients[1].broadcast("c", 1)
        #expect(clients[2].takeData() == [1])
        // Now the other one owns it.
        clients[2].hangUp()
        #expect(clients[1].take().contains(Self.terminated))
    }

    @Test func whoDoesNotOwnTheChannelLeavesItAlone() {
        let test = makeHub(.terminate)
        let clients = ["owner", "a", "b"].map { test.client($0) }
        for client in clients { client.join("c") }
        test.quiet()
        clients[1].hangUp()
        #expect(clients[0].take().map { $0["action"] } == ["leave"])
        clients[0].broadcast("c", 1)
        #expect(clients[2].takeData() == [1])
    }

    @Test func underPromoteTheNextMemberOwnsTheChannel() {
        let test = makeHub(.promote)
        let clients = ["owner", "a", "b"].map { test.client($0) }
        for client in clients { client.join("c") }
        test.quiet()
        clients[0].hangUp()
        #expect(clients[1].take().map { $0["action"] } == ["leave"])
        clients[1].broadcast("c", 1)
        #expect(clients[2].takeData() == [1])
        clients[2].send("set_password", ["channel": "c", "password": "p", "request_id": 1])
        #expect(clients[2].takeOne()["error"] != nil)
        clients[1].send("set_password", ["channel": "c", "password": "p", "request_id": 1])
        #expect(clients[1].takeOne()["error"] == nil)
    }

    @Test func aProviderOwnsTheChannelItCameToFirst() {
        let test = makeHub(.terminate)
        let (provider, a) = (test.client("provider"), test.client("a"))
        provider.provide("c", "e")
        a.join("c")
        provider.hangUp()
        #expect(a.take().contains(Self.terminated))
    }

    @Test(arguments: HubSettings.ChannelPolicy.allCases) func aPasswordGoesWithTheLastMember(
        policy: HubSettings.ChannelPolicy
    ) {
        let test = makeHub(policy)
        let owner = test.client("owner")
        let a = test.client("a")
        owner.send("set_password", ["channel": "c", "password": "p"])
        a.join("c", password: "p")
        owner.hangUp()
        if policy == .promote {
            #expect(test.client("early").join("c").map(\.type) == ["auth_challenge"])
            a.hangUp()
        }
        #expect(test.client("next").join("c").map(\.type) == ["channel_sync", "response"])
    }

    @Test(arguments: HubSettings.ChannelPolicy.allCases) func aPresetPasswordStays(policy: HubSettings.ChannelPolicy) {
        let test = makeHub(policy)
        for id in ["a", "b"] {
            let client = test.client(id)
            #expect(client.join("preset").map(\.type) == ["auth_challenge"])
            #expect(client.join("preset", password: "preset").count == 2)
            client.hangUp()
        }
        #expect(test.tables.channels == 1)
    }

    @Test func ofAPresetChannelNothingIsLeftForThoseWhoHaveNotProvedIt() {
        let test = makeHub(.terminate)
        let (owner, a) = (test.client("owner"), test.client("a"))
        owner.join("preset", password: "preset")
        a.join("preset", password: "preset")
        owner.send("add_subscription", ["channel": "preset", "sub_name": "s"])
        a.send("add_subscription", ["channel": "preset", "sub_name": "t"])
        a.send("subscribe", ["channel": "preset", "sub_name": "s"])
        owner.hangUp()
        #expect(a.connection.registrationCount == 0)
        #expect(a.connection.memberships.isEmpty)
        let next = test.client("next")
        #expect(next.join("preset", password: "preset").first?["subscriptions"] == [:])
    }

    @Test(arguments: HubSettings.ChannelPolicy.allCases)
    func systemChannelsAreNobodysAndEndWithNobody(policy: HubSettings.ChannelPolicy) {
        let test = makeHub(policy)
        let clients = ["a", "b"].map { test.client($0) }
        for client in clients { client.join("__comm_ipc_system") }
        test.quiet()
        clients[0].hangUp()
        #expect(clients[1].take().map { $0["action"] } == ["leave"])
        test.client("d").join("c")
        #expect(clients[1].takeOne()["event"] == "new_registration")
    }

    @Test func whatAClientDidOnManyChannelsGoesWithIt() {
        let test = makeHub(.promote)
        let (a, b) = (test.client("a"), test.client("b"))
        for number in 0..<20 {
            a.join("c\(number)")
            a.provide("c\(number)", "e")
            a.send("add_subscription", ["channel": "d\(number)", "sub_name": "s"])
            b.send("subscribe", ["channel": "d\(number)", "sub_name": "s"])
            a.send("subscribe", ["channel": "f\(number)", "sub_name": "s"])
        }
        b.call("c1", "e", 1)
        a.hangUp()
        #expect(b.takeOne()["reason"] == "provider_lost")
        #expect(b.connection.registrationCount == 0)
        b.hangUp()
        #expect(test.tables == TestHub.Tables(channels: 1))
    }

    @Test func aConnectionThatGoesTwiceGoesOnce() {
        let test = makeHub(.terminate)
        let a = test.client("a")
        a.hangUp()
        test.hub.closed(a.connection)
        #expect(test.hub.connectionCount == 0)
        let b = test.client("b")
        test.hub.closed(a.connection)
        #expect(b.connection.slot == a.connection.slot)
        #expect(test.hub.connectionCount == 1)
        b.send("ping")
        #expect(b.takeOne().type == "pong")
    }
}
