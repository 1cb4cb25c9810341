import HubProtocol
import NIOCore
import Testing

@Suite("The frames that the hub sends unasked")
struct HubNoticeTests {
    private let room = Name("room")
    private let add = Name("add")
    private let alice = Name("alice")
    private let hub = Name("hub-1")
    private let schema: Value = ["type": "object"]
    private var rawSchema: RawValue { RawValue(schema.messagePack) }

    @Test("that tell of events and subscriptions")
    func metadata() throws {
        let traits = EventTraits(isStream: true, isGroup: false, parameterSchema: rawSchema)
        #expect(
            try frame { $0.writeEventNotice(channel: room, event: add, owner: alice, traits) }
                == [
                    "type": "metadata_update", "channel": "room", "name": "add", "stype": "event", "owner": "alice",
                    "is_stream": true, "is_group": false, "param_schema": schema, "return_schema": nil,
                ]
        )
        for (raw, value) in [(rawSchema, schema), (nil, nil)] as [(RawValue?, Value)] {
            #expect(
                try frame { $0.writeSubscriptionNotice(channel: room, name: add, owner: alice, schema: raw) }
                    == [
                        "type": "metadata_update", "channel": "room", "name": "add", "stype": "subscription",
                        "owner": "alice", "return_schema": value,
                    ]
            )
        }
    }

    @Test("that tell of members", arguments: [(ClientMode.client, "client"), (.bridge, "bridge")])
    func membership(_ mode: ClientMode, _ name: String) throws {
        for (joined, action) in [(true, "join"), (false, "leave")] as [(Bool, Value)] {
            #expect(
                try frame { $0.writeMembershipNotice(channel: room, member: alice, mode: mode, joined: joined) }
                    == [
                        "type": "metadata_update", "channel": "room", "name": "alice", "stype": "membership",
                        "owner": "alice", "mode": .string(name), "action": action,
                    ]
            )
        }
        let path = RawValue((["hub-2", "hub-3"] as Value).messagePack)
        #expect(
            try frame { $0.writeRemoteJoinNotice(channel: room, member: alice, mode: mode, path: path) }
                == [
                    "type": "metadata_update", "stype": "membership", "action": "join", "owner": "alice",
                    "mode": .string(name), "channel": "room", "is_local": false, "path": ["hub-2", "hub-3"],
                ]
        )
    }

    @Test("that tell of a remote member who left")
    func remoteLeave() throws {
        #expect(
            try frame { $0.writeRemoteLeaveNotice(channel: room, member: alice) }
                == [
                    "type": "metadata_update", "stype": "membership", "action": "leave", "owner": "alice",
                    "channel": "room", "is_local": false,
                ]
        )
    }

    @Test("that carry subscriptions")
    func subscriptions() throws {
        for (isFirst, event) in [(true, "subscription.news.first"), (false, "subscription.news.last")]
            as [(Bool, Value)]
        {
            #expect(
                try frame {
                    $0.writeSubscriberNotice(channel: room, name: Name("news"), isFirst: isFirst, unixSeconds: 9)
                } == [
                    "type": "receive", "channel": "room", "event": event, "data": ["sub_name": "news"], "timestamp": 9,
                ]
            )
        }
        for (raw, value) in [([0xC4, 1, 0xFF], .binary([0xFF])), (nil, nil)] as [([UInt8]?, Value)] {
            let event = Name("subscription.news.data")
            let published = try frame { buffer in
                func write(_ data: UnsafeRawBufferPointer?) {
                    buffer.writePublication(
                        channel: room,
                        event: event,
                        data: data,
                        sender: alice,
                        serverID: hub,
                        unixSeconds: 9
                    )
                }
                if let raw { raw.withUnsafeBytes { write($0) } } else { write(nil) }
            }
            #expect(
                published == [
                    "type": "receive", "channel": "room", "event": "subscription.news.data", "data": value,
                    "sender_id": "alice", "server_id": "hub-1", "timestamp": 9,
                ]
            )
        }
    }

    @Test("that the system channels carry")
    func systemEvents() throws {
        #expect(
            try frame {
                $0.writeSystemEvent(
                    channel: Name("__comm_ipc_logs"),
                    event: "server_log",
                    serverID: hub,
                    dataCount: 2
                ) {
                    $0.writeEntry("message", "hello" as String)
                    $0.writeEntry("client_id", nil as Name?)
                }
            } == [
                "type": "receive", "channel": "__comm_ipc_logs", "event": "server_log",
                "data": ["message": "hello", "client_id": nil], "sender_id": "system", "server_id": "hub-1",
            ]
        )
    }
}
