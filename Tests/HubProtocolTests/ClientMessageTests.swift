import HubProtocol
import MessagePack
import NIOCore
import Testing

@Suite("The frames that a client sends")
struct ClientMessageTests {
    private let schema: Value = ["type": "object"]
    private var rawSchema: RawValue { RawValue(schema.messagePack) }

    @Test("to identify itself")
    func identify() throws {
        #expect(
            try frame { $0.writeIdentify(clientID: "me", mode: nil, speaksStinger: false, hubChallenge: nil) }
                == ["type": "identify", "client_id": "me"]
        )
        #expect(
            try frame { $0.writeIdentify(clientID: "ä", mode: .bridge, speaksStinger: true, hubChallenge: "00ff") }
                == ["type": "identify", "client_id": "ä", "mode": "bridge", "stinger": 1, "hub_challenge": "00ff"]
        )
        #expect(
            try frame { $0.writeIdentify(clientID: "", mode: .client, speaksStinger: true, hubChallenge: nil) }
                == ["type": "identify", "client_id": "", "mode": "client", "stinger": 1]
        )
        #expect(try frame { $0.writeConnectionProof("abc") } == ["type": "conn_proof", "proof": "abc"])
        #expect(try frame { $0.writePing() } == ["type": "ping"])
    }

    @Test("to join and to provide")
    func register() throws {
        let join = RegistrationRequest(channel: "c", event: nil, id: "r1")
        #expect(
            try frame { $0.writeRegister(join) }
                == ["type": "register", "channel": "c", "is_provider": false, "request_id": "r1"]
        )
        #expect(
            try frame { $0.writeRegister(join, proof: ("p", "q")) }
                == [
                    "type": "register", "channel": "c", "is_provider": false, "request_id": "r1", "proof": "p",
                    "challenge_id": "q",
                ]
        )
        let traits = EventTraits(isStream: true, isGroup: true, parameterSchema: rawSchema, returnSchema: nil)
        let provide = RegistrationRequest(channel: "c", event: "e", traits: traits, id: "r2")
        let fields: [String: Value] = [
            "type": "register", "channel": "c", "is_provider": true, "request_id": "r2", "event": "e",
            "is_stream": true,
            "is_group": true, "param_schema": schema, "return_schema": nil,
        ]
        #expect(try frame { $0.writeRegister(provide) } == .map(fields))
        #expect(
            try frame { $0.writeRegister(provide, proof: ("p", "q")) }
                == .map(fields.merging(["proof": "p", "challenge_id": "q"]) { $1 })
        )
    }

    @Test("to take back, to cancel, to protect")
    func requests() throws {
        #expect(
            try frame { $0.writeUnregister(channel: "c", event: "e", requestID: "1") }
                == ["type": "unregister", "channel": "c", "event": "e", "request_id": "1"]
        )
        #expect(try frame { $0.writeCancel(requestID: "1") } == ["type": "cancel", "request_id": "1"])
        #expect(
            try frame { $0.writeSetPassword("p", channel: "c", requestID: "1") }
                == ["type": "set_password", "channel": "c", "password": "p", "request_id": "1"]
        )
    }

    @Test("about subscriptions")
    func subscriptions() throws {
        for (raw, value) in [(rawSchema, schema), (nil, nil)] as [(RawValue?, Value)] {
            #expect(
                try frame { $0.writeAddSubscription(channel: "c", name: "s", schema: raw, requestID: "1") }
                    == [
                        "type": "add_subscription", "channel": "c", "sub_name": "s", "return_schema": value,
                        "request_id": "1",
                    ]
            )
        }
        let kinds = [
            (MessageKind.removeSubscription, "remove_subscription"), (.subscribe, "subscribe"),
            (.unsubscribe, "unsubscribe"),
        ]
        for (kind, name) in kinds {
            #expect(
                try frame { $0.writeSubscriptionRequest(kind, channel: "c", name: "s", requestID: "1") }
                    == ["type": .string(name), "channel": "c", "sub_name": "s", "request_id": "1"]
            )
        }
        let data: Value = ["x": [1, nil, .double(2.5), .ext([5, 1, 2]), .binary([0, 255])]]
        #expect(
            try frame { buffer in
                data.messagePack.withUnsafeBytes { buffer.writePublish(channel: Name("c"), name: Name("s"), data: $0) }
            } == ["type": "publish", "channel": "c", "sub_name": "s", "data": data]
        )
    }

    @Test("about members and channels")
    func members() throws {
        #expect(
            try frame { $0.writeListMembers(channel: "c", requestID: "1") }
                == ["type": "list_members", "channel": "c", "request_id": "1"]
        )
        #expect(try frame { $0.writeListChannels(requestID: "1") } == ["type": "list_channels", "request_id": "1"])
        #expect(
            try frame { $0.writeAnnounceRemote(channel: "c", member: "m", mode: .client, path: ["a", "b"]) }
                == [
                    "type": "announce_remote", "channel": "c",
                    "clients": [["id": "m", "mode": "client", "path": ["a", "b"]]],
                ]
        )
        #expect(
            try frame { $0.writeForgetRemote(channel: "c", member: "m") }
                == ["type": "forget_remote", "channel": "c", "id": "m"]
        )
    }
}
