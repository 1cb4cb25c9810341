import MQTTProtocol
import Testing

@Suite("Rules of one version or of one end")
struct PacketRulesTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let version: MQTTVersion
        let sender: MQTTRole
        let text: String
        /// nil: taken.
        let code: ReasonCode?
        var testDescription: String { "MQTT \(version) \(text)" }

        init(_ version: MQTTVersion, _ sender: MQTTRole, _ text: String, _ code: ReasonCode?) {
            self.version = version
            self.sender = sender
            self.text = text
            self.code = code
        }
    }

    static let all: [Rule] = [
        // What only 3.1.1 refuses.
        .init(.v3_1_1, .client, "10 10 0004 'MQTT' 04 42 0000 0000 0002 'pw'", .malformedPacket),
        .init(.v3_1_1, .client, "10 0C 0004 'MQTT' 04 00 0000 0000", .clientIdentifierNotValid),
        .init(.v3_1_1, .client, "30 02 0000", .protocolError),
        .init(.v3_1_1, .server, "20 02 00 06", .protocolError),
        .init(.v3_1_1, .server, "20 02 00 87", .protocolError),
        .init(.v3_1_1, .server, "20 03 00 00 00", .malformedPacket),
        .init(.v3_1_1, .server, "40 03 0001 00", .malformedPacket),
        .init(.v3_1_1, .server, "40 04 0001 00 00", .malformedPacket),
        .init(.v3_1_1, .client, "62 03 0001 00", .malformedPacket),
        .init(.v3_1_1, .client, "82 06 0001 0001 't' 04", .malformedPacket),
        .init(.v3_1_1, .client, "82 06 0001 0001 't' 08", .malformedPacket),
        .init(.v3_1_1, .client, "82 06 0001 0001 't' 10", .malformedPacket),
        .init(.v3_1_1, .client, "82 06 0001 0001 't' 03", .protocolError),
        .init(.v3_1_1, .server, "90 03 0001 87", .protocolError),
        .init(.v3_1_1, .server, "90 02 0001", .protocolError),
        .init(.v3_1_1, .server, "B0 03 0001 00", .malformedPacket),
        .init(.v3_1_1, .client, "E0 01 00", .malformedPacket),
        // What only MQTT 5 refuses.
        .init(.v3_1_1, .server, "D0 8000", nil),
        .init(.v5, .server, "D0 8000", .malformedPacket),
        .init(.v3_1_1, .client, "82 0D 0001 0008 '$share//' 00", nil),
        .init(.v5, .client, "82 0E 0001 00 0008 '$share//' 00", .protocolError),
        .init(.v5, .client, "82 0D 0001 00 0007 '$share/' 00", .protocolError),
        .init(.v5, .client, "82 0E 0001 00 0008 '$share/g' 00", .protocolError),
        .init(.v5, .client, "82 0F 0001 00 0009 '$share/g/' 00", .protocolError),
        .init(.v5, .client, "82 11 0001 00 000B '$share/+/ab' 00", .protocolError),
        .init(.v5, .client, "82 10 0001 00 000A '$share/g/t' 00", nil),
        // An accent upon a slash or a wildcard makes another character of it, but the same byte.
        .init(.v5, .client, "82 12 0001 00 000C '$share/' CC81 '+/t' 00", .protocolError),
        .init(.v5, .client, "82 12 0001 00 000C '$share/+' CC81 '/t' 00", .protocolError),
        .init(.v5, .client, "82 13 0001 00 000D '$share/g/' CC81 '/#' 00", nil),
        .init(.v5, .client, "82 11 0001 00 000B '$share/' CC81 '/t' 04", .protocolError),
        .init(.v5, .client, "82 07 0001 00 0001 't' 03", .protocolError),
        .init(.v5, .client, "82 07 0001 00 0001 't' 30", .protocolError),
        .init(.v5, .client, "30 03 0000 00", .protocolError),
        .init(.v5, .server, "90 03 0001 00", .protocolError),
        .init(.v5, .server, "B0 03 0001 00", .protocolError),
        .init(.v5, .client, "F0 01 18", .malformedPacket),
        .init(.v5, .client, "10 0D 0004 'MQTT' 85 00 0000 00 0000", .unsupportedProtocolVersion),
        .init(.v5, .client, "10 0E 0006 'MQIsdp' 03 00 0000 0000", .unsupportedProtocolVersion),
        // A server of 3.1.1 answers a CONNECT of MQTT 5 in its own words.
        .init(.v5, .server, "20 02 00 01", nil),
        .init(.v5, .server, "20 02 00 00", .malformedPacket),
        .init(.v5, .server, "20 02 00 06", .protocolError),
        .init(.v5, .server, "20 02 01 01", .protocolError),
        // Of both.
        .init(.v5, .server, "00 00", .malformedPacket),
        .init(.v3_1_1, .server, "D0 01 00", .malformedPacket),
        .init(.v5, .client, "C0 01 00", .malformedPacket),
        .init(.v5, .server, "30 FFFFFFFF01", .malformedPacket),
        .init(.v5, .client, "82 03 0000 00", .protocolError),
        .init(.v3_1_1, .client, "A2 05 0000 0001 't'", .protocolError),
        .init(.v3_1_1, .server, "40 02 0000", .protocolError),
        .init(.v5, .client, "30 04 0004 't' 00", .malformedPacket),
        .init(.v5, .client, "30 04 0001 't' 01", .malformedPacket),
    ]

    @Test("are kept, however reads cut the bytes", arguments: all, [nil, 1])
    func keep(_ rule: Rule, step: Int?) {
        let stream = PacketStream(hex(rule.text), rule.version, from: rule.sender, step: step)
        #expect(stream.failure?.code == rule.code, "\(String(describing: stream.failure))")
        #expect(stream.packets.count == (rule.code == nil ? 1 : 0))
    }

    /// MQTT 5.0 and 3.1.1, table 2.1: first bytes by who may send them.
    private static func firstBytes(_ sender: MQTTRole, _ version: MQTTVersion) -> Set<UInt8> {
        let ofBoth: Set<UInt8> = [0x30, 0x40, 0x50, 0x62, 0x70]
        switch (sender, version) {
        case (.client, .v3_1_1): return ofBoth.union([0x10, 0x82, 0xA2, 0xC0, 0xE0])
        case (.client, .v5): return ofBoth.union([0x10, 0x82, 0xA2, 0xC0, 0xE0, 0xF0])
        case (.server, .v3_1_1): return ofBoth.union([0x20, 0x90, 0xB0, 0xD0])
        case (.server, .v5): return ofBoth.union([0x20, 0x90, 0xB0, 0xD0, 0xE0, 0xF0])
        }
    }

    @Test(
        "packets of the wrong end are refused by their first byte",
        arguments: MQTTRole.allCases,
        MQTTVersion.allCases
    )
    func wrongEnd(_ sender: MQTTRole, _ version: MQTTVersion) {
        let good = Self.firstBytes(sender, version)
        for first in [0x10, 0x20, 0x30, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xA2, 0xB0, 0xC0, 0xD0, 0xE0, 0xF0] {
            let stream = PacketStream([UInt8(first)], version, from: sender)
            #expect(stream.failure?.code == (good.contains(UInt8(first)) ? nil : .protocolError), "\(first)")
        }
    }

    @Test("nothing is read behind what was refused")
    func refusedForGood() {
        let stream = PacketStream(hex("C0 00 D0 00 C0 00"), .v5, from: .client)
        #expect(stream.packets == [.pingRequest])
        #expect(stream.failure?.code == .protocolError)
    }

    @Test("a share name ends at its slash, whatever follows")
    func shareName() {
        let shared = SharedSubscription("$share/g/\u{301}/t")
        #expect(shared?.group == "g")
        #expect(shared?.filter == TopicFilter("\u{301}/t"))
        #expect(SharedSubscription("$share/\u{301}+/t") == nil)
    }
}
