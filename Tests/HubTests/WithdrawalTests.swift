import Testing

@testable import Hub

/// Who hears that an event or a subscription is gone (docs/wire/comm-ipc.md, section 11).
@Suite struct WithdrawalTests {
    private let test = TestHub { $0.channelPolicy = .promote }

    private func withdrawn(_ name: TestValue, _ stype: TestValue, of owner: TestValue) -> TestValue {
        [
            "type": "metadata_update", "channel": "c", "name": name, "stype": stype, "owner": owner,
            "action": "withdrawn",
        ]
    }

    /// A client that speaks stinger and one that doesn't, both on the channel.
    private func makeListeners() -> (stinger: TestClient, plain: TestClient) {
        let listeners = (test.stinger("listener"), test.client("plain"))
        listeners.0.join("c")
        listeners.1.join("c")
        test.quiet()
        return listeners
    }

    private func unregister(_ client: TestClient, _ channel: TestValue = "c", _ event: TestValue = "e") -> [TestValue] {
        client.send("unregister", ["channel": channel, "event": event, "request_id": 7])
        return client.take()
    }

    // MARK: unregister

    @Test func anEventIsTakenBackAndListenersHearOfIt() {
        let listeners = makeListeners()
        let provider = test.stinger("p")
        provider.join("c")
        provider.provide("c", "e")
        test.quiet()
        #expect(unregister(provider) == [["type": "response", "request_id": 7, "data": ["success": true]]])
        #expect(listeners.stinger.take() == [withdrawn("e", "event", of: "p")])
        #expect(listeners.plain.take() == [])
        listeners.plain.call("c", "e", 1)
        #expect(listeners.plain.takeOne()["reason"] == "no_provider")
        #expect(provider.take() == [])
        #expect(provider.connection.registrationBytes == 0)
        #expect(provider.connection.registrationCount == 0)
    }

    @Test func itsMembershipStays() {
        let provider = test.stinger("p")
        provider.provide("c", "e")
        _ = unregister(provider)
        #expect(test.tables.channels == 1)
        #expect(provider.connection.memberships.count == 1)
        #expect(provider.provide("c", "e").count == 2)
    }

    @Test func theCallsItWasAskedGoOn() {
        let provider = test.stinger("p")
        let caller = test.client("a")
        provider.provide("c", "e")
        caller.call("c", "e", 1)
        test.quiet()
        _ = unregister(provider)
        #expect(caller.take() == [])
        provider.respond(to: "a", 1)
        #expect(caller.takeOne()["data"] == "answer")
        #expect(test.hub.calls.count == 0)
    }

    @Test(arguments: [["c", "other"], ["other", "e"], ["c", ""], [nil, nil]] as [[TestValue]])
    func whoDoesNotProvideItIsToldSo(names: [TestValue]) {
        test.client("p").provide("c", "e")
        let texts = names.map { $0.text ?? "" }
        let error: TestValue = "Not a provider of \(texts[0]):\(texts[1])"
        let client = test.stinger("a")
        #expect(unregister(client, names[0], names[1]) == [["type": "response", "request_id": 7, "error": error]])
        #expect(test.drops(.notOwner) == 1)
    }

    @Test func anothersEventIsNotTakenBack() {
        test.client("p").provide("c", "e")
        #expect(unregister(test.stinger("a")).first?["error"] == "Not a provider of c:e")
        #expect(test.client("b").join("c").first?["events"]?["e"]?["owner"] == "p")
    }

    @Test func oneOfAGroupGoesAndTheOthersStay() {
        let listener = makeListeners().stinger
        let group = [test.stinger("p"), test.stinger("q")]
        for provider in group { provider.provide("c", "e", isGroup: true) }
        test.quiet()
        _ = unregister(group[0])
        #expect(listener.take() == [withdrawn("e", "event", of: "p")])
        listener.call("c", "e", 1)
        #expect(group[1].takeOne()["request_id"] == 1)
    }

    @Test(arguments: ["unregister", "cancel", "list_channels"]) func fromOthersTheyAreUnknownTypes(type: String) {
        let client = test.client("a", mode: "bridge")
        client.provide("c", "e")
        client.send(type, ["channel": "c", "event": "e", "request_id": 1])
        #expect(client.take() == [])
        #expect(test.drops(.unknownType) == 1)
        #expect(client.connection.registrationCount == 1)
    }

    // MARK: Going

    @Test func whatAClientProvidesGoesWithItOneNoticeEach() {
        let listeners = makeListeners()
        let provider = test.client("p")
        provider.provide("c", "e")
        provider.provide("c", "f", isGroup: true)
        test.client("q").provide("c", "f", isGroup: true)
        provider.send("add_subscription", ["channel": "c", "sub_name": "s"])
        test.quiet()
        provider.hangUp()
        let notices = listeners.stinger.take()
        #expect(
            Set(notices) == [
                withdrawn("e", "event", of: "p"), withdrawn("f", "event", of: "p"),
                withdrawn("s", "subscription", of: "p"),
                [
                    "type": "metadata_update", "channel": "c", "name": "p", "stype": "membership", "owner": "p",
                    "mode": "client", "action": "leave",
                ],
            ]
        )
        #expect(notices.count == 4)
        #expect(listeners.plain.take().map { $0["action"] } == ["leave"])
    }

    @Test func aSubscriptionThatIsRemovedIsWithdrawn() {
        let listeners = makeListeners()
        let owner = test.stinger("o")
        owner.join("c")
        owner.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        test.quiet()
        owner.send("remove_subscription", ["channel": "c", "sub_name": "s", "request_id": 2])
        #expect(owner.take() == [["type": "response", "request_id": 2, "data": ["success": true]]])
        #expect(listeners.stinger.take() == [withdrawn("s", "subscription", of: "o")])
        #expect(listeners.plain.take() == [])
    }

    @Test func whoIsPutOutIsToldOfTheChannelAndOfNothingElse() {
        let test = TestHub()
        let owner = test.client("owner")
        let put = [test.stinger("a"), test.stinger("b")]
        let plain = test.client("plain")
        for client in [owner, plain] + put { client.join("c") }
        for client in put { client.provide("c", "\(client.id)") }
        test.quiet()
        owner.hangUp()
        let text: TestValue = "Channel c owner disconnected, channel terminated"
        for client in put {
            #expect(client.take().dropFirst() == [["type": "error", "message": text, "channel": "c"]])
        }
        #expect(plain.take().dropFirst() == [["type": "error", "message": text]])
    }

    @Test func aStrangerHearsThatItsSubscriptionIsLostToAPassword() {
        let owner = test.stinger("owner")
        owner.join("c")
        let stranger = test.stinger("stranger")
        stranger.send("add_subscription", ["channel": "c", "sub_name": "s"])
        test.quiet()
        owner.send("set_password", ["channel": "c", "password": "p", "request_id": 1])
        #expect(stranger.take() == [withdrawn("s", "subscription", of: "stranger")])
        #expect(owner.take().count == 1)
    }
}
