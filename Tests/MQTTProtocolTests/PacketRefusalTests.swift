import MQTTProtocol
import Testing

@Suite("Packets that the standard refuses")
struct PacketRefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let statement: String
        let sender: MQTTRole
        let text: String
        let code: ReasonCode
        var testDescription: String { "\(statement) \(text)" }

        init(_ statement: String, _ sender: MQTTRole, _ text: String, _ code: ReasonCode = .malformedPacket) {
            self.statement = statement
            self.sender = sender
            self.text = text
            self.code = code
        }
    }

    static let all: [Refusal] = [
        .init("MQTT-1.5.4-1", .server, "30 05 0002 C328 00"),
        .init("MQTT-1.5.4-1", .server, "30 06 0003 EDA080 00"),
        .init("MQTT-1.5.4-2", .server, "30 06 0003 610062 00"),
        .init("MQTT-1.5.5-1", .server, "D0 8000"),
        .init("MQTT-2.1.3-1", .server, "D1 00"),
        .init("MQTT-2.2.1-3", .client, "32 06 0001 't' 0000 00", .protocolError),
        .init("MQTT-3.1.2-1", .client, "10 0D 0004 'MQTX' 05 00 0000 00 0000", .unsupportedProtocolVersion),
        .init("MQTT-3.1.2-2", .client, "10 0D 0004 'MQTT' 06 00 0000 00 0000", .unsupportedProtocolVersion),
        .init("MQTT-3.1.2-3", .client, "10 0D 0004 'MQTT' 05 01 0000 00 0000"),
        .init("MQTT-3.1.2-11", .client, "10 0D 0004 'MQTT' 05 08 0000 00 0000"),
        .init("MQTT-3.1.2-12", .client, "10 13 0004 'MQTT' 05 1C 0000 00 0000 00 0001 'w' 0000"),
        .init("MQTT-3.1.2-13", .client, "10 0D 0004 'MQTT' 05 20 0000 00 0000"),
        .init("MQTT-3.2.2-1", .server, "20 03 02 00 00"),
        .init("MQTT-3.2.2-6", .server, "20 03 01 87 00", .protocolError),
        .init("MQTT-3.2.2-8", .server, "20 03 00 10 00", .protocolError),
        .init("MQTT-3.3.1-2", .client, "38 04 0001 't' 00"),
        .init("MQTT-3.3.1-4", .client, "36 06 0001 't' 0001 00"),
        .init("MQTT-3.3.2-2", .client, "30 04 0001 '#' 00", .protocolError),
        .init("MQTT-3.3.2-2", .client, "30 0D 000A 'abcdefgh/+' 00", .protocolError),
        .init("MQTT-3.3.2-8", .client, "30 07 0001 't' 03 23 0000", .topicAliasInvalid),
        .init("MQTT-3.3.2-14", .client, "30 08 0001 't' 04 08 0001 '+'", .protocolError),
        .init("MQTT-3.3.4-6", .client, "30 06 0001 't' 02 0B 01", .protocolError),
        .init("MQTT-3.4.2-1", .server, "40 03 0001 92", .protocolError),
        .init("MQTT-3.5.2-1", .server, "50 03 0001 92", .protocolError),
        .init("MQTT-3.6.1-1", .client, "60 02 0001"),
        .init("MQTT-3.6.2-1", .client, "62 03 0001 87", .protocolError),
        .init("MQTT-3.7.2-1", .client, "70 03 0001 87", .protocolError),
        .init("MQTT-3.8.1-1", .client, "80 07 0001 00 0001 't' 00"),
        .init("MQTT-3.8.3-2", .client, "82 03 0001 00", .protocolError),
        .init("MQTT-3.8.3-4", .client, "82 10 0001 00 000A '$share/g/t' 04", .protocolError),
        .init("MQTT-3.8.3-5", .client, "82 07 0001 00 0001 't' 40"),
        .init("MQTT-3.9.3-2", .server, "90 04 0001 00 03", .protocolError),
        .init("MQTT-3.10.1-1", .client, "A0 06 0001 00 0001 't'"),
        .init("MQTT-3.10.3-2", .client, "A2 03 0001 00", .protocolError),
        .init("MQTT-3.11.3-2", .server, "B0 04 0001 00 01", .protocolError),
        .init("MQTT-3.14.1-1", .client, "E1 00"),
        .init("MQTT-3.14.2-1", .client, "E0 01 01", .protocolError),
        .init("MQTT-3.14.2-2", .server, "E0 07 00 05 11 00000000", .protocolError),
        .init("MQTT-3.15.1-1", .client, "F1 00"),
        .init("MQTT-3.15.2-1", .client, "F0 06 01 04 15 0001 'm'", .protocolError),
        .init("MQTT-4.7.1-1", .client, "82 09 0001 00 0003 '#/a' 00", .protocolError),
        .init("MQTT-4.7.1-2", .client, "82 08 0001 00 0002 'a+' 00", .protocolError),
        .init("MQTT-4.7.3-1", .client, "82 06 0001 00 0000 00", .protocolError),
        .init("MQTT-4.8.2-1", .client, "82 0E 0001 00 0008 '$share//' 00", .protocolError),
        .init("MQTT-4.8.2-2", .client, "82 11 0001 00 000B '$share/+/ab' 00", .protocolError),
        .init("MQTT-4.8.2-2", .client, "82 0E 0001 00 0008 '$share/g' 00", .protocolError),
    ]

    @Test("are refused with their statement and reason, however they are split", arguments: all, [nil, 1])
    func refuse(_ refusal: Refusal, step: Int?) {
        let stream = PacketStream(hex(refusal.text), .v5, from: refusal.sender, step: step)
        #expect(stream.packets.isEmpty)
        #expect(stream.failure?.statement == refusal.statement)
        #expect(stream.failure?.code == refusal.code)
    }

    @Test("a packet over the maximum is refused from its fixed header alone")
    func tooLarge() {
        let stream = PacketStream(hex("30 64"), .v5, from: .server, packetByteMaximum: 101)
        #expect(stream.failure?.code == .packetTooLarge)
    }
}
