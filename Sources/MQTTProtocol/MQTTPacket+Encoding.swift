package import NIOCore

extension MQTTPacket {
    /// Writes the packet in its shortest form.
    ///
    /// What 3.1.1 has no place for is left out: properties, reasons of acknowledgements and of DISCONNECT, and all options of a subscription
    /// but its QoS. A CONNECT says its own version.
    ///
    /// - Parameter sender: whose packet it is; nil for either's.
    /// - Throws: what `decode` would refuse, and lengths that do not fit their fields; nothing is written then.
    package func encode(
        into output: inout ByteBuffer,
        version: MQTTVersion,
        from sender: MQTTRole? = nil
    ) throws(MQTTProtocolError) {
        if case .acknowledgement(let packet) = self, packet.packetID != 0, packet.isBare(version) {
            // The one kind that is sent as often as messages are.
            let type = packet.kind.type
            output.writeMultipleIntegers(type.rawValue | type.reservedFlags, UInt8(2), packet.packetID)
            return
        }
        let encoded = try encoded(version)
        // The rules stand in one place, where packets are read.
        try encoded.readableBytesSpan.withUnsafeBytes { (bytes) throws(MQTTProtocolError) in
            _ = try Self.decode(bytes, version: version, from: sender)
        }
        output.writeImmutableBuffer(encoded)
    }

    private func encoded(_ version: MQTTVersion) throws(MQTTProtocolError) -> ByteBuffer {
        var body = ByteBuffer()
        let type: ControlPacketType
        switch self {
        case .connect(let packet):
            type = .connect
            try packet.write(to: &body)
        case .connAck(let packet):
            type = .connAck
            body.writeInteger(UInt8(packet.sessionPresent ? 1 : 0))
            body.writeInteger(try packet.code(in: version))
            if version == .v5 { try body.writeProperties(packet.properties) }
        case .publish(let packet): return try packet.encoded(version)
        case .acknowledgement(let packet):
            type = packet.kind.type
            body.writeInteger(packet.packetID)
            if !packet.isBare(version) {
                body.writeInteger(packet.reason.rawValue)
                if !packet.properties.isEmpty { try body.writeProperties(packet.properties) }
            }
        case .subscribe(let packet):
            type = .subscribe
            body.writeInteger(packet.packetID)
            if version == .v5 { try body.writeProperties(packet.properties) }
            for entry in packet.entries {
                try body.writeCounted(entry.filter)
                body.writeInteger(entry.options.byte(version))
            }
        case .subscriptionAck(let packet):
            type = packet.kind.type
            body.writeInteger(packet.packetID)
            if version == .v5 { try body.writeProperties(packet.properties) }
            for code in packet.codes { packet.write(code, to: &body, version) }
        case .unsubscribe(let packet):
            type = .unsubscribe
            body.writeInteger(packet.packetID)
            if version == .v5 { try body.writeProperties(packet.properties) }
            for filter in packet.filters { try body.writeCounted(filter) }
        case .pingRequest: type = .pingRequest
        case .pingResponse: type = .pingResponse
        case .disconnectOrAuth(let packet):
            type = packet.kind.type
            if version == .v5 { try packet.write(to: &body) }
        }
        var encoded = ByteBuffer()
        encoded.writeInteger(type.rawValue | type.reservedFlags)
        try encoded.writeVariableByteInteger(body.readableBytes)
        encoded.writeImmutableBuffer(body)
        return encoded
    }
}

extension ConnAckPacket {
    fileprivate func code(in version: MQTTVersion) throws(MQTTProtocolError) -> UInt8 {
        guard version == .v3_1_1 else { return reason.rawValue }
        switch reason {
        case .success: return 0
        case .unsupportedProtocolVersion: return 1
        case .clientIdentifierNotValid: return 2
        case .serverUnavailable: return 3
        case .badUserNameOrPassword: return 4
        case .notAuthorized: return 5
        default:
            throw MQTTProtocolError(
                .implementationSpecificError,
                "MQTT 3.1.1 has no return code for the reason \(reason.rawValue)"
            )
        }
    }
}

extension AcknowledgementPacket {
    /// Whether it ends with the packet identifier.
    fileprivate func isBare(_ version: MQTTVersion) -> Bool {
        version == .v3_1_1 || reason == .success && properties.isEmpty
    }
}

extension SubscriptionAckPacket {
    fileprivate func write(_ code: ReasonCode, to body: inout ByteBuffer, _ version: MQTTVersion) {
        switch (kind, version) {
        case (.subAck, .v5), (.unsubAck, .v5): body.writeInteger(code.rawValue)
        case (.subAck, .v3_1_1): body.writeInteger(code.isError ? ReasonCode.unspecifiedError.rawValue : code.rawValue)
        case (.unsubAck, .v3_1_1): break
        }
    }
}

extension ReasonPacket {
    fileprivate func write(to body: inout ByteBuffer) throws(MQTTProtocolError) {
        if reason == .success, properties.isEmpty { return }
        body.writeInteger(reason.rawValue)
        if kind == .disconnect, properties.isEmpty { return }
        try body.writeProperties(properties)
    }
}

extension PublishPacket {
    fileprivate func encoded(_ version: MQTTVersion) throws(MQTTProtocolError) -> ByteBuffer {
        guard qos != .atMostOnce || packetID == 0 else {
            throw MQTTProtocolError(
                .protocolError,
                "PUBLISH with QoS 0 and a packet identifier",
                statement: "MQTT-2.2.1-2"
            )
        }
        var encodedProperties = ByteBuffer()
        for property in properties { try encodedProperties.writeProperty(property) }
        var encoded = ByteBuffer()
        let topicBytes = Array(topic.utf8)
        try topicBytes.span.bytes.withUnsafeBytes { (topic) throws(MQTTProtocolError) in
            try encodedProperties.readableBytesSpan.withUnsafeBytes { (properties) throws(MQTTProtocolError) in
                try payload.span.bytes.withUnsafeBytes { (payload) throws(MQTTProtocolError) in
                    try encoded.writePublish(
                        topic: topic,
                        properties: properties,
                        messageExpiry: nil,
                        payload: payload,
                        qos: qos,
                        isRetained: isRetained,
                        isDuplicate: isDuplicate,
                        packetID: packetID,
                        version: version
                    )
                }
            }
        }
        return encoded
    }
}

extension AcknowledgementPacket.Kind {
    fileprivate var type: ControlPacketType {
        switch self {
        case .pubAck: .pubAck
        case .pubRec: .pubRec
        case .pubRel: .pubRel
        case .pubComp: .pubComp
        }
    }
}

extension SubscriptionAckPacket.Kind {
    fileprivate var type: ControlPacketType {
        switch self {
        case .subAck: .subAck
        case .unsubAck: .unsubAck
        }
    }
}

extension ReasonPacket.Kind {
    fileprivate var type: ControlPacketType {
        switch self {
        case .disconnect: .disconnect
        case .auth: .auth
        }
    }
}
