extension MQTTPacket {
    /// Reads one whole packet, of any kind.
    ///
    /// - Parameters:
    ///   - version: a CONNECT says its own.
    ///   - sender: who sent it; nil takes what either end may send.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer,
        version: MQTTVersion,
        from sender: MQTTRole?
    ) throws(MQTTProtocolError) -> MQTTPacket {
        let header = try FixedHeader.read(bytes, version: version, from: sender, packetByteMaximum: .max)
        guard let header, header.packetByteCount == bytes.count else {
            throw MQTTProtocolError(.malformedPacket, "\(bytes.count) bytes are not one packet")
        }
        return try decode(bytes, header, version: version, from: sender)
    }

    static func decode(
        _ bytes: UnsafeRawBufferPointer,
        _ header: FixedHeader,
        version: MQTTVersion,
        from sender: MQTTRole?
    ) throws(MQTTProtocolError) -> MQTTPacket {
        var cursor = PacketCursor(bytes, header, version: version)
        let packet: MQTTPacket =
            switch header.type {
            case .connect: .connect(try ConnectPacket(bytes, header))
            case .connAck: .connAck(try ConnAckPacket(&cursor))
            case .publish:
                .publish(try PublishView.scan(bytes, header, version: version, from: sender).packet(in: bytes))
            case .pubAck: .acknowledgement(try AcknowledgementPacket(.pubAck, &cursor, .pubAck))
            case .pubRec: .acknowledgement(try AcknowledgementPacket(.pubRec, &cursor, .pubRec))
            case .pubRel: .acknowledgement(try AcknowledgementPacket(.pubRel, &cursor, .pubRel))
            case .pubComp: .acknowledgement(try AcknowledgementPacket(.pubComp, &cursor, .pubComp))
            case .subscribe: .subscribe(try SubscribePacket(&cursor))
            case .subAck: .subscriptionAck(try SubscriptionAckPacket(.subAck, &cursor))
            case .unsubscribe: .unsubscribe(try UnsubscribePacket(&cursor))
            case .unsubAck: .subscriptionAck(try SubscriptionAckPacket(.unsubAck, &cursor))
            case .pingRequest: .pingRequest
            case .pingResponse: .pingResponse
            case .disconnect:
                .disconnectOrAuth(
                    try ReasonPacket(
                        .disconnect,
                        &cursor,
                        sender == .server ? .disconnectOfServer : .disconnectOfClient,
                        .disconnect
                    )
                )
            case .auth: .disconnectOrAuth(try ReasonPacket(.auth, &cursor, .auth, .auth))
            }
        switch header.type {
        case .connect, .publish: break
        case .connAck, .pubAck, .pubRec, .pubRel, .pubComp, .subscribe, .subAck, .unsubscribe, .unsubAck, .pingRequest,
            .pingResponse, .disconnect, .auth:
            try cursor.finish()
        }
        return packet
    }
}

extension ConnAckPacket {
    /// MQTT 5.0 and 3.1.1, 3.2.
    fileprivate init(_ cursor: inout PacketCursor) throws(MQTTProtocolError) {
        self.init()
        let flags = try cursor.readByte()
        guard flags & 0xFE == 0 else {
            throw MQTTProtocolError(
                .malformedPacket,
                "reserved flags of CONNACK are set",
                statement: "MQTT-3.2.2-1"
            )
        }
        sessionPresent = flags & 0x01 != 0
        let code = try cursor.readByte()
        switch cursor.version {
        case .v3_1_1: reason = try Self.reason(ofReturnCode: code)
        case .v5 where cursor.remaining == 0 && 1...5 ~= code:
            // A server of 3.1.1 refuses a CONNECT of MQTT 5 in its own words.
            reason = try Self.reason(ofReturnCode: code)
        case .v5:
            reason = ReasonCode(rawValue: code)
            try ReasonCodeSet.connAck.check(reason)
            properties = try cursor.readProperties(in: .connAck)
        }
        guard !sessionPresent || reason == .success else {
            throw MQTTProtocolError(
                .protocolError,
                "CONNACK refuses the connection with a session present",
                statement: "MQTT-3.2.2-6"
            )
        }
    }

    /// MQTT 3.1.1, table 3.1.
    private static func reason(ofReturnCode code: UInt8) throws(MQTTProtocolError) -> ReasonCode {
        switch code {
        case 0: return .success
        case 1: return .unsupportedProtocolVersion
        case 2: return .clientIdentifierNotValid
        case 3: return .serverUnavailable
        case 4: return .badUserNameOrPassword
        case 5: return .notAuthorized
        default: throw MQTTProtocolError(.protocolError, "CONNACK with the reserved return code \(code)")
        }
    }
}

extension AcknowledgementPacket {
    /// MQTT 5.0 and 3.1.1, 3.4 to 3.7.
    fileprivate init(
        _ kind: Kind,
        _ cursor: inout PacketCursor,
        _ codes: ReasonCodeSet
    ) throws(MQTTProtocolError) {
        self.init(kind, try cursor.readPacketID())
        guard cursor.version == .v5, cursor.remaining > 0 else { return }
        reason = ReasonCode(rawValue: try cursor.readByte())
        if reason != .success { try codes.check(reason) }
        guard cursor.remaining > 0 else { return }
        properties = try cursor.readProperties(in: .acknowledgement)
    }
}

extension SubscriptionAckPacket {
    /// MQTT 5.0 and 3.1.1, 3.9 and 3.11.
    fileprivate init(_ kind: Kind, _ cursor: inout PacketCursor) throws(MQTTProtocolError) {
        self.init(kind, packetID: try cursor.readPacketID(), codes: [])
        properties = try cursor.readProperties(in: .acknowledgement)
        let known: ReasonCodeSet
        switch (kind, cursor.version) {
        case (.subAck, .v5): known = .subAck
        case (.subAck, .v3_1_1): known = .subAckOf3
        case (.unsubAck, .v5): known = .unsubAck
        case (.unsubAck, .v3_1_1): return
        }
        while cursor.remaining > 0 {
            let code = ReasonCode(rawValue: try cursor.readByte())
            try known.check(code)
            codes.append(code)
        }
        guard !codes.isEmpty else {
            throw MQTTProtocolError(.protocolError, "\(cursor.type.name) without a reason code")
        }
    }
}

extension ReasonPacket {
    /// MQTT 5.0, 3.14 and 3.15; DISCONNECT of 3.1.1 has nothing behind its fixed header.
    fileprivate init(
        _ kind: Kind,
        _ cursor: inout PacketCursor,
        _ place: PropertyPlace,
        _ codes: ReasonCodeSet
    ) throws(MQTTProtocolError) {
        self.init(kind)
        guard cursor.version == .v5, cursor.remaining > 0 else { return }
        reason = ReasonCode(rawValue: try cursor.readByte())
        try codes.check(reason)
        if kind == .disconnect, cursor.remaining == 0 { return }
        properties = try cursor.readProperties(in: place)
        guard kind == .disconnect || properties.contains(where: { $0.id == .authenticationMethod }) else {
            throw MQTTProtocolError(.protocolError, "AUTH without an authentication method")
        }
    }
}
