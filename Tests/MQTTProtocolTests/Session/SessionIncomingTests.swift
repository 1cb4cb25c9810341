import MQTTProtocol
import Testing

@Suite("A session takes messages in") struct SessionIncomingTests {
    private static func script(
        _ version: MQTTVersion = .v5,
        _ change: (inout MQTTClientSession.Settings) -> Void = { _ in }
    ) throws -> SessionScript {
        let script = SessionScript(version, change)
        script.client.acknowledges = false
        try script.connect()
        return script
    }

    private static func settle(
        _ script: SessionScript,
        _ packetID: UInt16,
        _ reason: ReasonCode = .success,
        epoch: UInt32 = 1
    ) -> [MQTTPacket] {
        script.client.session.acknowledge(packetID: packetID, epoch: epoch, reason: reason)
        return script.sent()
    }

    private static func message(_ id: UInt16, _ qos: QoS = .atLeastOnce, isDuplicate: Bool = false) -> MQTTPacket {
        .message("t", "\(id)", qos: qos, id: id, isDuplicate: isDuplicate)
    }

    @Test(
        "MQTT-4.6.0-2, MQTT-4.6.0-3: PUBACK and PUBREC leave in the order of their messages",
        arguments: [QoS.atLeastOnce, .exactlyOnce]
    )
    func order(qos: QoS) throws {
        let script = try Self.script()
        let kind: AcknowledgementPacket.Kind = qos == .atLeastOnce ? .pubAck : .pubRec
        #expect(try script.hears(Self.message(5, qos), Self.message(3, qos), Self.message(9, qos)).isEmpty)
        #expect(Self.settle(script, 9).isEmpty)
        #expect(Self.settle(script, 5) == [.ack(kind, 5)])
        #expect(Self.settle(script, 3) == [.ack(kind, 3), .ack(kind, 9)])
        #expect(Self.settle(script, 3).isEmpty)
    }

    @Test(
        """
        MQTT-2.2.1-5, MQTT-3.3.4-1, MQTT-4.3.2-4, MQTT-4.3.3-8, MQTT-4.5.0-2: each message is answered as its QoS asks, under its \
        identifier
        """
    )
    func answers() throws {
        let script = try Self.script()
        #expect(try script.hears(.message("t", "0")).isEmpty)
        try script.hears(Self.message(7), Self.message(65_535, .exactlyOnce))
        #expect(Self.settle(script, 7) == [.ack(.pubAck, 7)])
        #expect(Self.settle(script, 65_535) == [.ack(.pubRec, 65_535)])
        #expect(try script.hears(.ack(.pubRel, 65_535)) == [.ack(.pubComp, 65_535)])
        #expect(script.client.received.count == 3)
    }

    @Test("MQTT-4.3.3-13: QoS 2 is answered to its end, though the message has expired meanwhile") func expired() throws
    {
        let script = try Self.script()
        try script.hears(.message("t", "", qos: .exactlyOnce, id: 1, .messageExpiryInterval(1)), at: 0)
        #expect(script.wait(until: 5_000).isEmpty)
        #expect(Self.settle(script, 1) == [.ack(.pubRec, 1)])
        #expect(try script.hears(.ack(.pubRel, 1), at: 9_000) == [.ack(.pubComp, 1)])
    }

    /// `==` compares properties too: there are none.
    @Test(
        """
        MQTT-3.4.2-2, MQTT-3.4.2-3, MQTT-3.5.2-2, MQTT-3.5.2-3, MQTT-3.6.2-2, MQTT-3.6.2-3, MQTT-3.7.2-2, MQTT-3.7.2-3, MQTT-3.14.2-3, \
        MQTT-3.14.2-4: reasons leave without a text or properties that could make them too large
        """
    )
    func withoutProperties() throws {
        let script = SessionScript()
        script.client.acknowledges = false
        try script.connect(granting: [.maximumPacketSize(5)])
        try script.hears(Self.message(1), Self.message(2, .exactlyOnce))
        #expect(Self.settle(script, 1, .quotaExceeded) == [.ack(.pubAck, 1, .quotaExceeded)])
        #expect(Self.settle(script, 2, .quotaExceeded) == [.ack(.pubRec, 2, .quotaExceeded)])
        #expect(try script.hears(.ack(.pubRec, 9)) == [.ack(.pubRel, 9, .packetIdentifierNotFound)])
        #expect(try script.hears(.ack(.pubRel, 9)) == [.ack(.pubComp, 9, .packetIdentifierNotFound)])
        script.client.session.end(reason: .disconnectWithWill)
        #expect(script.sent() == [.disconnect(.disconnectWithWill)])
    }

    @Test("PUBACK does not wait for PUBREC, nor the other way round") func ordersAreTwo() throws {
        let script = try Self.script()
        try script.hears(Self.message(1, .exactlyOnce), Self.message(2), Self.message(3, .exactlyOnce))
        #expect(Self.settle(script, 2) == [.ack(.pubAck, 2)])
        #expect(Self.settle(script, 1) == [.ack(.pubRec, 1)])
    }

    @Test(
        """
        MQTT-4.1.0-1, MQTT-4.3.3-10, MQTT-4.3.3-11, MQTT-4.3.3-12: QoS 2 is delivered once until PUBREL, which PUBCOMP answers; then \
        the identifier is a new message's
        """
    )
    func exactlyOnce() throws {
        let script = try Self.script()
        try script.hears(Self.message(1, .exactlyOnce))
        #expect(try script.hears(Self.message(1, .exactlyOnce, isDuplicate: true)).isEmpty)
        #expect(Self.settle(script, 1) == [.ack(.pubRec, 1)])
        #expect(try script.hears(Self.message(1, .exactlyOnce, isDuplicate: true)) == [.ack(.pubRec, 1)])
        #expect(script.client.received.count == 1)
        #expect(try script.hears(.ack(.pubRel, 1)) == [.ack(.pubComp, 1)])
        #expect(try script.hears(.ack(.pubRel, 1)) == [.ack(.pubComp, 1, .packetIdentifierNotFound)])
        try script.hears(Self.message(1, .exactlyOnce))
        #expect(script.client.received.count == 2)
    }

    @Test("a broker that counts its identifiers up and forgets that it has released some is not taken in twice")
    func forgetfulBroker() throws {
        let script = try Self.script { $0.receiveMaximum = 20 }
        script.client.acknowledges = true
        for id in 1...50 {
            try script.hears(Self.message(UInt16(id), .exactlyOnce))
            try script.hears(.ack(.pubRel, UInt16(id)))
        }
        script.lose()
        try script.connect(sessionPresent: true)
        let again = try (31...50).flatMap {
            try Self.message($0, .exactlyOnce, isDuplicate: true).bytes(.v5, from: .server)
        }
        #expect(script.hears(again) == (31...50).map { .ack(.pubRec, $0) })
        let releases = try (31...50).flatMap { try MQTTPacket.ack(.pubRel, $0).bytes(.v5, from: .server) }
        #expect(script.hears(releases) == (31...50).map { .ack(.pubComp, $0) })
        #expect(script.client.received.count == 50)
        // Once more, and what is new passes.
        script.lose()
        try script.connect(sessionPresent: true)
        #expect(script.hears(again) == (31...50).map { .ack(.pubRec, $0) })
        script.hears(releases)
        try script.hears(Self.message(51, .exactlyOnce, isDuplicate: true))
        #expect(script.client.received.count == 51)
        // An identifier without DUP is a new message's.
        try script.hears(Self.message(1, .exactlyOnce))
        #expect(script.client.received.count == 52)
    }

    @Test(
        "MQTT-4.3.3-11: of a broker that uses identifiers again, DUP on one that was done is a message lost on its way"
    )
    func lowestFreeIdentifier() throws {
        let script = try Self.script { $0.receiveMaximum = 20 }
        script.client.acknowledges = true
        for round in 0..<100 {
            let id = UInt16(1 + round % 20)
            try script.hears(Self.message(id, .exactlyOnce))
            try script.hears(.ack(.pubRel, id))
        }
        script.lose()
        try script.connect(sessionPresent: true)
        try script.hears(Self.message(5, .exactlyOnce, isDuplicate: true))
        #expect(script.client.received.count == 101)
    }

    @Test("a session that the broker has lost begins with all identifiers new") func finishedIdentifiersEnd() throws {
        let script = try Self.script { $0.receiveMaximum = 20 }
        script.client.acknowledges = true
        for id in 1...50 {
            try script.hears(Self.message(UInt16(id), .exactlyOnce))
            try script.hears(.ack(.pubRel, UInt16(id)))
        }
        script.lose()
        try script.connect(sessionPresent: false)
        try script.hears(Self.message(50, .exactlyOnce, isDuplicate: true))
        #expect(script.client.received.count == 51)
    }

    @Test("MQTT-4.3.2-5: after PUBACK an identifier is a new message's, whatever DUP says") func atLeastOnce() throws {
        let script = try Self.script()
        try script.hears(Self.message(1))
        #expect(Self.settle(script, 1) == [.ack(.pubAck, 1)])
        try script.hears(Self.message(1, isDuplicate: true))
        #expect(script.client.received.count == 2)
    }

    @Test("MQTT-4.3.3-9: after a PUBREC that refuses an identifier is a new message's") func refused() throws {
        let script = try Self.script()
        try script.hears(Self.message(1, .exactlyOnce))
        #expect(Self.settle(script, 1, .quotaExceeded) == [.ack(.pubRec, 1, .quotaExceeded)])
        try script.hears(Self.message(1, .exactlyOnce))
        #expect(script.client.received.count == 2)
    }

    @Test("3.1.1: a refusal cannot be said") func refusedInVersion3() throws {
        let script = try Self.script(.v3_1_1)
        try script.hears(Self.message(1), Self.message(2, .exactlyOnce))
        #expect(Self.settle(script, 1, .quotaExceeded) == [.ack(.pubAck, 1)])
        #expect(Self.settle(script, 2, .quotaExceeded) == [.ack(.pubRec, 2)])
    }

    @Test("an identifier in use by a message of the other QoS ends the connection") func inUse() throws {
        let script = try Self.script()
        try script.hears(Self.message(1))
        #expect(try script.hears(Self.message(1, .exactlyOnce)) == [.disconnect(.protocolError)])
    }

    // MARK: Over connections

    @Test(
        "a message in progress is not delivered again on the next connection, and acknowledged when it is its turn there"
    )
    func inProgress() throws {
        let script = try Self.script()
        try script.hears(Self.message(1), Self.message(2))
        script.lose()
        #expect(Self.settle(script, 1).isEmpty)
        #expect(try script.connect(sessionPresent: true).isEmpty)
        #expect(Self.settle(script, 2).isEmpty)
        let sent = try script.hears(Self.message(1, isDuplicate: true), Self.message(2, isDuplicate: true))
        #expect(sent == [.ack(.pubAck, 1), .ack(.pubAck, 2)])
        #expect(script.client.received.count == 2)
    }

    @Test("MQTT-3.2.2-5: with a session that is lost, an acknowledgement of before is nobody's") func lost() throws {
        let script = try Self.script()
        try script.hears(Self.message(1))
        script.lose()
        try script.connect()
        try script.hears(Self.message(1))
        #expect(script.client.received.map(\.epoch) == [1, 2])
        #expect(Self.settle(script, 1, epoch: 1).isEmpty)
        #expect(Self.settle(script, 1, epoch: 2) == [.ack(.pubAck, 1)])
    }

    // MARK: Our receive maximum

    @Test(
        "MQTT-3.3.4-9: more messages than our receive maximum end the connection",
        arguments: QoS.allCases.dropFirst()
    )
    func tooMany(qos: QoS) throws {
        let script = try Self.script { $0.receiveMaximum = 2 }
        #expect(try script.hears(Self.message(1, qos), Self.message(2, qos), .message("t", "")).isEmpty)
        #expect(try script.hears(Self.message(3, qos)) == [.disconnect(.receiveMaximumExceeded)])
        #expect(script.client.received.count == 3)
    }

    @Test("QoS 2 counts until PUBREL, or until it is refused") func counted() throws {
        let script = try Self.script { $0.receiveMaximum = 1 }
        try script.hears(Self.message(1, .exactlyOnce))
        #expect(Self.settle(script, 1) == [.ack(.pubRec, 1)])
        try script.hears(.ack(.pubRel, 1), Self.message(2, .exactlyOnce))
        #expect(Self.settle(script, 2, .notAuthorized) == [.ack(.pubRec, 2, .notAuthorized)])
        try script.hears(Self.message(3, .exactlyOnce))
        #expect(script.client.failures.isEmpty)
        #expect(Self.settle(script, 3) == [.ack(.pubRec, 3)])
        #expect(try script.hears(Self.message(4, .exactlyOnce)) == [.disconnect(.receiveMaximumExceeded)])
    }

    @Test("3.1.1: a broker is held to no receive maximum") func notCounted() throws {
        let script = try Self.script(.v3_1_1) { $0.receiveMaximum = 1 }
        try script.hears(Self.message(1), Self.message(2), Self.message(3))
        #expect(script.client.received.count == 3)
        #expect(script.client.failures.isEmpty)
    }
}
