import HubProtocol
import Testing

@Suite("The frames for clients that speak stinger")
struct StingerFrameTests {
    private let room = Name("room")
    private let alice = Name("alice")
    private let hub = Name("hub-1")
    private let requestID = RawValue("r-1".messagePack)

    @Test("of the handshake")
    func handshake() throws {
        #expect(
            try frame { $0.writeIdentified(clientID: alice, serverID: hub, speaksStinger: true) }
                == ["type": "identified", "client_id": "alice", "server_id": "hub-1", "stinger": 1]
        )
        #expect(
            try frame { $0.writeConnectionChallenge("00ff", serverID: hub, speaksStinger: true) }
                == ["type": "conn_challenge", "challenge": "00ff", "server_id": "hub-1", "stinger": 1]
        )
        #expect(
            try frame {
                $0.writeConnectionChallenge("00ff", serverID: hub, speaksStinger: true, hubProof: "aa")
            } == [
                "type": "conn_challenge", "challenge": "00ff", "server_id": "hub-1", "stinger": 1, "hub_proof": "aa",
            ]
        )
    }

    @Test("that answer")
    func answers() throws {
        for hasSubscribers in [true, false] {
            #expect(
                try frame { $0.writeSubscriptionAdded(requestID: requestID, hasSubscribers: hasSubscribers) }
                    == [
                        "type": "response", "request_id": "r-1",
                        "data": ["success": true, "has_subscribers": .bool(hasSubscribers)],
                    ]
            )
        }
        for (names, value) in [([], []), ([room, hub], ["room", "hub-1"])] as [([Name], Value)] {
            #expect(
                try frame { $0.writeChannelList(requestID: requestID, names) }
                    == ["type": "response", "request_id": "r-1", "data": ["channels": value]]
            )
        }
    }

    @Test("that tell of what is gone")
    func notices() throws {
        #expect(
            try frame { $0.writeWithdrawnNotice(channel: room, name: Name("add"), stype: "event", owner: alice) }
                == [
                    "type": "metadata_update", "channel": "room", "name": "add", "stype": "event", "owner": "alice",
                    "action": "withdrawn",
                ]
        )
        #expect(
            try frame { $0.writeCancellation(requestID: RawValue([0x07]), caller: alice) }
                == ["type": "cancel", "request_id": 7, "target_id": "alice"]
        )
        #expect(
            try frame { $0.writeError("no", channel: room) }
                == ["type": "error", "message": "no", "channel": "room"]
        )
    }
}
