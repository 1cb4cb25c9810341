import Testing

@testable import Hub

/// Subscriptions (docs/wire/comm-ipc.md, section 6).
@Suite struct SubscriptionTests {
    private let test = TestHub()
    private static let success: TestValue = ["type": "response", "request_id": 1, "data": ["success": true]]
    private static let verbs = ["add_subscription", "remove_subscription", "subscribe", "unsubscribe"]

    @discardableResult
    private func ask(_ client: TestClient, _ verb: String, _ name: String = "s", _ channel: String = "c") -> [TestValue]
    {
        client.send(verb, ["channel": .string(channel), "sub_name": .string(name), "request_id": 1])
        return client.take()
    }

    private func publish(_ client: TestClient, _ data: TestValue, _ name: String = "s") {
        client.send("publish", ["channel": "c", "sub_name": .string(name), "data": data])
    }

    private func refusal(_ text: TestValue) -> [TestValue] { [["type": "response", "request_id": 1, "error": text]] }

    @Test func whatTheOwnerPublishesReachesItsSubscribers() {
        let owner = test.client("owner")
        let subscribers = ["a", "b"].map { test.client($0) }
        #expect(ask(owner, "add_subscription") == [Self.success])
        for subscriber in subscribers { #expect(ask(subscriber, "subscribe") == [Self.success]) }
        owner.take()
        publish(owner, ["x": [1, 2]])
        for subscriber in subscribers {
            #expect(
                subscriber.takeOne() == [
                    "type": "receive", "channel": "c", "event": "subscription.s.data", "data": ["x": [1, 2]],
                    "sender_id": "owner", "server_id": "hub", "timestamp": .int(test.unixSeconds),
                ]
            )
        }
        #expect(owner.take() == [])
    }

    @Test func aPublicationWithoutDataSaysNil() {
        let owner = test.client("owner")
        let a = test.client("a")
        ask(owner, "add_subscription")
        ask(a, "subscribe")
        owner.send("publish", ["channel": "c", "sub_name": "s"])
        #expect(a.takeOne()["data"] == .null)
    }

    @Test func anOwnerMaySubscribeToItsOwn() {
        let owner = test.client("owner")
        ask(owner, "add_subscription")
        #expect(ask(owner, "subscribe").map { $0["event"] } == ["subscription.s.first", nil])
        publish(owner, 1)
        #expect(owner.takeData() == [1])
        owner.hangUp()
        #expect(test.tables == TestHub.Tables())
    }

    @Test func theOwnerHearsOfTheFirstAndTheLastSubscriber() {
        let owner = test.client("owner")
        let a = test.client("a")
        let b = test.client("b")
        func notice(_ word: String) -> TestValue {
            [
                "type": "receive", "channel": "c", "event": .string("subscription.s.\(word)"),
                "data": ["sub_name": "s"],
                "timestamp": .int(test.unixSeconds),
            ]
        }
        ask(owner, "add_subscription")
        ask(a, "subscribe")
        #expect(owner.take() == [notice("first")])
        ask(a, "subscribe")
        ask(b, "subscribe")
        ask(a, "unsubscribe")
        ask(a, "unsubscribe")
        #expect(owner.take() == [])
        b.hangUp()
        #expect(owner.take() == [notice("last")])
        ask(a, "subscribe")
        #expect(owner.take() == [notice("first")])
    }

    @Test func whoSubscribesTwiceGetsEverythingOnce() {
        let owner = test.client("owner")
        let a = test.client("a")
        ask(owner, "add_subscription")
        for _ in 0..<2 { #expect(ask(a, "subscribe") == [Self.success]) }
        publish(owner, 1)
        #expect(a.takeData() == [1])
        ask(a, "unsubscribe")
        publish(owner, 2)
        #expect(a.take() == [])
    }

    @Test func subscribersMayComeBeforeTheOwner() {
        let a = test.client("a")
        let owner = test.client("owner")
        #expect(ask(a, "subscribe") == [Self.success])
        ask(owner, "add_subscription")
        publish(owner, 1)
        #expect(a.takeData() == [1])
    }

    @Test func aNameHasOneOwner() {
        let owner = test.client("owner")
        let other = test.client("other")
        ask(owner, "add_subscription")
        #expect(ask(other, "add_subscription") == refusal("Subscription s already owned by another client"))
        #expect(ask(owner, "add_subscription") == [Self.success])
        #expect(ask(other, "add_subscription", "s", "d") == [Self.success])
        #expect(ask(other, "add_subscription", "t") == [Self.success])
    }

    @Test func nobodyElsePublishes() {
        let owner = test.client("owner")
        let a = test.client("a")
        ask(a, "subscribe")
        publish(owner, 0)
        ask(owner, "add_subscription")
        publish(a, 1)
        publish(test.client("stranger"), 2)
        publish(owner, 3, "unknown")
        #expect(a.takeData() == [])
        #expect(owner.take() == [])
        #expect(test.drops(.notOwner) == 4)
    }

    @Test func whatNobodyHearsIsCounted() {
        let owner = test.client("owner")
        publish(owner, 0)
        ask(owner, "add_subscription")
        publish(owner, 1)
        #expect(test.drops(.noReceiver) == 2)
    }

    @Test func nobodyElseRemovesASubscription() {
        let owner = test.client("owner")
        let other = test.client("other")
        let refusal = refusal("Not the owner or subscription does not exist")
        #expect(ask(other, "remove_subscription") == refusal)
        ask(owner, "add_subscription")
        ask(other, "subscribe")
        #expect(ask(other, "remove_subscription") == refusal)
        publish(owner, 1)
        #expect(other.takeData() == [1])
    }

    @Test(arguments: [true, false]) func withItsOwnerASubscriptionGoesAndItsSubscribersEntries(byHangingUp: Bool) {
        let owner = test.client("owner")
        let a = test.client("a")
        let next = test.client("next")
        ask(owner, "add_subscription")
        ask(a, "subscribe")
        if byHangingUp {
            owner.hangUp()
        } else {
            owner.take()
            #expect(ask(owner, "remove_subscription") == [Self.success])
        }
        #expect(a.connection.heardSubscriptions.isEmpty)
        #expect(test.tables.channels == 0)
        ask(next, "add_subscription")
        publish(next, 1)
        #expect(a.take() == [])
        #expect(next.take() == [])
    }

    @Test(arguments: verbs) func withoutRequestIDNothingIsAnswered(verb: String) {
        let a = test.client("a")
        a.send(verb, ["channel": "c", "sub_name": "s"])
        a.send(verb, ["channel": "c", "sub_name": ""])
        a.send(verb, ["channel": "c", "sub_name": "s", "request_id": nil])
        #expect(a.take() == [])
    }

    @Test(arguments: ["add_subscription", "subscribe"]) func bothNamesAreNeeded(verb: String) {
        let a = test.client("a")
        for fields in [["channel": "c"], ["sub_name": "s"], ["channel": "", "sub_name": "s"]] as [[String: TestValue]] {
            a.send(verb, .map(fields.merging(["request_id": 1]) { $1 }))
            #expect(a.take() == refusal("channel and sub_name required"))
        }
        #expect(test.tables.channels == 0)
    }

    @Test func reservedNamesAreRefused() {
        let a = test.client("a")
        let channel = ask(a, "add_subscription", "s", "subscription")
        #expect(channel == refusal("Channel name subscription is reserved"))
        let name = ask(a, "add_subscription", "subscription.s")
        #expect(name == refusal("Subscription name subscription.s is reserved"))
        #expect(ask(a, "add_subscription", "subscription") == [Self.success])
    }

    @Test func unsubscribingFromWhatIsNotThereSucceeds() {
        #expect(ask(test.client("a"), "unsubscribe") == [Self.success])
        #expect(test.tables.channels == 0)
    }

    @Test func otherListenersHearOfADeclaration() {
        let owner = test.client("owner")
        let old = test.client("old", mode: nil)
        owner.join("c")
        old.join("c")
        test.quiet()
        owner.send("add_subscription", ["channel": "c", "sub_name": "s", "return_schema": ["x": "int"]])
        #expect(
            old.takeOne() == [
                "type": "metadata_update", "channel": "c", "name": "s", "stype": "subscription", "owner": "owner",
                "return_schema": ["x": "int"],
            ]
        )
        #expect(owner.take() == [])
    }

    @Test func aDeclarationAgainUpdatesTheSchema() {
        let owner = test.client("owner")
        for schema in ["old", "new"] as [TestValue] {
            owner.send("add_subscription", ["channel": "c", "sub_name": "s", "return_schema": schema])
        }
        #expect(owner.join("c").first?["subscriptions"]?["s"]?["param_schema"] == "new")
    }

    @Test func subscribersNeedNotBeMembers() {
        let owner = test.client("owner")
        let a = test.client("a")
        ask(owner, "add_subscription")
        ask(a, "subscribe")
        #expect(a.connection.memberships.isEmpty)
        #expect(owner.connection.memberships.isEmpty)
        a.hangUp()
        owner.hangUp()
        #expect(test.tables == TestHub.Tables())
    }
}
