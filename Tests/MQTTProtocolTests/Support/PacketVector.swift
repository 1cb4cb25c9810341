import MQTTProtocol
import Testing

/// One packet as bytes and as a value.
struct PacketVector: Sendable, CustomTestStringConvertible {
    let name: String
    let version: MQTTVersion
    let sender: MQTTRole
    let bytes: [UInt8]
    let packet: MQTTPacket
    /// Whether these are the bytes that are written; a longer form is only read.
    let isShortest: Bool

    init(
        _ name: String,
        _ version: MQTTVersion,
        from sender: MQTTRole,
        _ text: String,
        _ packet: MQTTPacket,
        isShortest: Bool = true
    ) {
        self.name = name
        self.version = version
        self.sender = sender
        bytes = hex(text)
        self.packet = packet
        self.isShortest = isShortest
    }

    var testDescription: String { "\(name), MQTT \(version)" }

    static let all = version3 + version5 + acknowledgements5 + ofServer5
}
