import MessagePack
import NIOCore
import Testing

@testable import HubProtocol

@Suite("What a client reads out of")
struct ChannelNoticeTests {
    private var walker: ValueWalker { ValueWalker(depthMaximum: 511) }
    private let schema: Value = ["type": "object"]
    private var rawSchema: RawValue { RawValue(schema.messagePack) }

    private func sync(_ value: Value) -> ChannelSync? {
        value.messagePack.withUnsafeBytes { ChannelSync($0, walker) }
    }

    private func notice(_ value: Value) -> ChannelNotice? {
        value.messagePack.withUnsafeBytes { ChannelNotice($0, walker) }
    }

    @Test("the list of a channel, from hubs of each release")
    func list() {
        let events: Value = [
            "old": ["owner": "a"],
            "new": [
                "owner": "a", "is_stream": true, "is_group": false, "param_schema": schema, "return_schema": nil,
                "stype": "event",
            ],
            "group": ["owner": "a", "providers": ["a", "b"], "is_group": true],
        ]
        let subscriptions: Value = [
            "s": ["owner": "o", "param_schema": schema, "stype": "subscription"],
            "t": ["owner": "o", "return_schema": schema],
            "nobody's": ["owner": nil],
        ]
        let sync = sync(["type": "channel_sync", "channel": "c", "events": events, "subscriptions": subscriptions])
        #expect(sync?.channel == "c")
        #expect(
            sync?.events.sorted { $0.name < $1.name } == [
                ChannelSync.Event(name: "group", providers: ["a", "b"], traits: EventTraits(isGroup: true)),
                ChannelSync.Event(
                    name: "new",
                    providers: ["a"],
                    traits: EventTraits(isStream: true, parameterSchema: rawSchema)
                ),
                ChannelSync.Event(name: "old", providers: ["a"], traits: EventTraits()),
            ]
        )
        #expect(
            sync?.subscriptions.sorted { $0.name < $1.name } == [
                ChannelSync.Subscription(name: "nobody's", owner: nil, schema: nil),
                ChannelSync.Subscription(name: "s", owner: "o", schema: rawSchema),
                ChannelSync.Subscription(name: "t", owner: "o", schema: rawSchema),
            ]
        )
    }

    @Test("a list that is not as it should be: what is sound of it")
    func oddLists() {
        #expect(sync(["channel": "c"])?.events == [])
        #expect(sync(["channel": 5]) == nil)
        #expect(sync(["events": [:]]) == nil)
        #expect(sync([1, 2]) == nil)
        let odd = sync([
            "channel": "c", "events": ["a": 5, "b": ["owner": 7], "c": ["owner": "x", "providers": [1, "y", nil]]],
            "subscriptions": ["s": [1], "t": ["owner": 5]],
        ])
        #expect(odd?.events.map(\.providers).sorted { $0.count < $1.count } == [[], ["y"]])
        #expect(odd?.subscriptions.map(\.owner) == [nil])
        #expect(sync(["channel": "c", "events": [1, 2], "subscriptions": "s"])?.events == [])
    }

    @Test("notices of events")
    func events() {
        var fields: [String: Value] = ["channel": "c", "name": "e", "stype": "event", "owner": "a"]
        #expect(notice(.map(fields)) == .provided(event: "e", owner: "a", EventTraits()))
        fields["is_group"] = true
        fields["return_schema"] = schema
        #expect(
            notice(.map(fields))
                == .provided(event: "e", owner: "a", EventTraits(isGroup: true, returnSchema: rawSchema))
        )
        fields["action"] = "withdrawn"
        #expect(notice(.map(fields)) == .eventWithdrawn(event: "e", owner: "a"))
    }

    @Test("notices of subscriptions")
    func subscriptions() {
        var fields: [String: Value] = ["channel": "c", "name": "s", "stype": "subscription", "owner": "a"]
        #expect(notice(.map(fields)) == .owned(subscription: "s", owner: "a", schema: nil))
        fields["return_schema"] = schema
        #expect(notice(.map(fields)) == .owned(subscription: "s", owner: "a", schema: rawSchema))
        fields["action"] = "withdrawn"
        #expect(notice(.map(fields)) == .subscriptionWithdrawn(subscription: "s", owner: "a"))
    }

    @Test("notices of members")
    func members() {
        var fields: [String: Value] = ["channel": "c", "stype": "membership", "owner": "m", "action": "join"]
        #expect(notice(.map(fields)) == .joined(member: "m", isBridge: false, path: []))
        fields["mode"] = "bridge"
        fields["path"] = ["x", "y"]
        #expect(notice(.map(fields)) == .joined(member: "m", isBridge: true, path: ["x", "y"]))
        fields["action"] = "leave"
        #expect(notice(.map(fields)) == .left(member: "m"))
        fields["action"] = "dance"
        #expect(notice(.map(fields)) == nil)
    }

    @Test(
        "notices that it does not know: nothing",
        arguments: [
            [:], ["stype": "event"], ["stype": "event", "owner": "a"], ["stype": "event", "owner": 5, "name": "e"],
            ["stype": "weather", "owner": "a", "name": "e"], ["stype": 1, "owner": "a", "name": "e"],
            ["stype": "subscription", "owner": "a", "name": 7], [1], "text",
        ] as [Value]
    )
    func unknown(_ value: Value) {
        #expect(notice(value) == nil)
    }

    @Test("what a hub of this project writes, the same")
    func ours() throws {
        let traits = EventTraits(isStream: true, isGroup: true, parameterSchema: rawSchema, returnSchema: rawSchema)
        let (channel, name, owner) = (Name("c"), Name("n"), Name("o"))
        func read(_ write: (inout ByteBuffer) -> Void) -> ChannelNotice? {
            var buffer = ByteBuffer()
            write(&buffer)
            return buffer.withUnsafeReadableBytes { ChannelNotice(UnsafeRawBufferPointer(rebasing: $0[4...]), walker) }
        }
        #expect(
            read { $0.writeEventNotice(channel: channel, event: name, owner: owner, traits) }
                == .provided(event: "n", owner: "o", traits)
        )
        #expect(
            read { $0.writeSubscriptionNotice(channel: channel, name: name, owner: owner, schema: rawSchema) }
                == .owned(subscription: "n", owner: "o", schema: rawSchema)
        )
        #expect(
            read { $0.writeWithdrawnNotice(channel: channel, name: name, stype: "event", owner: owner) }
                == .eventWithdrawn(event: "n", owner: "o")
        )
        #expect(
            read { $0.writeMembershipNotice(channel: channel, member: owner, mode: .client, joined: true) }
                == .joined(member: "o", isBridge: false, path: [])
        )
        #expect(
            read { $0.writeMembershipNotice(channel: channel, member: owner, mode: .client, joined: false) }
                == .left(member: "o")
        )
    }

    @Test("a map: its entries with str keys, in order, however it ends")
    func entries() {
        func entries(_ bytes: [UInt8]) -> [String]? {
            bytes.withUnsafeBytes { MapView(at: 0, in: $0)?.entries(walker).map(\.key) }
        }
        var body: Body = ["b": 1, "a": ["x": 2]]
        body.add("c", nil)
        #expect(entries(body.bytes) == ["b", "a", "c"])
        #expect(entries(body.bytesWithLongHead) == ["b", "a", "c"])
        // An integer key is passed over; where the bytes end too early, so does the list.
        #expect(entries([0x82, 0x05, 0x01, 0xA1, 0x61, 0x01]) == ["a"])
        #expect(entries([0x83, 0xA1, 0x61, 0x01, 0xA1, 0x62]) == ["a"])
        #expect(entries([0x81, 0xA5, 0x61]) == [])
        #expect(entries([0x81, 0xA1, 0x61, 0x92, 0x01]) == [])
    }
}
