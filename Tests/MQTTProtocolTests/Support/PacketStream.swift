import MQTTProtocol
import NIOCore

/// What a reader made of a stream of bytes: packets, and how it ended when it was refused.
struct PacketStream: Equatable {
    var packets: [MQTTPacket] = []
    var failure: MQTTProtocolError?

    /// - Parameter step: bytes in each read; nil for all in one.
    init(
        _ bytes: [UInt8],
        _ version: MQTTVersion,
        from sender: MQTTRole,
        step: Int? = nil,
        packetByteMaximum: Int = 1 << 20
    ) {
        var reader = MQTTPacketReader(version: version, role: sender.peer, packetByteMaximum: packetByteMaximum)
        let step = step ?? max(bytes.count, 1)
        for start in stride(from: 0, to: bytes.count, by: step) {
            var read = ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)])
            reader.append(&read)
            guard take(&reader) else { return }
        }
    }

    private mutating func take(_ reader: inout MQTTPacketReader) -> Bool {
        do throws(MQTTProtocolError) {
            while let incoming = try reader.next() {
                switch incoming {
                case .packet(let packet): packets.append(packet)
                case .publish(let view):
                    let packet = try reader.withPublishBytes(view) { (bytes) throws(MQTTProtocolError) in
                        try view.packet(in: bytes)
                    }
                    packets.append(.publish(packet))
                }
            }
            return true
        } catch {
            failure = error
            return false
        }
    }
}

extension MQTTPacket {
    func bytes(_ version: MQTTVersion, from sender: MQTTRole? = nil) throws -> [UInt8] {
        var output = ByteBuffer()
        try encode(into: &output, version: version, from: sender)
        return Array(output.readableBytesView)
    }
}
