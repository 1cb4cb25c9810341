import MQTTProtocol
import NIOCore

/// Whatever bytes come, reading them does not trap, and packets and refusal are the same however reads cut the bytes. What was read can be
/// written and is the same packet when it is read again; a PUBLISH also when it is written from its parts.
///
/// The fuzz target and the unit test that replays its corpus both compile this file.
enum MQTTPacketsProperty {
    /// What the first byte of an input chooses; the bytes behind it are what is read.
    struct Choice {
        let version: MQTTVersion
        let sender: MQTTRole
        /// Bytes in each read of the second run; the first run has all of them in one.
        let readByteCount: Int
        /// Some packets of the corpus are over it.
        let packetByteMaximum: Int

        init(_ byte: UInt8) {
            version = byte & 0x01 == 0 ? .v5 : .v3_1_1
            sender = byte & 0x02 == 0 ? .client : .server
            readByteCount = 1 + Int(byte >> 2 & 0x0F)
            packetByteMaximum = byte & 0x40 == 0 ? 1 << 20 : 32
        }
    }

    /// - Returns: how the input breaks the promise; nil when it does not.
    static func violation(by input: [UInt8]) -> String? {
        guard let first = input.first else { return nil }
        let choice = Choice(first)
        let bytes = Array(input.dropFirst())
        func stream(_ step: Int?) -> PacketStream {
            PacketStream(
                bytes,
                choice.version,
                from: choice.sender,
                step: step,
                packetByteMaximum: choice.packetByteMaximum
            )
        }
        let whole = stream(nil)
        let split = stream(choice.readByteCount)
        guard whole == split else {
            return "in one read: \(whole)\nin reads of \(choice.readByteCount): \(split)"
        }
        var version = choice.version
        for packet in whole.packets {
            if case .connect(let connect) = packet { version = connect.version }
            do {
                if let violation = try violation(by: packet, version, choice.sender) {
                    return "\(violation): \(packet)"
                }
            } catch {
                return "\(packet) was read and cannot be written: \(error)"
            }
        }
        return nil
    }

    private static func violation(
        by packet: MQTTPacket,
        _ version: MQTTVersion,
        _ sender: MQTTRole
    ) throws -> String? {
        let bytes = try packet.bytes(version, from: sender)
        let again = PacketStream(bytes, version, from: sender)
        guard again == PacketStream(packets: [packet]) else { return "written and read again: \(again)" }
        // Texts that are spelled otherwise are equal to Swift: only the bytes tell that they were kept.
        guard try again.packets[0].bytes(version, from: sender) == bytes else { return "written otherwise again" }
        guard try MQTTPacket.decode(bytes, version: version, from: nil) == packet else { return "other from anybody" }
        if case .publish(let publish) = packet { return try violation(by: publish, bytes, version, sender) }
        return nil
    }

    /// Passes a PUBLISH on as the message path does: from the parts of its view.
    private static func violation(
        by publish: PublishPacket,
        _ bytes: [UInt8],
        _ version: MQTTVersion,
        _ sender: MQTTRole
    ) throws -> String? {
        var reader = MQTTPacketReader(version: version, role: sender.peer, packetByteMaximum: bytes.count)
        var read = ByteBuffer(bytes: bytes)
        reader.append(&read)
        guard case .publish(let view)? = try reader.next() else { return "no PUBLISH" }
        var expected = publish
        expected.properties = []
        if view.topicAlias != 0 { expected.properties.append(.topicAlias(view.topicAlias)) }
        if let expiry = view.messageExpiry { expected.properties.append(.messageExpiryInterval(expiry)) }
        expected.properties += publish.properties.filter { !isWrittenApart($0.id) }
        var written = ByteBuffer()
        try reader.withPublishBytes(view) { bytes in
            var kept: [UInt8] = []
            var walker = PropertyWalker(bytes, view.properties, in: nil)
            while let item = try walker.next() {
                if !isWrittenApart(item.id) { kept += bytes[item.encoded] }
            }
            try kept.withUnsafeBytes { kept in
                try written.writePublish(
                    topic: UnsafeRawBufferPointer(rebasing: bytes[view.topic]),
                    topicAlias: view.topicAlias,
                    properties: kept,
                    messageExpiry: view.messageExpiry,
                    payload: UnsafeRawBufferPointer(rebasing: bytes[view.payload]),
                    qos: view.qos,
                    isRetained: view.isRetained,
                    isDuplicate: view.isDuplicate,
                    packetID: view.packetID,
                    version: version
                )
            }
        }
        let passedOn = PacketStream(Array(written.readableBytesView), version, from: sender)
        return passedOn == PacketStream(packets: [.publish(expected)]) ? nil : "passed on: \(passedOn)"
    }

    private static func isWrittenApart(_ id: PropertyID) -> Bool {
        id == .topicAlias || id == .messageExpiryInterval || id == .subscriptionIdentifier
    }
}
