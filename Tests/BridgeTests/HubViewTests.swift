import HubProtocol
import MessagePack
import NIOCore
import Testing

@testable import Bridge

/// What a bridge makes of what a hub tells.
@Suite struct HubViewTests {
    private func sync(_ events: TestValue, _ subscriptions: TestValue = [:]) -> ChannelSync {
        var body = ByteBuffer()
        body.write(["channel": "c", "events": events, "subscriptions": subscriptions])
        let sync = body.withUnsafeReadableBytes { ChannelSync($0, ValueWalker(depthMaximum: 511)) }
        guard let sync else { preconditionFailure("the list can't be read") }
        return sync
    }

    private func texts(_ changes: [HubView.Change]) -> [String] { changes.map { "\($0)" }.sorted() }

    @Test func aListIsTakenInOnce() {
        var view = HubView()
        let list = sync(["e": ["owner": "a"], "f": ["owner": "b"]], ["s": ["owner": "a"]])
        #expect(view.apply(list).count == 3)
        #expect(view.apply(list).isEmpty)
        #expect(view.traits("c", "e")?.client == "a")
        #expect(view.traits("c", "g") == nil)
        #expect(view.traits("d", "e") == nil)
    }

    @Test func whatAListLacksIsGone() {
        var view = HubView()
        _ = view.apply(sync(["e": ["owner": "a"], "f": ["owner": "b"]], ["s": ["owner": "a"], "t": ["owner": "a"]]))
        let changes = view.apply(sync(["f": ["owner": "z"]], ["t": ["owner": "z"]]))
        #expect(
            texts(changes) == [
                #"notOwned(subscription: "s", client: "a")"#, #"notOwned(subscription: "t", client: "a")"#,
                #"notProvided(event: "e", client: "a")"#, #"notProvided(event: "f", client: "b")"#,
                #"owned(subscription: "t", client: "z")"#, #"provided(event: "f", client: "z")"#,
            ]
        )
    }

    /// Other hubs name one provider of a group.
    @Test func aListThatNamesOneOfAGroupDoesNotDenyTheOthers() {
        var view = HubView()
        _ = view.apply(sync(["e": ["owner": "a", "is_group": true]]))
        #expect(view.apply(.provided(event: "e", owner: "b", EventTraits(isGroup: true)), on: "c").count == 1)
        #expect(view.apply(sync(["e": ["owner": "a", "is_group": true]])).isEmpty)
        #expect(view.apply(.left(member: "a"), on: "c").count == 1)
        #expect(view.traits("c", "e")?.client == "b")
    }

    @Test func aListThatNamesAllOfAGroupIsBelieved() {
        var view = HubView()
        _ = view.apply(sync(["e": ["owner": "a", "providers": ["a", "b", "z"], "is_group": true]]))
        let changes = view.apply(sync(["e": ["owner": "a", "providers": ["a", "b"], "is_group": true]]))
        #expect(texts(changes) == [#"notProvided(event: "e", client: "z")"#])
    }

    @Test func noticesCountOnChannelsThatAreKnown() {
        var view = HubView()
        #expect(view.apply(.provided(event: "e", owner: "a", EventTraits()), on: "c").isEmpty)
        _ = view.apply(sync([:]))
        #expect(view.apply(.provided(event: "e", owner: "a", EventTraits()), on: "c").count == 1)
        #expect(view.apply(.provided(event: "e", owner: "a", EventTraits()), on: "c").isEmpty)
        #expect(
            texts(view.apply(.provided(event: "e", owner: "a", EventTraits(isStream: true)), on: "c"))
                == [#"traitsChanged(event: "e")"#]
        )
        #expect(view.apply(.eventWithdrawn(event: "e", owner: "z"), on: "c").isEmpty)
        #expect(view.apply(.eventWithdrawn(event: "e", owner: "a"), on: "c").count == 1)
        #expect(view.traits("c", "e") == nil)
    }

    @Test func anOwnerThatChangesIsTwoChanges() {
        var view = HubView()
        _ = view.apply(sync([:]))
        #expect(view.apply(.owned(subscription: "s", owner: "a", schema: nil), on: "c").count == 1)
        #expect(view.apply(.owned(subscription: "s", owner: "a", schema: RawValue([0xC3])), on: "c").isEmpty)
        #expect(view.channels["c"]?.subscriptions["s"]?.schema == RawValue([0xC3]))
        #expect(
            texts(view.apply(.owned(subscription: "s", owner: "b", schema: nil), on: "c")) == [
                #"notOwned(subscription: "s", client: "a")"#, #"owned(subscription: "s", client: "b")"#,
            ]
        )
        #expect(view.apply(.subscriptionWithdrawn(subscription: "s", owner: "a"), on: "c").isEmpty)
        #expect(view.apply(.subscriptionWithdrawn(subscription: "s", owner: "b"), on: "c").count == 1)
    }

    @Test func whoGoesTakesEverythingAlong() {
        var view = HubView()
        _ = view.apply(sync(["e": ["owner": "a"], "f": ["owner": "b"]], ["s": ["owner": "a"]]))
        _ = view.apply(.joined(member: "a", isBridge: false, path: ["x"]), on: "c")
        #expect(
            texts(view.apply(.left(member: "a"), on: "c")) == [
                #"left(member: "a")"#, #"notOwned(subscription: "s", client: "a")"#,
                #"notProvided(event: "e", client: "a")"#,
            ]
        )
        #expect(view.apply(.left(member: "a"), on: "c").isEmpty)
        #expect(view.traits("c", "f")?.client == "b")
    }

    @Test func membersAreThoseThatAreNoBridges() {
        var view = HubView()
        _ = view.apply(sync([:]))
        #expect(view.apply(.joined(member: "p", isBridge: true, path: []), on: "c").isEmpty)
        #expect(view.apply(.joined(member: "stinger-bridge/b/1", isBridge: false, path: []), on: "c").isEmpty)
        #expect(view.apply(.joined(member: "m", isBridge: false, path: []), on: "c").count == 1)
        #expect(view.apply(.joined(member: "m", isBridge: false, path: []), on: "c").isEmpty)
        #expect(view.apply(.joined(member: "m", isBridge: false, path: ["x"]), on: "c").count == 1)
    }
}
