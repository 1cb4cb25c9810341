import MQTTProtocol
import NIOCore
import Testing

@Suite("A session watches the time") struct SessionLivenessTests {
    @Test("a CONNACK that does not come is the end, without a word that would take the will back")
    func lateConnAck() {
        let script = SessionScript { $0.ackTimeout = .seconds(3) }
        script.dial(at: 1_000)
        #expect(script.client.session.nextDeadline == SessionScript.at(4_000))
        #expect(script.wait(until: 3_999).isEmpty && script.client.failures.isEmpty)
        #expect(script.wait(until: 4_000).isEmpty)
        #expect(script.client.failures.map(\.kind) == [.connAckTimedOut])
        #expect(script.client.session.nextDeadline == .distantFuture)
    }

    @Test("MQTT-3.1.2-20: PINGREQ goes out in time when nothing else does", arguments: MQTTVersion.allCases)
    func pings(version: MQTTVersion) throws {
        let script = SessionScript(version) { $0.keepAlive = 8 }
        try script.connect(at: 0)
        #expect(script.wait(until: 6_999).isEmpty)
        #expect(script.wait(until: 7_000) == [.pingRequest])
        try script.hears(.pingResponse, at: 7_500)
        #expect(script.wait(until: 13_999).isEmpty)
        #expect(script.wait(until: 14_000) == [.pingRequest])
        #expect(script.client.failures.isEmpty)
    }

    @Test("what is sent puts PINGREQ off only as long as something comes as well") func busyButDeaf() throws {
        let script = SessionScript { $0.keepAlive = 8 }
        try script.connect()
        for second in 1...6 {
            script.client.publish("t", now: SessionScript.at(second * 1_000))
            #expect(script.sent().count == 1)
            #expect(script.wait(until: second * 1_000).isEmpty)
        }
        #expect(script.wait(until: 7_000) == [.pingRequest])
        try script.hears(.message("t", ""), at: 7_500)
        script.client.publish("t", now: SessionScript.at(7_500))
        _ = script.sent()
        #expect(script.client.session.nextDeadline == SessionScript.at(14_500))
    }

    @Test(
        "MQTT-3.12.4-1: PINGRESP that does not come is the end, unless something else does",
        arguments: [false, true]
    )
    func latePong(isAlive: Bool) throws {
        let script = SessionScript {
            $0.keepAlive = 8
            $0.ackTimeout = .seconds(3)
        }
        try script.connect()
        #expect(script.wait(until: 7_000) == [.pingRequest])
        if isAlive { try script.hears(.message("t", ""), at: 8_000) }
        #expect(script.wait(until: 9_999).isEmpty && script.client.failures.isEmpty)
        #expect(script.wait(until: 10_000).isEmpty)
        #expect(script.client.failures.map(\.kind) == (isAlive ? [] : [.pingTimedOut]))
        #expect(script.client.session.isConnected == isAlive)
    }

    @Test(
        "MQTT-3.1.2-21, MQTT-3.2.2-21: the broker's keep alive counts, 0 too",
        arguments: [(4, 3_500), (0, nil)] as [(UInt16, Int?)]
    )
    func serverKeepAlive(seconds: UInt16, pingsAt: Int?) throws {
        let script = SessionScript { $0.keepAlive = 60 }
        try script.connect(granting: [.serverKeepAlive(seconds)])
        #expect(script.client.session.nextDeadline == pingsAt.map { SessionScript.at($0) } ?? .distantFuture)
    }

    @Test("messages expire while they wait without a connection") func expiresOffline() {
        let script = SessionScript()
        script.client.publish("t", "1", qos: .atLeastOnce, expiresAt: SessionScript.at(5_000), tag: 1)
        script.client.publish("t", "2", qos: .exactlyOnce, expiresAt: SessionScript.at(9_000), tag: 2)
        script.client.publish("t", "3", qos: .atLeastOnce, tag: 3)
        #expect(script.client.session.nextDeadline == SessionScript.at(5_000))
        _ = script.wait(until: 4_999)
        #expect(script.client.expired.isEmpty)
        _ = script.wait(until: 5_000)
        #expect(script.client.expired == [1])
        #expect(script.client.session.outboxCount == 2)
        _ = script.wait(until: 9_000)
        #expect(script.client.expired == [1, 2])
        #expect(script.client.session.outboxByteCount == 2)
        #expect(script.client.session.nextDeadline == .distantFuture)
    }

    @Test("MQTT-3.3.2-6: the broker is told what is left of a message's life") func expiryIsCountedDown() throws {
        let script = SessionScript()
        script.client.publish("t", "1", qos: .atLeastOnce, expiresAt: SessionScript.at(60_000), tag: 1)
        script.client.publish("t", "2", qos: .atLeastOnce, expiresAt: SessionScript.at(20_000), tag: 2)
        let sent = try script.connect(at: 20_500)
        #expect(sent == [.message("t", "1", qos: .atLeastOnce, id: 1, .messageExpiryInterval(40))])
        #expect(script.client.expired == [2])
        script.client.publish("t", expiresAt: SessionScript.at(20_400), now: SessionScript.at(20_500))
        #expect(script.sent() == [.message("t", "", .messageExpiryInterval(1))])
    }

    @Test("MQTT-4.3.3-7: a message that has been sent does not expire while the session lasts")
    func sentDoesNotExpire() throws {
        let script = SessionScript()
        try script.connect()
        script.client.publish("t", "1", qos: .exactlyOnce, expiresAt: SessionScript.at(2_000), tag: 1)
        _ = script.sent()
        script.lose()
        _ = script.wait(until: 3_000)
        let sent = try script.connect(sessionPresent: true, at: 3_000)
        let again = MQTTPacket.message("t", "1", qos: .exactlyOnce, id: 1, isDuplicate: true, .messageExpiryInterval(1))
        #expect(sent == [again])
        script.lose()
        #expect(try script.connect(at: 4_000).isEmpty)
        #expect(script.client.expired == [1])
    }
}
