import MQTTProtocol
import NIOCore
import Testing

@Suite("A session publishes") struct SessionPublishTests {
    private static func publish(
        _ script: SessionScript,
        _ payload: String,
        qos: QoS,
        tag: UInt64 = 0
    ) -> MQTTClientSession.PublishOutcome {
        script.client.publish("t", payload, qos: qos, tag: tag)
    }

    @Test("MQTT-4.3.1-1: QoS 0 is for now or never, without DUP") func atMostOnce() throws {
        let script = SessionScript()
        #expect(Self.publish(script, "1", qos: .atMostOnce) == .refused(.notConnected))
        try script.connect()
        #expect(Self.publish(script, "2", qos: .atMostOnce) == .written)
        #expect(script.sent() == [.message("t", "2")])
    }

    @Test(
        "a name that is no topic name is refused",
        arguments: ["", "a/+", "#", "a\u{0}", String(repeating: "a", count: 65_536)]
    )
    func topicName(topic: String) throws {
        let script = SessionScript()
        try script.connect()
        let outcome = script.client.publish(topic, qos: .atLeastOnce)
        #expect(outcome == .refused(.topicNameInvalid))
        #expect(script.sent().isEmpty)
    }

    @Test("MQTT-4.3.2-1, MQTT-4.3.2-2, MQTT-4.3.2-3: QoS 1 is done with PUBACK, once", arguments: MQTTVersion.allCases)
    func atLeastOnce(version: MQTTVersion) throws {
        let script = SessionScript(version)
        try script.connect()
        #expect(Self.publish(script, "1", qos: .atLeastOnce, tag: 7) == .queued)
        #expect(script.sent() == [.message("t", "1", qos: .atLeastOnce, id: 1)])
        #expect(script.client.session.inFlightCount == 1)
        try script.hears(.ack(.pubAck, 1), .ack(.pubAck, 1))
        #expect(script.client.finished == [7: [.success]])
        #expect(script.client.session.inFlightCount == 0)
        #expect(script.client.failures.isEmpty)
    }

    @Test(
        "MQTT-4.3.3-1, MQTT-4.3.3-2, MQTT-4.3.3-3, MQTT-4.3.3-4: QoS 2 is released at PUBREC and done with PUBCOMP, once",
        arguments: MQTTVersion.allCases
    )
    func exactlyOnce(version: MQTTVersion) throws {
        let script = SessionScript(version)
        try script.connect()
        #expect(Self.publish(script, "1", qos: .exactlyOnce, tag: 7) == .queued)
        #expect(script.sent() == [.message("t", "1", qos: .exactlyOnce, id: 1)])
        #expect(try script.hears(.ack(.pubRec, 1)) == [.ack(.pubRel, 1)])
        #expect(script.client.finished.isEmpty)
        try script.hears(.ack(.pubComp, 1), .ack(.pubComp, 1))
        #expect(script.client.finished == [7: [.success]])
        #expect(script.client.failures.isEmpty)
    }

    @Test("MQTT-4.4.0-2: what the broker refuses is done, with its reason") func refused() throws {
        let script = SessionScript()
        try script.connect()
        _ = Self.publish(script, "1", qos: .atLeastOnce, tag: 1)
        _ = Self.publish(script, "2", qos: .exactlyOnce, tag: 2)
        _ = script.sent()
        #expect(try script.hears(.ack(.pubAck, 1, .notAuthorized), .ack(.pubRec, 2, .quotaExceeded)).isEmpty)
        #expect(script.client.finished == [1: [.notAuthorized], 2: [.quotaExceeded]])
        script.lose()
        #expect(try script.connect(sessionPresent: true).isEmpty)
    }

    @Test("an acknowledgement of the wrong kind ends the connection", arguments: QoS.allCases.dropFirst())
    func wrongKind(qos: QoS) throws {
        let wrong: [AcknowledgementPacket.Kind] = qos == .atLeastOnce ? [.pubRec, .pubComp] : [.pubAck, .pubComp]
        for kind in wrong {
            let script = SessionScript()
            try script.connect()
            _ = Self.publish(script, "1", qos: qos)
            _ = script.sent()
            #expect(try script.hears(.ack(kind, 1)) == [.disconnect(.protocolError)])
        }
    }

    @Test("an acknowledgement that is nobody's is let go of") func nobodys() throws {
        let script = SessionScript()
        try script.connect()
        #expect(try script.hears(.ack(.pubAck, 9), .ack(.pubComp, 9), .ack(.pubRec, 9, .notAuthorized)).isEmpty)
        #expect(try script.hears(.ack(.pubRec, 9)) == [.ack(.pubRel, 9, .packetIdentifierNotFound)])
        #expect(script.client.failures.isEmpty)
    }

    // MARK: What the broker grants

    @Test("MQTT-3.3.4-7, MQTT-4.9.0-1, MQTT-4.9.0-2: no more are in flight than the broker's receive maximum")
    func receiveMaximum() throws {
        let script = SessionScript()
        try script.connect(granting: [.receiveMaximum(2)])
        for tag in 1...4 { _ = Self.publish(script, "\(tag)", qos: tag == 1 ? .exactlyOnce : .atLeastOnce) }
        #expect(script.sent().count == 2)
        #expect(try script.hears(.ack(.pubRec, 1)) == [.ack(.pubRel, 1)])
        #expect(try script.hears(.ack(.pubComp, 1)) == [.message("t", "3", qos: .atLeastOnce, id: 1)])
        #expect(script.client.session.outboxCount == 1)
    }

    @Test("MQTT-3.3.4-8, MQTT-4.9.0-3: a full window holds nothing back but messages of QoS 1 and 2") func fullWindow()
        throws
    {
        let script = SessionScript()
        try script.connect(granting: [.receiveMaximum(1)])
        _ = Self.publish(script, "1", qos: .atLeastOnce)
        _ = Self.publish(script, "2", qos: .atLeastOnce)
        #expect(script.sent().count == 1)
        #expect(Self.publish(script, "3", qos: .atMostOnce) == .written)
        let packetID = script.client.subscribe("a", qos: .atMostOnce)
        #expect(packetID > 60_000)
        #expect(script.sent().count == 2)
        #expect(try script.hears(.message("t", "", qos: .atLeastOnce, id: 1)) == [.ack(.pubAck, 1)])
    }

    @Test("3.1.1: the window is ours") func ownWindow() throws {
        let script = SessionScript(.v3_1_1) { $0.window = 3 }
        try script.connect()
        for _ in 1...5 { _ = Self.publish(script, "", qos: .exactlyOnce) }
        #expect(script.sent().count == 3)
    }

    @Test("MQTT-3.2.2-15: a packet over the broker's maximum is not sent, whenever it was published")
    func packetSize() throws {
        let script = SessionScript()
        let long = String(repeating: "x", count: 13)
        #expect(Self.publish(script, long, qos: .atLeastOnce, tag: 1) == .queued)
        #expect(Self.publish(script, String(long.dropLast()), qos: .atLeastOnce, tag: 2) == .queued)
        // 2 bytes of header, topic 3, identifier 2, properties 1, payload 12.
        let sent = try script.connect(granting: [.maximumPacketSize(20)])
        #expect(sent == [.message("t", String(long.dropLast()), qos: .atLeastOnce, id: 1)])
        #expect(script.client.finished == [1: [.packetTooLarge]])
        #expect(Self.publish(script, long + "xx", qos: .atMostOnce) == .refused(.packetTooLarge))
        #expect(Self.publish(script, long + "x", qos: .atMostOnce) == .written)
        #expect(Self.publish(script, long, qos: .exactlyOnce) == .refused(.packetTooLarge))
        let filter = script.client.subscribe(String(repeating: "f", count: 20), qos: .atMostOnce)
        #expect(filter == 0)
        #expect(script.sent() == [.message("t", long + "x")])
    }

    @Test("MQTT-3.2.2-11: QoS is lowered to what the broker takes", arguments: [QoS.atMostOnce, .atLeastOnce])
    func maximumQoS(maximum: QoS) throws {
        let script = SessionScript()
        _ = Self.publish(script, "1", qos: .exactlyOnce, tag: 1)
        let sent = try script.connect(granting: [.maximumQoS(maximum.rawValue)])
        let isOnce = maximum == .atMostOnce
        #expect(sent == [.message("t", "1", qos: maximum, id: isOnce ? 0 : 1)])
        #expect(script.client.finished == (isOnce ? [1: [.success]] : [:]))
        #expect(Self.publish(script, "2", qos: .exactlyOnce, tag: 2) == (isOnce ? .written : .queued))
        #expect(script.sent() == [.message("t", "2", qos: maximum, id: isOnce ? 0 : 2)])
    }

    @Test("MQTT-3.2.2-14: retain is cleared where the broker has none, and this is said") func retain() throws {
        let script = SessionScript()
        try script.connect(granting: [.retainAvailable(0)])
        let written = script.client.publish("t", "1", isRetained: true)
        let queued = script.client.publish("t", "2", qos: .atLeastOnce, isRetained: true)
        #expect(written == .writtenWithoutRetain && queued == .queuedWithoutRetain)
        #expect(script.sent() == [.message("t", "1"), .message("t", "2", qos: .atLeastOnce, id: 1)])
    }

    @Test(
        "MQTT-3.2.2-17, MQTT-3.2.2-18, MQTT-3.3.2-9: aliases are those that the broker allows",
        arguments: [UInt16(0), 1, 2]
    )
    func aliases(maximum: UInt16) throws {
        let script = SessionScript()
        try script.connect(granting: [.topicAliasMaximum(maximum)])
        for topic in ["topic/1", "topic/2", "topic/1"] { script.client.publish(topic) }
        let sent: [MQTTPacket] =
            switch maximum {
            case 0: [.message("topic/1", ""), .message("topic/2", ""), .message("topic/1", "")]
            case 1:
                [
                    .message("topic/1", "", .topicAlias(1)), .message("topic/2", "", .topicAlias(1)),
                    .message("topic/1", "", .topicAlias(1)),
                ]
            default:
                [
                    .message("topic/1", "", .topicAlias(1)), .message("topic/2", "", .topicAlias(2)),
                    .message("", "", .topicAlias(1)),
                ]
            }
        #expect(script.sent() == sent)
    }

    @Test("MQTT-3.3.2-7: our aliases are over with their connection") func aliasesOfLastConnection() throws {
        let script = SessionScript()
        for _ in 1...2 {
            try script.connect(granting: [.topicAliasMaximum(1)])
            script.client.publish("topic/1")
            #expect(script.sent() == [.message("topic/1", "", .topicAlias(1))])
            script.lose()
        }
    }

    // MARK: Holding

    @Test("messages of QoS 1 and 2 are held on each connection until they are released", arguments: [false, true])
    func holds(isQoSLowered: Bool) throws {
        let script = SessionScript { $0.holdsPublishes = true }
        let grants: [MQTTProperty] = isQoSLowered ? [.maximumQoS(0)] : []
        let qos: QoS = isQoSLowered ? .atMostOnce : .atLeastOnce
        _ = Self.publish(script, "1", qos: .atLeastOnce, tag: 1)
        #expect(try script.connect(granting: grants).isEmpty)
        // It neither overtakes what is held nor slips through because this broker takes QoS 0 only.
        #expect(Self.publish(script, "2", qos: .atLeastOnce, tag: 2) == .queued)
        #expect(Self.publish(script, "0", qos: .atMostOnce) == .written)
        #expect(script.sent() == [.message("t", "0")])
        script.client.session.releasePublishes(now: SessionScript.at(0))
        let released = script.sent()
        #expect(
            released == [
                .message("t", "1", qos: qos, id: isQoSLowered ? 0 : 1),
                .message("t", "2", qos: qos, id: isQoSLowered ? 0 : 2),
            ]
        )
        script.lose()
        #expect(try script.connect(sessionPresent: true, granting: grants).isEmpty)
        script.client.session.releasePublishes(now: SessionScript.at(0))
        #expect(script.sent().count == (isQoSLowered ? 0 : 2))
    }
}
