import MQTTProtocol
import NIOCore
import Testing

@Suite("A session is resumed") struct SessionResumeTests {
    private static func publish(_ script: SessionScript, _ payload: String, qos: QoS, tag: UInt64 = 0) {
        script.client.publish("t", payload, qos: qos, tag: tag)
    }

    @Test(
        """
        MQTT-3.1.2-23, MQTT-3.3.1-1, MQTT-3.3.1-3, MQTT-4.4.0-1, MQTT-4.6.0-1: what was in flight is sent again in its order, with DUP \
        and its identifiers
        """
    )
    func resends() throws {
        let script = SessionScript()
        try script.connect()
        for number in 1...4 { Self.publish(script, "\(number)", qos: number % 2 == 0 ? .exactlyOnce : .atLeastOnce) }
        _ = script.sent()
        try script.hears(.ack(.pubAck, 1))
        Self.publish(script, "5", qos: .atLeastOnce)
        // Identifier 1 is free again, so the last message has the lowest one.
        #expect(script.sent() == [.message("t", "5", qos: .atLeastOnce, id: 1)])
        script.lose()
        #expect(
            try script.connect(sessionPresent: true) == [
                .message("t", "2", qos: .exactlyOnce, id: 2, isDuplicate: true),
                .message("t", "3", qos: .atLeastOnce, id: 3, isDuplicate: true),
                .message("t", "4", qos: .exactlyOnce, id: 4, isDuplicate: true),
                .message("t", "5", qos: .atLeastOnce, id: 1, isDuplicate: true),
            ]
        )
    }

    @Test(
        "MQTT-4.3.3-5, MQTT-4.3.3-6, MQTT-4.6.0-4: after PUBREC only PUBREL goes out again, in the order of the PUBRECs"
    )
    func resendsPubRel() throws {
        let script = SessionScript()
        try script.connect()
        for number in 1...3 { Self.publish(script, "\(number)", qos: .exactlyOnce, tag: UInt64(number)) }
        _ = script.sent()
        #expect(try script.hears(.ack(.pubRec, 3), .ack(.pubRec, 1)) == [.ack(.pubRel, 3), .ack(.pubRel, 1)])
        script.lose()
        let second = MQTTPacket.message("t", "2", qos: .exactlyOnce, id: 2, isDuplicate: true)
        #expect(try script.connect(sessionPresent: true) == [second, .ack(.pubRel, 3), .ack(.pubRel, 1)])
        // The broker had released it already.
        try script.hears(.ack(.pubComp, 3, .packetIdentifierNotFound))
        #expect(script.client.finished == [3: [.success]])
    }

    /// A broker that has lost the session begins another one and says so in a CONNACK that is lost on its way. The next CONNACK says that a session is
    /// present: its identifiers are not those that are in progress here.
    @Test(arguments: [QoS.atLeastOnce, .exactlyOnce])
    func aConnAckIsMissed(_ qos: QoS) throws {
        let script = SessionScript()
        script.client.acknowledges = false
        try script.connect()
        try script.hears(
            .message("t", "old 1", qos: qos, id: 1),
            .message("t", "old 2", qos: qos, id: 2),
            .message("t", "old 3", qos: qos, id: 3)
        )
        script.lose()
        script.dial()
        script.lose()
        try script.connect(sessionPresent: true)
        #expect(script.client.connections.map(\.mayBeFresh) == [false, true])
        // The first is the same one, the second is another, and the third has its identifier with another QoS.
        let other: QoS = qos == .atLeastOnce ? .exactlyOnce : .atLeastOnce
        #expect(
            try script.hears(
                .message("t", "old 1", qos: qos, id: 1, isDuplicate: true),
                .message("t", "new 2", qos: qos, id: 2),
                .message("t", "new 3", qos: other, id: 3)
            ) == []
        )
        let payloads = script.client.received.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(payloads == ["old 1", "old 2", "old 3", "new 2", "new 3"])
        // What became of the old ones says nothing of those that have their identifiers now.
        func acknowledge(_ index: Int) -> [MQTTPacket] {
            let message = script.client.received[index]
            script.client.session.acknowledge(packetID: message.packetID, epoch: message.epoch, reason: .success)
            return script.sent()
        }
        let kind: AcknowledgementPacket.Kind = qos == .atLeastOnce ? .pubAck : .pubRec
        let otherKind: AcknowledgementPacket.Kind = qos == .atLeastOnce ? .pubRec : .pubAck
        #expect(acknowledge(1) == [])
        #expect(acknowledge(2) == [])
        #expect(acknowledge(0) == [.ack(kind, 1)])
        #expect(acknowledge(3) == [.ack(kind, 2)])
        #expect(acknowledge(4) == [.ack(otherKind, 3)])
        // The next connection is sure of its session again.
        script.lose()
        try script.connect(sessionPresent: true)
        #expect(script.client.connections.last?.mayBeFresh == false)
    }

    @Test("MQTT-3.3.4-7: repetitions keep to a receive maximum that has become less") func resendsInTurn() throws {
        let script = SessionScript()
        try script.connect()
        for number in 1...3 { Self.publish(script, "\(number)", qos: .atLeastOnce) }
        _ = script.sent()
        script.lose()
        let first = MQTTPacket.message("t", "1", qos: .atLeastOnce, id: 1, isDuplicate: true)
        let second = MQTTPacket.message("t", "2", qos: .atLeastOnce, id: 2, isDuplicate: true)
        #expect(try script.connect(sessionPresent: true, granting: [.receiveMaximum(1)]) == [first])
        Self.publish(script, "4", qos: .atLeastOnce)
        #expect(script.sent().isEmpty)
        #expect(try script.hears(.ack(.pubAck, 1)) == [second])
    }

    @Test("MQTT-3.2.2-5: with a session that is lost, what was in flight begins anew, before all that waits")
    func lost() throws {
        let script = SessionScript { $0.window = 2 }
        try script.connect()
        for number in 1...3 { Self.publish(script, "\(number)", qos: .exactlyOnce, tag: UInt64(number)) }
        _ = script.sent()
        try script.hears(.ack(.pubRec, 1))
        script.lose()
        #expect(
            try script.connect() == [
                .message("t", "1", qos: .exactlyOnce, id: 1), .message("t", "2", qos: .exactlyOnce, id: 2),
            ]
        )
        #expect(script.client.session.outboxCount == 1)
        #expect(script.client.connections.map(\.epoch) == [1, 2])
        #expect(script.client.finished.isEmpty)
    }

    @Test("a broker that takes less than before gets what was in flight as it can take it") func lessThanBefore() throws
    {
        let script = SessionScript()
        try script.connect()
        Self.publish(script, "12345678", qos: .exactlyOnce, tag: 1)
        Self.publish(script, "2", qos: .exactlyOnce, tag: 2)
        _ = script.sent()
        script.lose()
        let sent = try script.connect(sessionPresent: true, granting: [.maximumPacketSize(12), .maximumQoS(1)])
        #expect(sent == [.message("t", "2", qos: .atLeastOnce, id: 2, isDuplicate: true)])
        try script.hears(.ack(.pubAck, 2))
        #expect(script.client.finished == [1: [.packetTooLarge], 2: [.success]])
    }

    // MARK: Sessions of an earlier life

    @Test(
        "identifiers of an earlier life are released before the first message of QoS 2",
        arguments: MQTTVersion.allCases
    )
    func staleIDs(version: MQTTVersion) throws {
        let script = SessionScript(version) { $0.window = 2 }
        #expect(try script.connect(sessionPresent: true).isEmpty)
        Self.publish(script, "1", qos: .atLeastOnce, tag: 1)
        #expect(script.sent() == [.message("t", "1", qos: .atLeastOnce, id: 1)])
        try script.hears(.ack(.pubAck, 1))
        Self.publish(script, "2", qos: .exactlyOnce, tag: 2)
        #expect(script.sent() == [.ack(.pubRel, 1), .ack(.pubRel, 2)])
        let unknown = version == .v5 ? ReasonCode.packetIdentifierNotFound : .success
        #expect(try script.hears(.ack(.pubComp, 2, unknown)).isEmpty)
        #expect(try script.hears(.ack(.pubComp, 1)) == [.message("t", "2", qos: .exactlyOnce, id: 1)])
        try script.hears(.ack(.pubRec, 1), .ack(.pubComp, 1))
        Self.publish(script, "3", qos: .exactlyOnce)
        #expect(script.sent() == [.message("t", "3", qos: .exactlyOnce, id: 1)])
    }

    @Test("the release begins again with a connection that it did not outlive, and is over with a session that is lost")
    func staleIDsOverConnections() throws {
        let script = SessionScript { $0.window = 2 }
        try script.connect(sessionPresent: true)
        Self.publish(script, "1", qos: .exactlyOnce)
        #expect(script.sent().count == 2)
        try script.hears(.ack(.pubComp, 1))
        script.lose()
        #expect(try script.connect(sessionPresent: true) == [.ack(.pubRel, 1), .ack(.pubRel, 2)])
        script.lose()
        #expect(try script.connect() == [.message("t", "1", qos: .exactlyOnce, id: 1)])
    }

    @Test("a session of this life needs no release") func ownSession() throws {
        let script = SessionScript()
        try script.connect()
        script.lose()
        try script.connect(sessionPresent: true)
        Self.publish(script, "1", qos: .exactlyOnce)
        #expect(script.sent() == [.message("t", "1", qos: .exactlyOnce, id: 1)])
    }
}
