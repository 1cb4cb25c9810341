package import NIOCore

extension ByteBuffer {
    /// Writes a PUBLISH out of parts that lie elsewhere, with one reservation (MQTT 5.0, 3.3).
    ///
    /// The parts are not looked at: they come out of a packet that was checked, or the caller has checked them.
    ///
    /// - Parameters:
    ///   - topic: may be empty when `topicAlias` stands for it.
    ///   - topicAlias: 0 for none; left out in 3.1.1.
    ///   - properties: encoded, without their length, topic alias and message expiry interval; left out in 3.1.1.
    ///   - messageExpiry: seconds; left out in 3.1.1.
    ///   - packetID: not 0 with QoS 1 and 2; not written with QoS 0.
    /// - Throws: when a length does not fit its field; nothing is written then.
    package mutating func writePublish(
        topic: UnsafeRawBufferPointer,
        topicAlias: UInt16 = 0,
        properties: UnsafeRawBufferPointer,
        messageExpiry: UInt32?,
        payload: UnsafeRawBufferPointer,
        qos: QoS,
        isRetained: Bool,
        isDuplicate: Bool,
        packetID: UInt16,
        version: MQTTVersion
    ) throws(MQTTProtocolError) {
        let size = PublishSize(
            topicByteCount: topic.count,
            hasTopicAlias: topicAlias != 0,
            propertyByteCount: properties.count,
            hasMessageExpiry: messageExpiry != nil,
            payloadByteCount: payload.count,
            qos: qos,
            version: version
        )
        guard topic.count <= 0xFFFF, size.remainingLength <= VariableByteInteger.maximum else {
            throw MQTTProtocolError(
                .packetTooLarge,
                "PUBLISH of \(size.remainingLength) bytes with a topic of \(topic.count) cannot be encoded"
            )
        }
        let flags = (isDuplicate ? 0x08 : 0) | qos.rawValue << 1 | (isRetained ? 0x01 : 0)
        writeWithUnsafeMutableBytes(minimumWritableBytes: size.byteCount) { room in
            guard let start = room.baseAddress else { return 0 }
            start.storeBytes(of: ControlPacketType.publish.rawValue | flags, as: UInt8.self)
            var place = VariableByteInteger.write(size.remainingLength, to: start + 1)
            place.storeBytes(of: UInt16(truncatingIfNeeded: topic.count).bigEndian, as: UInt16.self)
            place = Self.copy(topic, to: place + 2)
            if qos != .atMostOnce {
                place.storeBytes(of: packetID.bigEndian, as: UInt16.self)
                place += 2
            }
            if version == .v5 {
                place = VariableByteInteger.write(size.propertyByteCount, to: place)
                if topicAlias != 0 {
                    place.storeBytes(of: PropertyID.topicAlias.rawValue, as: UInt8.self)
                    (place + 1).storeBytes(of: topicAlias.bigEndian, as: UInt16.self)
                    place += 3
                }
                if let messageExpiry {
                    place.storeBytes(of: PropertyID.messageExpiryInterval.rawValue, as: UInt8.self)
                    (place + 1).storeBytes(of: messageExpiry.bigEndian, as: UInt32.self)
                    place += 5
                }
                place = Self.copy(properties, to: place)
            }
            _ = Self.copy(payload, to: place)
            return size.byteCount
        }
    }

    /// - Returns: the place behind the copy.
    @inline(__always)
    private static func copy(
        _ bytes: UnsafeRawBufferPointer,
        to place: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        guard let start = bytes.baseAddress else { return place }
        place.copyMemory(from: start, byteCount: bytes.count)
        return place + bytes.count
    }
}
