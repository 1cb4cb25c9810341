/// The first bytes of every packet: type, flags and the remaining length (MQTT 5.0, 2.1).
struct FixedHeader {
    let type: ControlPacketType
    /// The lower half of the first byte.
    let flags: UInt8
    let byteCount: Int
    /// Bytes behind the header.
    let remainingLength: Int

    var packetByteCount: Int { byteCount + remainingLength }

    /// Reads and checks what can be said before the rest has come.
    ///
    /// - Parameter sender: nil takes packets of both ends.
    /// - Returns: nil when more bytes are needed.
    @inline(__always)
    static func read(
        _ bytes: UnsafeRawBufferPointer,
        version: MQTTVersion,
        from sender: MQTTRole?,
        packetByteMaximum: Int
    ) throws(MQTTProtocolError) -> FixedHeader? {
        guard bytes.count > 0 else { return nil }
        let first = bytes[0]
        let type: ControlPacketType
        if first & 0xF0 == ControlPacketType.publish.rawValue {
            type = .publish
        } else {
            type = try Self.type(first, version: version, from: sender)
        }
        var at = 1
        guard
            let length = try VariableByteInteger.read(
                bytes,
                &at,
                end: bytes.count,
                mustBeShortest: version == .v5
            )
        else { return nil }
        guard at + length <= packetByteMaximum else { throw tooLarge(type, at + length, packetByteMaximum) }
        return FixedHeader(type: type, flags: first & 0x0F, byteCount: at, remainingLength: length)
    }

    private static func type(
        _ first: UInt8,
        version: MQTTVersion,
        from sender: MQTTRole?
    ) throws(MQTTProtocolError) -> ControlPacketType {
        guard let type = ControlPacketType(rawValue: first & 0xF0) else {
            throw MQTTProtocolError(.malformedPacket, "a packet of type 0, which is reserved")
        }
        let isExpected =
            if let sender { type.isSent(by: sender, version) } else {
                type.isSent(by: .client, version) || type.isSent(by: .server, version)
            }
        guard isExpected else {
            let end =
                switch sender {
                case .client: "a client"
                case .server: "a server"
                case nil: "anybody"
                }
            throw MQTTProtocolError(.protocolError, "\(type.name) from \(end) in MQTT \(version)")
        }
        guard first & 0x0F == type.reservedFlags else {
            throw MQTTProtocolError(
                .malformedPacket,
                "the reserved flags of \(type.name) are \(first & 0x0F) in place of \(type.reservedFlags)",
                statement: type.flagsStatement
            )
        }
        return type
    }

    private static func tooLarge(_ type: ControlPacketType, _ count: Int, _ maximum: Int) -> MQTTProtocolError {
        MQTTProtocolError(.packetTooLarge, "\(type.name) of \(count) bytes; at most \(maximum) are taken")
    }
}
