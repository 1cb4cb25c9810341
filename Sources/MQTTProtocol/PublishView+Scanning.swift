extension PublishView {
    /// Finds and checks the parts of a PUBLISH where they lie; the payload is not looked at (MQTT 5.0, 3.3).
    ///
    /// - Parameters:
    ///   - bytes: the whole packet, and maybe more behind it.
    ///   - sender: nil takes what either end may send.
    static func scan(
        _ bytes: UnsafeRawBufferPointer,
        _ header: FixedHeader,
        version: MQTTVersion,
        from sender: MQTTRole?
    ) throws(MQTTProtocolError) -> PublishView {
        let end = header.packetByteCount
        let flags = header.flags
        guard let qos = QoS(rawValue: flags >> 1 & 0x03) else { throw Fault.qos3 }
        let isDuplicate = flags & 0x08 != 0
        if isDuplicate, qos == .atMostOnce { throw Fault.duplicateAtQoS0 }

        var at = header.byteCount
        guard end - at >= 2 else { throw Fault.cut }
        let topicStart = at + 2
        let topicEnd = topicStart + Int(bytes.bigEndian(UInt16.self, at: at))
        guard topicEnd <= end else { throw Fault.cut }
        try EncodedText.checkTopicName(
            UnsafeRawBufferPointer(rebasing: bytes[topicStart..<topicEnd]),
            "the topic name of PUBLISH",
            wildcardStatement: "MQTT-3.3.2-2"
        )
        at = topicEnd

        var packetID: UInt16 = 0
        if qos != .atMostOnce {
            guard end - at >= 2 else { throw Fault.cut }
            packetID = bytes.bigEndian(UInt16.self, at: at)
            at += 2
            guard packetID != 0 else { throw Fault.packetID0 }
        }

        var view = PublishView(
            topic: topicStart..<topicEnd,
            properties: at..<at,
            payload: at..<end,
            qos: qos,
            isRetained: flags & 0x01 != 0,
            isDuplicate: isDuplicate,
            packetID: packetID,
            topicAlias: 0,
            messageExpiry: nil,
            byteCount: end
        )
        if version == .v5 {
            guard let count = try VariableByteInteger.read(bytes, &at, end: end, mustBeShortest: true) else {
                throw Fault.cut
            }
            guard end - at >= count else { throw Fault.cut }
            view.properties = at..<at + count
            view.payload = at + count..<end
            if count > 0 { try view.scanProperties(bytes, from: sender) }
        }
        if topicStart == topicEnd, view.topicAlias == 0 { throw Fault.noTopic(version) }
        return view
    }

    private mutating func scanProperties(
        _ bytes: UnsafeRawBufferPointer,
        from sender: MQTTRole?
    ) throws(MQTTProtocolError) {
        var walker = PropertyWalker(bytes, properties, in: sender == .client ? .publishOfClient : .publishOfServer)
        while let item = try walker.next() {
            if item.id == .topicAlias {
                topicAlias = UInt16(truncatingIfNeeded: item.number)
            } else if item.id == .messageExpiryInterval {
                messageExpiry = item.number
            }
        }
    }

    /// - Parameter bytes: those that the view is about; it has checked them.
    package func packet(in bytes: UnsafeRawBufferPointer) throws(MQTTProtocolError) -> PublishPacket {
        guard byteCount <= bytes.count else { throw Fault.cut }
        var packet = PublishPacket(
            topic: String(decoding: bytes[topic], as: UTF8.self),
            payload: Array(bytes[payload])
        )
        packet.qos = qos
        packet.isRetained = isRetained
        packet.isDuplicate = isDuplicate
        packet.packetID = packetID
        var walker = PropertyWalker(bytes, properties, in: nil)
        while let item = try walker.next() { packet.properties.append(MQTTProperty(item, in: bytes)) }
        return packet
    }

    private enum Fault {
        static var cut: MQTTProtocolError { MQTTProtocolError(.malformedPacket, "PUBLISH ends within a field") }
        static var qos3: MQTTProtocolError {
            MQTTProtocolError(.malformedPacket, "PUBLISH with QoS 3", statement: "MQTT-3.3.1-4")
        }
        static var duplicateAtQoS0: MQTTProtocolError {
            MQTTProtocolError(.malformedPacket, "PUBLISH with DUP and QoS 0", statement: "MQTT-3.3.1-2")
        }
        static var packetID0: MQTTProtocolError {
            MQTTProtocolError(.protocolError, "PUBLISH with packet identifier 0", statement: "MQTT-2.2.1-3")
        }
        static func noTopic(_ version: MQTTVersion) -> MQTTProtocolError {
            switch version {
            case .v5: MQTTProtocolError(.protocolError, "PUBLISH with neither a topic name nor a topic alias")
            case .v3_1_1: MQTTProtocolError(.protocolError, "PUBLISH with an empty topic", statement: "MQTT-4.7.3-1")
            }
        }
    }
}
