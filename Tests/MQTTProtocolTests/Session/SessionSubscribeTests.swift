import MQTTProtocol
import Testing

@Suite("A session subscribes") struct SessionSubscribeTests {
    private static func entry(
        _ filter: String,
        _ change: (inout SubscriptionOptions) -> Void = { _ in }
    )
        -> SubscribePacket.Entry
    {
        SubscribePacket.Entry(filter: filter, options: with(SubscriptionOptions(), change))
    }

    @Test("MQTT-2.2.1-3: identifiers are none that messages use, and none that waits for an answer")
    func identifiers() throws {
        let script = SessionScript()
        let early = script.client.session.subscribe([Self.entry("a")], identifier: nil)
        #expect(early == 0)
        try script.connect()
        let first = script.client.session.subscribe([Self.entry("a")], identifier: nil)
        let second = script.client.session.unsubscribe(["a"])
        #expect(first > 60_000 && second > 60_000 && first != second)
        let empty = script.client.session.subscribe([], identifier: nil)
        #expect(empty == 0)
        #expect(script.sent().count == 2)
    }

    @Test("MQTT-3.8.4-6: the answer has a code for each filter, or ends the connection") func answers() throws {
        let script = SessionScript()
        try script.connect()
        let packetID = script.client.session.subscribe([Self.entry("a"), Self.entry("b")], identifier: nil)
        let codes = [ReasonCode.grantedQoS1, .notAuthorized]
        try script.hears(.subscriptionAck(SubscriptionAckPacket(.subAck, packetID: packetID, codes: codes)))
        #expect(script.client.subscribed == [codes])
        let other = script.client.session.unsubscribe(["a", "b"])
        _ = script.sent()
        let short = SubscriptionAckPacket(.unsubAck, packetID: other, codes: [.success])
        #expect(try script.hears(.subscriptionAck(short)) == [.disconnect(.protocolError)])
        #expect(script.client.unsubscribedCount == 0)
    }

    @Test("3.1.1: UNSUBACK has no codes") func unsubAckOfVersion3() throws {
        let script = SessionScript(.v3_1_1)
        try script.connect()
        let packetID = script.client.session.unsubscribe(["a"])
        try script.hears(.subscriptionAck(SubscriptionAckPacket(.unsubAck, packetID: packetID, codes: [])))
        #expect(script.client.unsubscribedCount == 1)
        #expect(script.client.failures.isEmpty)
    }

    @Test(
        "MQTT-2.2.1-6, MQTT-3.8.4-2: an answer to what was not asked, or was asked on the last connection, ends the connection"
    )
    func unasked() throws {
        let script = SessionScript()
        try script.connect()
        let packetID = script.client.session.subscribe([Self.entry("a")], identifier: nil)
        script.lose()
        try script.connect(sessionPresent: true)
        let answer = SubscriptionAckPacket(.subAck, packetID: packetID, codes: [.success])
        #expect(try script.hears(.subscriptionAck(answer)) == [.disconnect(.protocolError)])
        #expect(script.client.subscribed.isEmpty)
    }

    @Test("MQTT-3.8.3-4: No Local is left out of shared subscriptions") func noLocal() throws {
        let script = SessionScript()
        try script.connect()
        let entries = [Self.entry("$share/g/a") { $0.noLocal = true }, Self.entry("a") { $0.noLocal = true }]
        let packetID = script.client.session.subscribe(entries, identifier: 7)
        var wanted = SubscribePacket(packetID: packetID, entries: [Self.entry("$share/g/a"), entries[1]])
        wanted.properties = [.subscriptionIdentifier(7)]
        #expect(script.sent() == [.subscribe(wanted)])
    }

    @Test("subscription identifiers are left out where the broker has none") func identifierUnavailable() throws {
        let script = SessionScript()
        try script.connect(granting: [.subscriptionIdentifierAvailable(0)])
        let packetID = script.client.session.subscribe([Self.entry("a")], identifier: 7)
        #expect(script.sent() == [.subscribe(SubscribePacket(packetID: packetID, entries: [Self.entry("a")]))])
    }
}
