import HubProtocol
import NIOCore
import Testing

@Suite("The frames that the hub answers with")
struct HubAnswerTests {
    private let room = Name("room")
    private let add = Name("add")
    private let alice = Name("alice")
    private let hub = Name("hub-1")
    private let requestID = RawValue("r-1".messagePack)

    @Test("of the handshake")
    func handshake() throws {
        #expect(
            try frame { $0.writeIdentified(clientID: alice, serverID: hub) }
                == ["type": "identified", "client_id": "alice", "server_id": "hub-1"]
        )
        #expect(
            try frame { $0.writeConnectionChallenge("00ff", serverID: hub) }
                == ["type": "conn_challenge", "challenge": "00ff", "server_id": "hub-1"]
        )
        #expect(try frame { $0.writePong() } == ["type": "pong"])
        #expect(try frame { $0.writeError("no") } == ["type": "error", "message": "no"])
    }

    @Test("that answer a request")
    func answers() throws {
        #expect(
            try frame { $0.writeSuccess(requestID: requestID) }
                == ["type": "response", "request_id": "r-1", "data": ["success": true]]
        )
        #expect(
            try frame { $0.writeFailure("no", requestID: RawValue([0x07])) }
                == ["type": "response", "request_id": 7, "error": "no"]
        )
        #expect(
            try frame { $0.writeFailure("no", requestID: nil) }
                == ["type": "response", "request_id": nil, "error": "no"]
        )
        #expect(
            try frame { $0.writeFailure("no", requestID: requestID, channel: room, event: add) }
                == ["type": "response", "request_id": "r-1", "channel": "room", "event": "add", "error": "no"]
        )
    }

    @Test("that answer a registration")
    func registration() throws {
        #expect(
            try frame { $0.writeChannelChallenge("abc", id: "id-1", channel: room, requestID: requestID) }
                == [
                    "type": "auth_challenge", "channel": "room", "challenge": "abc", "challenge_id": "id-1",
                    "request_id": "r-1",
                ]
        )
        #expect(
            try frame { $0.writeProviderAccepted(requestID: requestID, channel: room, event: add) }
                == ["type": "response", "request_id": "r-1", "channel": "room", "event": "add", "success": true]
        )
        for (event, value) in [(add, "add"), (nil, nil)] as [(Name?, Value)] {
            for isProtected in [false, true] {
                #expect(
                    try frame {
                        $0.writeRegistered(requestID: requestID, channel: room, event: event, isProtected: isProtected)
                    } == [
                        "type": "response", "request_id": "r-1", "channel": "room", "event": value,
                        "data": ["channel": "room", "event": value, "authenticated": .bool(isProtected)],
                    ]
                )
            }
        }
    }

    @Test(
        "that end a call say why",
        arguments: [
            (.noProvider, "no_provider", "words"), (.providerLost, "provider_lost", "provider_lost: words (at hub-1)"),
            (.deadline, "deadline", "deadline: words (at hub-1)"), (.denied, "denied", "denied: words (at hub-1)"),
            (.loop, "loop", "loop: words (at hub-1)"), (.overloaded, "overloaded", "overloaded: words (at hub-1)"),
        ] as [(CallFailureReason, String, String)]
    )
    func callFailure(_ reason: CallFailureReason, _ wireReason: String, _ text: String) throws {
        let failure = CallFailure(reason, "words", channel: room, event: nil, hubID: hub, unixSeconds: 1_700_000_000)
        #expect(
            try frame { $0.writeCallFailure(failure, requestID: requestID) }
                == [
                    "type": "response", "request_id": "r-1", "error": .string(text), "channel": "room", "event": nil,
                    "sender_id": "server", "server_id": "hub-1", "origin_server_id": "hub-1",
                    "timestamp": 1_700_000_000, "target_id": nil, "is_stream": false, "is_final": false,
                    "reason": .string(wireReason), "at": "hub-1",
                ]
        )
    }
}

/// The one map that is written, with its header checked.
func frame(_ write: (inout ByteBuffer) -> Void) throws -> Value {
    var buffer = ByteBuffer()
    write(&buffer)
    let header = buffer.readInteger(as: UInt32.self)
    let length = try #require(header)
    #expect(Int(length) == buffer.readableBytes)
    let body = Array(buffer.readableBytesView)
    #expect(try RawEntry.all(of: body).first?.key == "type", "the type comes first")
    return try Value(body)
}
