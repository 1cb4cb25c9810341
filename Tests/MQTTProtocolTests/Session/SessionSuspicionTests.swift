import MQTTProtocol
import Testing

@Suite("A session finds the message at which its broker hangs up") struct SessionSuspicionTests {
    private static func publish(_ script: SessionScript, _ payload: String, qos: QoS, tag: UInt64) {
        _ = script.client.publish("t", payload, qos: qos, tag: tag)
    }

    /// What a connection carries: the payloads of PUBLISH, the identifiers of PUBREL. The broker hangs up when it sees `poison`.
    private static func connection(
        _ script: SessionScript,
        poison: String,

        _ version: MQTTVersion = .v5
    ) throws -> [String] {
        var seen: [String] = []
        var packets = try script.connect(sessionPresent: true)
        while !packets.isEmpty {
            var answers: [MQTTPacket] = []
            for packet in packets {
                switch packet {
                case .publish(let message):
                    seen.append(String(decoding: message.payload, as: UTF8.self))
                    guard seen.last != poison else {
                        script.lose()
                        return seen
                    }
                    answers.append(.ack(message.qos == .atLeastOnce ? .pubAck : .pubRec, message.packetID))
                case .acknowledgement(let release) where release.kind == .pubRel:
                    seen.append("release")
                    answers.append(.ack(.pubComp, release.packetID))
                default: break
                }
            }
            // Nothing before a whole flight: a broker that hangs up has answered nothing of it.
            packets = script.hears(try answers.flatMap { try $0.bytes(version, from: .server) })
        }
        return seen
    }

    @Test(arguments: MQTTVersion.allCases) func atLeastOnce(version: MQTTVersion) throws {
        let script = SessionScript(version) { $0.sessionExpiry = 100 }
        try script.connect()
        for number in 1...3 {
            Self.publish(script, number == 2 ? "poison" : "\(number)", qos: .atLeastOnce, tag: UInt64(number))
        }
        _ = script.sent()
        script.lose()
        for _ in 0..<2 { #expect(try Self.connection(script, poison: "poison", version) == ["1", "poison"]) }
        // From now on one by one.
        #expect(try Self.connection(script, poison: "poison", version) == ["1", "poison"])
        #expect(script.client.finished == [1: [.success]])
        for _ in 0..<2 { #expect(try Self.connection(script, poison: "poison", version) == ["poison"]) }
        #expect(script.client.finished == [1: [.success]])
        #expect(try Self.connection(script, poison: "poison", version) == ["poison"])
        #expect(try Self.connection(script, poison: "poison", version) == ["3"])
        #expect(script.client.finished == [1: [.success], 2: [.unspecifiedError], 3: [.success]])
        // And then as many as ever.
        for number in 4...6 { Self.publish(script, "\(number)", qos: .atLeastOnce, tag: UInt64(number)) }
        #expect(script.sent().count == 3)
    }

    /// Its identifier is released before it is used again.
    @Test func exactlyOnce() throws {
        let script = SessionScript { $0.sessionExpiry = 100 }
        try script.connect()
        Self.publish(script, "poison", qos: .exactlyOnce, tag: 1)
        Self.publish(script, "2", qos: .exactlyOnce, tag: 2)
        _ = script.sent()
        script.lose()
        for _ in 0..<5 { #expect(try Self.connection(script, poison: "poison") == ["poison"]) }
        #expect(try Self.connection(script, poison: "poison") == ["2", "release", "release"])
        #expect(script.client.finished == [1: [.unspecifiedError], 2: [.success]])
    }

    @Test("a link that falls is no broker that hangs up") func lostLinks() throws {
        let script = SessionScript { $0.sessionExpiry = 100 }
        try script.connect()
        Self.publish(script, "1", qos: .atLeastOnce, tag: 1)
        _ = script.sent()
        for round in 1...20 {
            // It is noticed after a while.
            script.client.session.disconnected(now: SessionScript.at(round * 20_000 - 1_000))
            let sent = try script.connect(sessionPresent: true, at: round * 20_000)
            #expect(sent.count == 1)
        }
        #expect(script.client.finished.isEmpty)
    }

    @Test("an answer in between clears all suspicion") func answers() throws {
        let script = SessionScript { $0.sessionExpiry = 100 }
        try script.connect()
        for round in 1...20 {
            Self.publish(script, "\(round)", qos: .atLeastOnce, tag: UInt64(round))
            Self.publish(script, "next", qos: .atLeastOnce, tag: UInt64(100 + round))
            let sent = script.sent()
            guard case .publish(let first)? = sent.first else { return #expect(Bool(false), "\(sent)") }
            try script.hears(.ack(.pubAck, first.packetID))
            script.lose()
            _ = try script.connect(sessionPresent: true)
        }
        #expect(script.client.finished.values.allSatisfy { $0 == [.success] })
    }
}
