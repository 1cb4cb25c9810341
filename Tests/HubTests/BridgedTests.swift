import Testing

@testable import Hub

/// What a bridge provides stands for something elsewhere, and stands back (docs/wire/comm-ipc.md, section 11).
@Suite struct BridgedTests {
    private func withdrawn(_ name: TestValue, _ stype: TestValue, of owner: TestValue) -> TestValue {
        [
            "type": "metadata_update", "channel": "c", "name": name, "stype": stype, "owner": owner,
            "action": "withdrawn",
        ]
    }

    // MARK: Owning

    @Test func theOwnerIsTheFirstThatIsNoBridge() {
        let test = TestHub()
        let bridge = test.bridge("bridge")
        let owner = test.client("owner")
        let other = test.client("other")
        for client in [bridge, owner, other] { client.join("c") }
        test.quiet()
        for client in [bridge, other] {
            client.send("set_password", ["channel": "c", "password": "p", "request_id": 1])
            #expect(client.takeOne()["error"] == "Only the channel owner can set or change the password")
        }
        owner.send("set_password", ["channel": "c", "password": "p", "request_id": 1])
        #expect(owner.take().last?["data"] == ["success": true])
        #expect(bridge.takeOne()["message"] == "Channel password changed, please reconnect")
    }

    @Test func aBridgeThatGoesTerminatesNothingAndAnOwnerDoes() {
        let test = TestHub()
        let bridges = [test.bridge("b1"), test.bridge("b2")]
        let owner = test.client("owner")
        for client in bridges + [owner] { client.join("c") }
        test.quiet()
        bridges[0].hangUp()
        #expect(owner.take().map { $0["action"] } == ["leave"])
        test.quiet()
        owner.hangUp()
        #expect(bridges[1].take().last?.type == "error")
        #expect(test.tables.channels == 0)
    }

    @Test func aChannelOfBridgesAloneIsNobodys() {
        let test = TestHub()
        let bridges = [test.bridge("b1"), test.bridge("b2")]
        for bridge in bridges { bridge.join("c") }
        bridges[0].send("set_password", ["channel": "c", "password": "p", "request_id": 1])
        #expect(bridges[0].take().last?["error"] != nil)
        bridges[0].hangUp()
        #expect(bridges[1].take().last?["action"] == "leave")
        let owner = test.client("owner")
        owner.join("c")
        owner.send("set_password", ["channel": "c", "password": "p", "request_id": 1])
        #expect(owner.take().last?["data"] == ["success": true])
    }

    @Test func aBridgeMakesNoProtectedChannel() {
        let test = TestHub()
        let bridge = test.bridge("b")
        bridge.send("set_password", ["channel": "new", "password": "p", "request_id": 1])
        #expect(bridge.takeOne()["error"] != nil)
        #expect(test.tables.channels == 0)
    }

    @Test func aBridgeOfCommIPCOwnsAsEver() {
        let test = TestHub()
        let bridge = test.client("bridge", mode: "bridge")
        let client = test.client("a")
        for client in [bridge, client] { client.join("c") }
        test.quiet()
        bridge.hangUp()
        #expect(client.take().last?.type == "error")
    }

    // MARK: Being asked

    @Test(arguments: HubSettings.GroupPolicy.allCases) func aBridgeIsAskedOnlyWhereThereIsNoOther(
        policy: HubSettings.GroupPolicy
    ) {
        let test = TestHub {
            $0.groupPolicy = policy
            $0.channelPolicy = .promote
        }
        let group = [test.bridge("b1"), test.client("l1"), test.bridge("b2"), test.client("l2")]
        for provider in group { provider.provide("c", "e", isGroup: true) }
        test.quiet()
        let caller = test.client("a")
        func asked(_ number: Int) -> String {
            test.quiet()
            caller.call("c", "e", .int(number))
            return group.filter { !$0.isGone && !$0.take().isEmpty }.map(\.id).joined()
        }
        #expect((0..<4).map(asked) == ["l1", "l2", "l1", "l2"])
        group[1].hangUp()
        #expect((4..<6).map(asked) == ["l2", "l2"])
        group[3].hangUp()
        #expect((6..<10).map(asked) == ["b1", "b2", "b1", "b2"])
        group[0].hangUp()
        #expect(asked(10) == "b2")
        test.client("l3").provide("c", "e", isGroup: true)
        #expect(asked(11) == "")
    }

    // MARK: Giving way

    @Test(arguments: [(false, false), (true, false), (false, true)])
    func aProxyYieldsToWhoProvidesTheEventHere(proxyIsGroup: Bool, localIsGroup: Bool) {
        let test = TestHub()
        let bridge = test.bridge("bridge")
        let (listener, plain) = (test.stinger("listener"), test.client("plain"))
        let local = test.stinger("local")
        for client in [listener, plain, local] { client.join("c") }
        bridge.provide("c", "e", isGroup: proxyIsGroup)
        test.quiet()
        let answers = local.provide("c", "e", isGroup: localIsGroup)
        #expect(answers.map { $0["error"] } == [nil, nil])
        #expect(bridge.take() == [withdrawn("e", "event", of: "bridge")])
        #expect(bridge.connection.registrationCount == 0)
        let notices = listener.take()
        #expect(notices.first == withdrawn("e", "event", of: "bridge"))
        #expect(notices.dropFirst().first?["owner"] == "local")
        #expect(plain.take().map { $0["stype"] } == ["event", "membership"])
        listener.call("c", "e", 1)
        #expect(local.takeOne()["request_id"] == 1)
        #expect(bridge.take() == [])
    }

    @Test func allProxiesOfAGroupYield() {
        let test = TestHub()
        let bridges = [test.bridge("b1"), test.bridge("b2")]
        for bridge in bridges {
            bridge.join("c")
            bridge.provide("c", "e", isGroup: true)
        }
        test.quiet()
        #expect(test.client("local").provide("c", "e").count == 2)
        for bridge in bridges {
            let notices = bridge.take().filter { $0["stype"] == "event" }
            #expect(
                notices.map { $0["owner"] } == ["b1", "b2", "local"],
                "each hears of itself, of the other, and of who came"
            )
            #expect(bridge.connection.registrationCount == 0)
        }
    }

    @Test func callsThatTheProxyWasAskedGoOn() {
        let test = TestHub()
        let bridge = test.bridge("bridge")
        let caller = test.client("a")
        bridge.provide("c", "e")
        caller.call("c", "e", 1)
        test.quiet()
        test.client("local").provide("c", "e")
        bridge.respond(to: "a", 1)
        #expect(caller.takeOne()["data"] == "answer")
    }

    @Test func groupsStandTogether() {
        let test = TestHub()
        let bridge = test.bridge("bridge")
        bridge.provide("c", "e", isGroup: true)
        test.client("local").provide("c", "e", isGroup: true)
        #expect(bridge.connection.registrationCount == 1)
        #expect(test.client("a").join("c").first?["events"]?["e"]?["owner"] == "local")
    }

    @Test func nobodyElseYields() {
        let refusal: TestValue = "Provider already exists for c:e and group mode is incompatible"
        let test = TestHub()
        test.client("local").provide("c", "e")
        #expect(test.bridge("b1").provide("c", "e").first?["error"] == refusal)
        #expect(test.client("other").provide("c", "e").first?["error"] == refusal)
        test.bridge("b2").provide("c", "f")
        #expect(test.bridge("b3").provide("c", "f").first?["error"] != nil)
        test.client("plain bridge", mode: "bridge").provide("c", "g")
        #expect(test.client("one").provide("c", "g").first?["error"] != nil)
    }

    @Test func aGroupWithOneThatIsNoBridgeStays() {
        let test = TestHub()
        let bridge = test.bridge("bridge")
        bridge.provide("c", "e", isGroup: true)
        test.client("local").provide("c", "e", isGroup: true)
        #expect(test.client("other").provide("c", "e").first?["error"] != nil)
        #expect(bridge.connection.registrationCount == 1)
    }

    @Test func aProxyStaysWhenItsSuccessorIsRefused() {
        let test = TestHub { $0.limits.registrationsPerClient = 1 }
        let bridge = test.bridge("bridge")
        bridge.provide("c", "e")
        let local = test.client("local")
        local.provide("c", "other")
        bridge.take()
        #expect(local.provide("c", "e").first?["error"]?.text?.hasPrefix("overloaded") == true)
        #expect(bridge.take() == [])
        local.call("c", "e", 1)
        #expect(bridge.takeOne()["request_id"] == 1)
    }

    // MARK: Subscriptions

    @Test(arguments: [true, false]) func aSubscriptionPassesFromABridgeToWhoDeclaresItHere(hasSubscribers: Bool) {
        let test = TestHub()
        let bridge = test.bridge("bridge")
        let (subscriber, listener, local) = (test.client("s"), test.stinger("listener"), test.client("local"))
        listener.join("c")
        bridge.send("add_subscription", ["channel": "c", "sub_name": "s"])
        if hasSubscribers { subscriber.send("subscribe", ["channel": "c", "sub_name": "s"]) }
        test.quiet()
        local.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        let answers = local.take()
        #expect(answers.first == ["type": "response", "request_id": 1, "data": ["success": true]])
        #expect(answers.dropFirst().map { $0["event"] } == (hasSubscribers ? ["subscription.s.first"] : []))
        #expect(bridge.take() == [withdrawn("s", "subscription", of: "bridge")])
        #expect(bridge.connection.registrationBytes == 0)
        #expect(listener.take().map { $0["owner"] } == ["bridge", "local"])
        bridge.send("publish", ["channel": "c", "sub_name": "s", "data": 1])
        local.send("publish", ["channel": "c", "sub_name": "s", "data": 2])
        #expect(subscriber.takeData() == (hasSubscribers ? [2] : []))
        bridge.hangUp()
        local.send("publish", ["channel": "c", "sub_name": "s", "data": 3])
        #expect(subscriber.takeData() == (hasSubscribers ? [3] : []))
    }

    @Test(arguments: [true, false]) func subscribersWaitForABridgeThatComesBack(byHangingUp: Bool) {
        let test = TestHub()
        let (bridge, subscriber) = (test.bridge("bridge"), test.client("s"))
        bridge.send("add_subscription", ["channel": "c", "sub_name": "s"])
        subscriber.send("subscribe", ["channel": "c", "sub_name": "s"])
        if byHangingUp {
            bridge.hangUp()
        } else {
            bridge.send("remove_subscription", ["channel": "c", "sub_name": "s"])
        }
        test.quiet()
        let again = test.bridge("again")
        again.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        #expect(again.takeOne()["data"]?["has_subscribers"] == true)
        again.send("publish", ["channel": "c", "sub_name": "s", "data": 1])
        #expect(subscriber.takeData() == [1])
    }

    @Test func aBridgeTakesOverNoSubscription() {
        let test = TestHub()
        test.client("local").send("add_subscription", ["channel": "c", "sub_name": "s"])
        test.bridge("b1").send("add_subscription", ["channel": "c", "sub_name": "t"])
        for name in ["s", "t"] as [TestValue] {
            let bridge = test.bridge("bridge of \(name)")
            bridge.send("add_subscription", ["channel": "c", "sub_name": name, "request_id": 1])
            #expect(bridge.takeOne()["error"]?.text?.hasSuffix("already owned by another client") == true)
        }
    }

    @Test func whoDeclaresLateWithoutATakeoverHearsNoFirst() {
        let test = TestHub()
        test.client("s").send("subscribe", ["channel": "c", "sub_name": "s"])
        let owner = test.client("owner")
        owner.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        #expect(owner.take().count == 1)
    }
}
