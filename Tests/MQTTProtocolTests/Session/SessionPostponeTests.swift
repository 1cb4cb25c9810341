import MQTTProtocol
import NIOCore
import Testing

/// What a broker refuses because a quota is used up.
@Suite("A session publishes again what was refused for now") struct SessionPostponeTests {
    private static func script(_ version: MQTTVersion = .v5) throws -> SessionScript {
        let script = SessionScript(version) {
            $0.retriesQuotaExceeded = true
            $0.keepAlive = 0
        }
        try script.connect()
        return script
    }

    private static func publish(_ script: SessionScript, _ payload: String, qos: QoS, tag: UInt64, at time: Int = 0) {
        script.client.publish("t", payload, qos: qos, tag: tag, now: SessionScript.at(time))
    }

    private static func refusal(_ qos: QoS, _ packetID: UInt16) -> MQTTPacket {
        .ack(qos == .atLeastOnce ? .pubAck : .pubRec, packetID, .quotaExceeded)
    }

    @Test("after 1 s, as a new message, and its end is told once", arguments: QoS.allCases.dropFirst())
    func again(qos: QoS) throws {
        let script = try Self.script()
        Self.publish(script, "1", qos: qos, tag: 7)
        _ = script.sent()
        #expect(try script.hears(Self.refusal(qos, 1), at: 500).isEmpty)
        #expect(script.client.postponed == [7] && script.client.finished.isEmpty)
        #expect(script.client.session.inFlightCount == 0 && script.client.session.outboxByteCount == 2)
        // Its identifier is free, and its turn is over.
        Self.publish(script, "2", qos: .atLeastOnce, tag: 8, at: 600)
        #expect(script.sent() == [.message("t", "2", qos: .atLeastOnce, id: 1)])
        #expect(script.client.session.nextDeadline == SessionScript.at(1_500))
        #expect(script.wait(until: 1_499).isEmpty)
        #expect(script.wait(until: 1_500) == [.message("t", "1", qos: qos, id: 2)])
        if qos == .exactlyOnce { #expect(try script.hears(.ack(.pubRec, 2)) == [.ack(.pubRel, 2)]) }
        try script.hears(.ack(qos == .atLeastOnce ? .pubAck : .pubComp, 2))
        #expect(script.client.finished == [7: [.success]])
        #expect(script.client.session.nextDeadline == .distantFuture)
    }

    @Test("ever later, and ten times at most") func atMostTenTimes() throws {
        let script = try Self.script()
        Self.publish(script, "1", qos: .atLeastOnce, tag: 7)
        var waits: [Int] = []
        var time = 0
        #expect(script.sent().count == 1)
        for _ in 1...10 {
            try script.hears(Self.refusal(.atLeastOnce, 1), at: time)
            let due = script.client.session.nextDeadline
            waits.append(Int((due - SessionScript.at(time)).nanoseconds / 1_000_000_000))
            time = Int(due.uptimeNanoseconds / 1_000_000)
            #expect(script.wait(until: time) == [.message("t", "1", qos: .atLeastOnce, id: 1)])
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
        try script.hears(Self.refusal(.atLeastOnce, 1), at: time)
        #expect(script.client.finished == [7: [.quotaExceeded]])
        #expect(script.client.postponed.count == 10)
        #expect(script.client.session.outboxByteCount == 0)
    }

    @Test("in the order in which they were refused, before what waits") func order() throws {
        let script = try Self.script()
        for number in 1...3 { Self.publish(script, "\(number)", qos: .atLeastOnce, tag: UInt64(number)) }
        _ = script.sent()
        try script.hears(Self.refusal(.atLeastOnce, 1), Self.refusal(.atLeastOnce, 3), .ack(.pubAck, 2))
        script.lose()
        // Nothing is sent without a connection, and nothing is asked for again and again.
        #expect(script.wait(until: 1_000).isEmpty)
        #expect(script.client.session.nextDeadline == .distantFuture)
        Self.publish(script, "4", qos: .atLeastOnce, tag: 4, at: 1_500)
        let sent = try script.connect(sessionPresent: true, at: 2_000)
        #expect(
            sent == [
                .message("t", "1", qos: .atLeastOnce, id: 1), .message("t", "3", qos: .atLeastOnce, id: 2),
                .message("t", "4", qos: .atLeastOnce, id: 3),
            ]
        )
    }

    @Test("unless it has expired") func expires() throws {
        let script = try Self.script()
        script.client.publish("t", "1", qos: .atLeastOnce, expiresAt: SessionScript.at(900), tag: 7)
        _ = script.sent()
        try script.hears(Self.refusal(.atLeastOnce, 1))
        #expect(script.wait(until: 1_000).isEmpty)
        #expect(script.client.expired == [7] && script.client.finished.isEmpty)
    }

    @Test("and no other refusal", arguments: [ReasonCode.notAuthorized, .unspecifiedError, .topicNameInvalid])
    func others(reason: ReasonCode) throws {
        let script = try Self.script()
        Self.publish(script, "1", qos: .atLeastOnce, tag: 7)
        _ = script.sent()
        try script.hears(.ack(.pubAck, 1, reason))
        #expect(script.client.finished == [7: [reason]] && script.client.postponed.isEmpty)
    }
}
