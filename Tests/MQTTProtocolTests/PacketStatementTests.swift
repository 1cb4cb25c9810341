import MQTTProtocol
import NIOCore
import Testing

/// Statements about the form of packets that no refusal names, because they repeat another for one field, or are about what is written.
@Suite("Packets keep to the standard")
struct PacketStatementTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let sender: MQTTRole
        let text: String
        let code: ReasonCode
        var testDescription: String { "\(name) \(text)" }

        init(_ name: String, _ sender: MQTTRole, _ text: String, _ code: ReasonCode = .malformedPacket) {
            self.name = name
            self.sender = sender
            self.text = text
            self.code = code
        }
    }

    static let faults: [Fault] = [
        .init("MQTT-1.5.7-1", .server, "30 0A 0001 't' 06 26 0001 FF 0000"),
        .init("MQTT-1.5.7-1", .server, "30 0A 0001 't' 06 26 0000 0001 FF"),
        .init("MQTT-3.1.2-9", .client, "10 0D 0004 'MQTT' 05 04 0000 00 0000"),
        .init("MQTT-3.1.2-9", .client, "10 0E 0004 'MQTT' 05 04 0000 00 0000 00"),
        .init("MQTT-3.1.2-9", .client, "10 11 0004 'MQTT' 05 04 0000 00 0000 00 0001 'w'"),
        .init("MQTT-3.1.2-16", .client, "10 10 0004 'MQTT' 05 00 0000 00 0000 0001 'u'"),
        .init("MQTT-3.1.2-17", .client, "10 0D 0004 'MQTT' 05 80 0000 00 0000"),
        .init("MQTT-3.1.2-18", .client, "10 13 0004 'MQTT' 05 80 0000 00 0000 0001 'u' 0001 'p'"),
        .init("MQTT-3.1.2-19", .client, "10 10 0004 'MQTT' 05 C0 0000 00 0000 0001 'u'"),
        .init("MQTT-3.1.3-3", .client, "10 0B 0004 'MQTT' 05 00 0000 00"),
        .init("MQTT-3.1.3-4", .client, "10 0E 0004 'MQTT' 05 00 0000 00 0001 FF"),
        .init("MQTT-3.1.3-11", .client, "10 13 0004 'MQTT' 05 04 0000 00 0000 00 0001 FF 0000"),
        .init("MQTT-3.1.3-12", .client, "10 10 0004 'MQTT' 05 80 0000 00 0000 0001 FF"),
        .init("MQTT-3.3.2-1", .server, "30 04 0001 FF 00"),
        .init("MQTT-3.3.2-1", .server, "30 01 00"),
        .init("MQTT-3.3.2-13", .server, "30 08 0001 't' 04 08 0001 FF"),
        .init("MQTT-3.3.2-19", .server, "30 08 0001 't' 04 03 0001 FF"),
        .init("MQTT-3.8.3-1", .client, "82 07 0001 00 0001 FF 00"),
        .init("MQTT-3.10.3-1", .client, "A2 06 0001 00 0001 FF"),
        .init("MQTT-4.7.0-1", .server, "30 06 0003 'a/+' 00", .protocolError),
        .init("MQTT-4.7.0-1", .server, "30 04 0001 '#' 00", .protocolError),
        .init("MQTT-4.7.3-2", .server, "30 04 0001 00 00"),
        .init("MQTT-4.7.3-2", .client, "82 07 0001 00 0001 00 00"),
    ]

    @Test("or are refused, however they are split", arguments: faults, [nil, 1])
    func refuse(_ fault: Fault, step: Int?) {
        let stream = PacketStream(hex(fault.text), .v5, from: fault.sender, step: step)
        #expect(stream.packets.isEmpty)
        #expect(stream.failure?.code == fault.code, "\(String(describing: stream.failure))")
    }

    // MARK: What is written

    private static func publish(_ topic: String) -> MQTTPacket { .publish(PublishPacket(topic: topic, payload: [])) }

    @Test("MQTT-1.5.4-3: U+FEFF is a character like others, and stays") func byteOrderMark() throws {
        let bytes = hex("30 07 0004 EFBBBF 't' 00")
        #expect(PacketStream(bytes, .v5, from: .server).packets == [Self.publish("\u{FEFF}t")])
        #expect(try Self.publish("\u{FEFF}t").bytes(.v5) == bytes)
    }

    @Test("MQTT-2.2.1-2: a message of QoS 0 has no packet identifier", arguments: MQTTVersion.allCases)
    func noPacketID(version: MQTTVersion) {
        var output = ByteBuffer()
        #expect(throws: MQTTProtocolError.self) {
            try MQTTPacket.publish(with(PublishPacket(topic: "t", payload: [])) { $0.packetID = 1 })
                .encode(into: &output, version: version)
        }
        #expect(output.readableBytes == 0)
    }

    @Test("MQTT-2.2.2-1: no properties are a length of 0") func noProperties() throws {
        let entry = SubscribePacket.Entry(filter: "t", options: SubscriptionOptions())
        let unsubscribe = UnsubscribePacket(packetID: 1, filters: ["t"])
        #expect(try MQTTPacket.connect(ConnectPacket()).bytes(.v5) == hex("10 0D 0004 'MQTT' 05 00 0000 00 0000"))
        #expect(try Self.publish("t").bytes(.v5) == hex("30 04 0001 't' 00"))
        #expect(
            try MQTTPacket.subscribe(.init(packetID: 1, entries: [entry])).bytes(.v5)
                == hex("82 07 0001 00 0001 't' 00")
        )
        #expect(try MQTTPacket.unsubscribe(unsubscribe).bytes(.v5) == hex("A2 06 0001 00 0001 't'"))
    }

    @Test("MQTT-3.1.3-1: client id, will, user name and password stand in this order") func payloadOfConnect() throws {
        let connect = with(ConnectPacket()) {
            $0.clientID = "c"
            $0.will = .init(topic: "w", payload: [0x78])
            $0.username = "u"
            $0.password = [0x70]
        }
        #expect(
            try MQTTPacket.connect(connect).bytes(.v5)
                == hex("10 1B 0004 'MQTT' 05 C4 0000 00 0001 'c' 00 0001 'w' 0001 'x' 0001 'u' 0001 'p'")
        )
    }
}
