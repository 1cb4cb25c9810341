import MQTTProtocol
import Testing

@Suite("A session ends") struct SessionEndTests {
    @Test("the broker's DISCONNECT tells its reason, its words and another server; nothing is answered")
    func disconnected() throws {
        let script = SessionScript()
        try script.connect()
        let sent = try script.hears(
            .disconnect(.serverMoved, .reasonString("moved"), .serverReference("b.example")),
            .message("t", "not read any more")
        )
        #expect(sent.isEmpty)
        let failure = try #require(script.client.failures.first)
        #expect(failure.kind == .disconnected(.serverMoved))
        #expect(failure.reasonString == "moved" && failure.serverReference == "b.example")
        #expect(!failure.isConfigurationFault)
        #expect(script.client.received.isEmpty)
    }

    @Test("a session that is taken over is for a person to settle") func takenOver() throws {
        let script = SessionScript()
        try script.connect()
        try script.hears(.disconnect(.sessionTakenOver))
        #expect(script.client.failures.map(\.isConfigurationFault) == [true])
    }

    @Test(
        "MQTT-4.12.0-6, MQTT-4.12.0-7: AUTH is refused and never sent, before CONNACK and after it",
        arguments: [false, true]
    )
    func auth(isConnected: Bool) throws {
        let script = SessionScript()
        if isConnected { try script.connect() } else { script.dial() }
        let auth = with(ReasonPacket(.auth, reason: .continueAuthentication)) {
            $0.properties = [.authenticationMethod("SCRAM")]
        }
        #expect(try script.hears(.disconnectOrAuth(auth)) == [.disconnect(.badAuthenticationMethod)])
        #expect(script.client.failures.map(\.isConfigurationFault) == [true])
        #expect("\(script.client.failures)".contains("enhanced authentication"))
    }

    @Test("MQTT-3.14.4-1, MQTT-3.14.4-2: nothing follows our DISCONNECT but the end", arguments: MQTTVersion.allCases)
    func ended(version: MQTTVersion) throws {
        let script = SessionScript(version)
        try script.connect()
        script.client.session.end(reason: .success)
        script.client.publish("t", qos: .atLeastOnce, tag: 1)
        let outcome = script.client.publish("t")
        #expect(outcome == .refused(.notConnected))
        script.client.session.end(reason: .success)
        script.client.drain()
        #expect(script.client.failures.map(\.kind) == [.ended])
        #expect(try script.hears(.message("t", "", qos: .atLeastOnce, id: 1)) == [.disconnect(.success)])
        #expect(script.client.received.isEmpty)
    }

    @Test("no deadline is left of a connection that is over") func noDeadline() throws {
        let refused = SessionScript()
        refused.dial()
        refused.hears(hex("20 03 00 87 00"))
        let ended = SessionScript()
        try ended.connect()
        ended.client.session.end(reason: .success)
        let failed = SessionScript()
        try failed.connect()
        failed.hears(hex("C0 00"))
        for script in [refused, ended, failed] {
            _ = script.sent()
            #expect(script.client.session.nextDeadline == .distantFuture)
        }
    }

    @Test("3.1.1: an end with the will is an end without DISCONNECT", arguments: MQTTVersion.allCases)
    func endedWithWill(version: MQTTVersion) throws {
        let script = SessionScript(version)
        try script.connect()
        script.client.session.end(reason: .disconnectWithWill)
        #expect(script.sent() == (version == .v5 ? [.disconnect(.disconnectWithWill)] : []))
    }

    // MARK: Packets out of state

    @Test(
        "MQTT-3.2.0-1: nothing comes before CONNACK",
        arguments: [
            MQTTPacket.message("t", ""), .ack(.pubAck, 1), .ack(.pubRel, 1), .pingResponse,
            .subscriptionAck(SubscriptionAckPacket(.subAck, packetID: 60_001, codes: [.success])),
        ]
    )
    func beforeConnAck(packet: MQTTPacket) throws {
        let script = SessionScript()
        script.dial()
        #expect(try script.hears(packet) == [.disconnect(.protocolError)])
        guard case .protocolError(let error)? = script.client.failures.first?.kind else {
            Issue.record("no protocol error: \(script.client.failures)")
            return
        }
        #expect(error.statement == "MQTT-3.2.0-1")
        #expect(script.client.received.isEmpty)
    }

    @Test("MQTT-3.14.0-1: a DISCONNECT before CONNACK is taken for what it says") func disconnectBeforeConnAck() throws
    {
        let script = SessionScript()
        script.dial()
        #expect(try script.hears(.disconnect(.serverBusy)).isEmpty)
        #expect(script.client.failures.map(\.kind) == [.disconnected(.serverBusy)])
    }

    @Test("MQTT-3.2.0-2: a second CONNACK ends the connection", arguments: MQTTVersion.allCases)
    func secondConnAck(version: MQTTVersion) throws {
        let script = SessionScript(version)
        try script.connect()
        let sent = try script.hears(.connAck(ConnAckPacket()))
        #expect(sent == (version == .v5 ? [.disconnect(.protocolError)] : []))
        #expect(script.client.failures.count == 1)
    }

    @Test(
        "packets that only clients send end the connection",
        arguments: [
            "C0 00", "82 07 0001 00 0001 't' 00", "A2 06 0001 00 0001 't'", "10 0D 0004 'MQTT' 05 00 0000 00 0000",
        ]
    )
    func ofClients(text: String) throws {
        let script = SessionScript()
        try script.connect()
        let sent = script.hears(hex(text))
        #expect(sent.count == 1)
        #expect(sent == [.disconnect(.protocolError)] || sent == [.disconnect(.malformedPacket)])
        #expect(script.client.failures.count == 1)
    }

    @Test("what was read before the error still counts, what comes after it does not") func atTheError() throws {
        let script = SessionScript()
        try script.connect()
        let good = try MQTTPacket.message("t", "1").bytes(.v5, from: .server)
        #expect(script.hears(good + hex("36 06 0001 't' 0001 00") + good) == [.disconnect(.malformedPacket)])
        #expect(script.client.received.count == 1)
        #expect(script.client.failures.count == 1)
    }

    @Test("MQTT-3.1.2-24: a packet over our maximum ends the connection, by its header alone") func tooLarge() throws {
        let script = SessionScript { $0.packetByteMaximum = 100 }
        try script.connect()
        #expect(script.hears(hex("30 64")) == [.disconnect(.packetTooLarge)])
        #expect(script.client.failures.count == 1)
    }

    @Test(
        "MQTT-3.1.2-26, MQTT-3.3.2-11: an alias over our maximum ends the connection, as one does that stands for nothing",
        arguments: [("t", 4, 0x94), ("", 3, 0x82), ("", 0, 0x82)] as [(String, UInt16, UInt8)]
    )
    func alias(topic: String, alias: UInt16, reason: UInt8) throws {
        let script = SessionScript { $0.topicAliasMaximum = 3 }
        try script.connect()
        var packet = PublishPacket(topic: topic, payload: [])
        if alias != 0 { packet.properties = [.topicAlias(alias)] }
        let bytes = alias == 0 ? hex("30 03 0000 00") : try MQTTPacket.publish(packet).bytes(.v5, from: .server)
        #expect(script.hears(bytes) == [.disconnect(ReasonCode(rawValue: reason))])
    }

    @Test("MQTT-3.1.2-27: any alias ends the connection where we allow none") func noAliases() throws {
        let script = SessionScript { $0.topicAliasMaximum = 0 }
        try script.connect()
        #expect(try script.hears(.message("t", "", .topicAlias(1))) == [.disconnect(.topicAliasInvalid)])
        #expect(script.client.received.isEmpty)
    }

    @Test("MQTT-3.3.2-10: all aliases up to our maximum are taken, and stand for what they were last given")
    func allAliases() throws {
        let script = SessionScript { $0.topicAliasMaximum = 3 }
        try script.connect()
        for round in ["a", "b"] {
            for alias in UInt16(1)...3 { try script.hears(.message("\(round)/\(alias)", "", .topicAlias(alias))) }
            for alias in UInt16(1)...3 { try script.hears(.message("", "", .topicAlias(alias))) }
        }
        let wanted = ["a", "b"].flatMap { round in [1, 2, 3, 1, 2, 3].map { "\(round)/\($0)" } }
        #expect(script.client.received.map(\.topic) == wanted)
        #expect(script.client.failures.isEmpty)
    }

    @Test("MQTT-3.3.2-7: an alias is over with its connection") func aliasOfLastConnection() throws {
        let script = SessionScript()
        try script.connect()
        try script.hears(.message("topic", "1", .topicAlias(1)), .message("", "2", .topicAlias(1)))
        #expect(script.client.received.map(\.topic) == ["topic", "topic"])
        script.lose()
        try script.connect(sessionPresent: true)
        #expect(try script.hears(.message("", "3", .topicAlias(1))) == [.disconnect(.protocolError)])
        #expect(script.client.received.count == 2)
    }
}
