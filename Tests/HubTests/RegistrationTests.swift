import Testing

@testable import Hub

/// Joining and providing (docs/wire/comm-ipc.md, section 3).
@Suite struct RegistrationTests {
    private let test = TestHub()

    @Test func whoJoinsGetsTheChannelAndThenTheAnswer() {
        #expect(
            test.client("a").join("c") == [
                ["type": "channel_sync", "channel": "c", "events": [:], "subscriptions": [:]],
                [
                    "type": "response", "request_id": "join", "channel": "c", "event": nil,
                    "data": ["channel": "c", "event": nil, "authenticated": false],
                ],
            ]
        )
    }

    @Test func aProviderGetsTwoAnswers() {
        #expect(
            test.client("a").provide("c", "e") == [
                ["type": "response", "request_id": "provide", "channel": "c", "event": "e", "success": true],
                [
                    "type": "response", "request_id": "provide", "channel": "c", "event": "e",
                    "data": ["channel": "c", "event": "e", "authenticated": false],
                ],
            ]
        )
    }

    @Test func theSyncTellsOfEventsAndOwnedSubscriptions() {
        let a = test.client("a")
        let b = test.client("b")
        a.send(
            "register",
            [
                "channel": "c", "event": "e", "is_provider": true, "is_stream": true, "is_group": true,
                "param_schema": ["x": "int"], "return_schema": ["list"],
            ]
        )
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "return_schema": ["y": 1]])
        b.send("subscribe", ["channel": "c", "sub_name": "unowned"])
        #expect(
            test.client("d").join("c").first == [
                "type": "channel_sync", "channel": "c",
                "events": [
                    "e": [
                        "owner": "a", "is_stream": true, "is_group": true, "param_schema": ["x": "int"],
                        "return_schema": ["list"], "stype": "event",
                    ]
                ],
                "subscriptions": ["s": ["owner": "a", "param_schema": ["y": 1], "stype": "subscription"]],
            ]
        )
    }

    @Test func theFieldsMayStandInAMapUnderReg() {
        let a = test.client("a")
        a.send("register", ["reg": ["channel": "c", "event": "e", "is_provider": true, "request_id": 7]])
        #expect(a.take().map { $0["request_id"] } == [7, 7])
        let b = test.client("b")
        b.send("register", ["reg": nil, "channel": "c", "request_id": 8])
        #expect(b.take().last?["request_id"] == 8)
    }

    @Test func regOfAnotherTypeIsRefused() {
        let a = test.client("a")
        a.send("register", ["reg": [1], "channel": "c", "request_id": 1])
        #expect(
            a.takeOne() == [
                "type": "response", "request_id": 1, "error": "malformed message: reg must be a map (at hub)",
            ]
        )
        #expect(!a.wasClosed)
    }

    @Test func aRegistrationWithoutRequestIDIsAnsweredWithNil() {
        let a = test.client("a")
        a.send("register", ["channel": "c"])
        #expect(a.take().last?["request_id"] == .null)
    }

    @Test func registeringAgainUpdatesTheSchemas() {
        let a = test.client("a")
        let b = test.client("b")
        a.provide("c", "e")
        b.join("c")
        a.send(
            "register",
            ["channel": "c", "event": "e", "is_provider": true, "param_schema": "new", "is_stream": true]
        )
        #expect(a.take().count == 2)
        #expect(
            b.take().first == [
                "type": "metadata_update", "channel": "c", "name": "e", "stype": "event", "owner": "a",
                "is_stream": true, "is_group": false, "param_schema": "new", "return_schema": nil,
            ]
        )
        #expect(b.join("c").first?["events"]?["e"]?["param_schema"] == "new")
    }

    @Test func joiningAgainSyncsAgainAndListensOnce() {
        let a = test.client("a")
        let b = test.client("b")
        a.join("c")
        #expect(a.join("c").map(\.type) == ["channel_sync", "response"])
        b.broadcast("c", 1)
        #expect(a.takeData() == [1])
    }

    @Test func aSecondProviderIsRefusedUnlessBothAreAGroup() {
        let refusal: TestValue = [
            "type": "response", "request_id": "provide", "channel": "c", "event": "e",
            "error": "Provider already exists for c:e and group mode is incompatible",
        ]
        let clients = ["a", "b", "d"].map { test.client($0) }
        clients[0].provide("c", "e", isGroup: true)
        #expect(clients[1].provide("c", "e") == [refusal])
        #expect(clients[1].provide("c", "e", isGroup: true).count == 2)
        clients[0].provide("c", "alone")
        #expect(clients[2].provide("c", "alone", isGroup: true).first?["error"] != nil)
        #expect(test.drops(.denied) == 2)
    }

    @Test func aProviderWithoutAnEventNameIsRefused() {
        let a = test.client("a")
        for event in [nil, ""] as [TestValue] {
            a.send("register", ["channel": "c", "is_provider": true, "event": event, "request_id": 1])
            let refusal = "Event name required for provider registration"
            #expect(a.takeOne() == ["type": "response", "request_id": 1, "error": .string(refusal)])
        }
    }

    @Test func aJoinMayNameAnEvent() {
        let a = test.client("a")
        a.send("register", ["channel": "c", "event": "e"])
        #expect(a.take().last?["data"] == ["channel": "c", "event": "e", "authenticated": false])
        #expect(a.join("c").first?["events"] == [:])
    }

    @Test func namesOfAnyLettersAreKept() {
        let a = test.client("ä")
        let name = "köln/温度 🌡"
        a.provide(name, name)
        let events = test.client("b").join(name).first?["events"]
        #expect(events?[name]?["owner"] == "ä")
    }

    // MARK: Notices

    @Test func listenersHearOfEventsAndProvidersDoNot() {
        let listener = test.client("listener")
        let provider = test.client("provider")
        let new = test.client("new")
        listener.join("c")
        provider.provide("c", "p")
        test.quiet()
        new.provide("c", "e", isStream: true)
        #expect(
            listener.take() == [
                [
                    "type": "metadata_update", "channel": "c", "name": "e", "stype": "event", "owner": "new",
                    "is_stream": true, "is_group": false, "param_schema": nil, "return_schema": nil,
                ],
                [
                    "type": "metadata_update", "channel": "c", "name": "new", "stype": "membership", "owner": "new",
                    "mode": "client", "action": "join",
                ],
            ]
        )
        #expect(provider.take() == [])
    }

    @Test func whoProvidesHearsNoNoticeOfItsOwn() {
        let a = test.client("a")
        a.join("c")
        #expect(a.provide("c", "e").map(\.type) == ["response", "response"])
        #expect(a.join("c").map(\.type) == ["channel_sync", "response"])
    }

    @Test func onlyClientsThatNamedAModeHearOfMembers() {
        let old = test.client("old", mode: nil)
        let young = test.client("young")
        old.join("c")
        young.join("c")
        test.quiet()
        let bridge = test.client("bridge", mode: "bridge")
        bridge.join("c")
        bridge.provide("c", "e")
        #expect(old.take().map { $0["stype"] } == ["event"])
        let notices = young.take()
        #expect(notices.map { $0["stype"] } == ["membership", "event", "membership"])
        #expect(notices.first?["mode"] == "bridge")
        bridge.hangUp()
        #expect(old.take() == [])
        #expect(
            young.takeOne() == [
                "type": "metadata_update", "channel": "c", "name": "bridge", "stype": "membership", "owner": "bridge",
                "mode": "bridge", "action": "leave",
            ]
        )
    }

    @Test func watchersHearOfRegistrations() {
        let watcher = test.client("watcher")
        watcher.join("__comm_ipc_system")
        let a = test.client("a")
        a.join("c")
        a.provide("c", "e", isStream: true)
        func notice(_ event: TestValue, provider: Bool) -> TestValue {
            [
                "type": "receive", "channel": "__comm_ipc_system", "event": "new_registration",
                "data": [
                    "channel": "c", "event": event, "is_provider": .bool(provider), "is_stream": .bool(provider),
                    "client_id": "a",
                ],
                "sender_id": "system", "server_id": "hub",
            ]
        }
        #expect(watcher.take() == [notice(nil, provider: false), notice("e", provider: true)])
        a.provide("c", "")
        #expect(watcher.take() == [])
    }
}
