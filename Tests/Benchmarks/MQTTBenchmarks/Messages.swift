import MQTTProtocol
import NIOCore

/// PUBLISH packets as brokers send them: with 5, they carry a content type.
enum Messages {
    private static let topic = Array("site/hall/temperature".utf8)
    private static let payload = [UInt8](repeating: 0x61, count: 128)
    /// Content type `text/plain`, encoded.
    private static let properties: [UInt8] = [0x03, 0x00, 0x0A] + Array("text/plain".utf8)

    static func write(
        to output: inout ByteBuffer,
        _ version: MQTTVersion,
        topic: [UInt8] = topic,
        qos: QoS = .atMostOnce,
        packetID: UInt16 = 0
    ) {
        topic.withUnsafeBytes { topic in
            properties.withUnsafeBytes { properties in
                payload.withUnsafeBytes { payload in
                    try? output.writePublish(
                        topic: topic,
                        properties: properties,
                        messageExpiry: nil,
                        payload: payload,
                        qos: qos,
                        isRetained: false,
                        isDuplicate: false,
                        packetID: packetID,
                        version: version
                    )
                }
            }
        }
    }

    static func read(count: Int, _ version: MQTTVersion, qos: QoS = .atMostOnce) -> ByteBuffer {
        var read = ByteBuffer()
        for number in 1...count { write(to: &read, version, qos: qos, packetID: UInt16(number)) }
        return read
    }

    /// Each of another topic.
    static func inTurn(count: Int, _ version: MQTTVersion) -> ByteBuffer {
        var read = ByteBuffer()
        for number in 0..<count { write(to: &read, version, topic: Array("site/hall-\(number)/temperature".utf8)) }
        return read
    }

    /// What a broker answers that took the first messages of a connection.
    static func acknowledgements(count: Int) -> ByteBuffer {
        var read = ByteBuffer()
        for number in 1...count {
            try? MQTTPacket.acknowledgement(AcknowledgementPacket(.pubAck, UInt16(number)))
                .encode(into: &read, version: .v5)
        }
        return read
    }
}
