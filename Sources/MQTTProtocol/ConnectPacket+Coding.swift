import NIOCore

/// The flags of CONNECT (MQTT 5.0, 3.1.2.3).
private enum ConnectFlag {
    static let reserved: UInt8 = 0x01
    static let cleanStart: UInt8 = 0x02
    static let will: UInt8 = 0x04
    static let willQoS: UInt8 = 0x18
    static let willRetain: UInt8 = 0x20
    static let password: UInt8 = 0x40
    static let username: UInt8 = 0x80
}

/// What mosquitto's bridges add to the protocol level of 3.1.1.
private let bridgeBit: UInt8 = 0x80

extension ConnectPacket {
    /// MQTT 5.0 and 3.1.1, 3.1; the packet itself says which of them.
    init(_ bytes: UnsafeRawBufferPointer, _ header: FixedHeader) throws(MQTTProtocolError) {
        self.init()
        var preface = PacketCursor(bytes, header, version: .v5)
        let name = try preface.readCounted()
        guard name.elementsEqual("MQTT".utf8) else {
            throw MQTTProtocolError(
                .unsupportedProtocolVersion,
                "CONNECT of another protocol than MQTT",
                statement: "MQTT-3.1.2-1"
            )
        }
        let level = try preface.readByte()
        hasBridgeBit = level == bridgeBit | MQTTVersion.v3_1_1.rawValue
        guard let version = hasBridgeBit ? .v3_1_1 : MQTTVersion(rawValue: level) else {
            throw MQTTProtocolError(
                .unsupportedProtocolVersion,
                "CONNECT with protocol level \(level)",
                statement: "MQTT-3.1.2-2"
            )
        }
        self.version = version
        var cursor = PacketCursor(preface, version: version)
        let flags = try cursor.readByte()
        try Self.check(flags, version)
        cleanStart = flags & ConnectFlag.cleanStart != 0
        keepAlive = try cursor.readTwoByteInteger()
        properties = try cursor.readProperties(in: .connect)
        let hasMethod = properties.contains { $0.id == .authenticationMethod }
        guard hasMethod || !properties.contains(where: { $0.id == .authenticationData }) else {
            throw MQTTProtocolError(.protocolError, "CONNECT with authentication data and no authentication method")
        }
        clientID = try cursor.readString("the client identifier")
        guard version == .v5 || cleanStart || !clientID.isEmpty else {
            throw MQTTProtocolError(
                .clientIdentifierNotValid,
                "CONNECT without a client identifier asks for a lasting session"
            )
        }
        if flags & ConnectFlag.will != 0 { will = try Will(&cursor, flags) }
        if flags & ConnectFlag.username != 0 { username = try cursor.readString("the user name") }
        if flags & ConnectFlag.password != 0 { password = try cursor.readBinary() }
        try cursor.finish()
    }

    private static func check(_ flags: UInt8, _ version: MQTTVersion) throws(MQTTProtocolError) {
        guard flags & ConnectFlag.reserved == 0 else {
            throw MQTTProtocolError(
                .malformedPacket,
                "the reserved flag of CONNECT is set",
                statement: "MQTT-3.1.2-3"
            )
        }
        if flags & ConnectFlag.will == 0 {
            guard flags & ConnectFlag.willQoS == 0 else {
                throw MQTTProtocolError(
                    .malformedPacket,
                    "CONNECT with a will QoS and no will",
                    statement: "MQTT-3.1.2-11"
                )
            }
            guard flags & ConnectFlag.willRetain == 0 else {
                throw MQTTProtocolError(
                    .malformedPacket,
                    "CONNECT with will retain and no will",
                    statement: "MQTT-3.1.2-13"
                )
            }
        }
        guard flags & ConnectFlag.willQoS != ConnectFlag.willQoS else {
            throw MQTTProtocolError(.malformedPacket, "CONNECT with will QoS 3", statement: "MQTT-3.1.2-12")
        }
        if version == .v3_1_1, flags & ConnectFlag.password != 0, flags & ConnectFlag.username == 0 {
            throw MQTTProtocolError(.malformedPacket, "CONNECT of MQTT 3.1.1 with a password and no user name")
        }
    }

    /// Writes what follows the fixed header.
    func write(to body: inout ByteBuffer) throws(MQTTProtocolError) {
        try body.writeCounted("MQTT")
        switch version {
        case .v3_1_1: body.writeInteger(version.rawValue | (hasBridgeBit ? bridgeBit : 0))
        case .v5: body.writeInteger(version.rawValue)
        }
        var flags = cleanStart ? ConnectFlag.cleanStart : 0
        if let will {
            flags |= ConnectFlag.will | will.qos.rawValue << 3 | (will.isRetained ? ConnectFlag.willRetain : 0)
        }
        if username != nil { flags |= ConnectFlag.username }
        if password != nil { flags |= ConnectFlag.password }
        body.writeInteger(flags)
        body.writeInteger(keepAlive)
        if version == .v5 { try body.writeProperties(properties) }
        try body.writeCounted(clientID)
        if let will {
            if version == .v5 { try body.writeProperties(will.properties) }
            try body.writeCounted(will.topic)
            try body.writeCounted(will.payload)
        }
        if let username { try body.writeCounted(username) }
        if let password { try body.writeCounted(password) }
    }
}

extension ConnectPacket.Will {
    fileprivate init(_ cursor: inout PacketCursor, _ flags: UInt8) throws(MQTTProtocolError) {
        let properties = try cursor.readProperties(in: .will)
        let topic = try cursor.readTopicName("the will topic", wildcardStatement: "MQTT-3.1.3-11")
        let payload = try cursor.readBinary()
        let qos = QoS(rawValue: (flags & ConnectFlag.willQoS) >> 3) ?? .atMostOnce
        self.init(topic: topic, payload: payload, qos: qos, isRetained: flags & ConnectFlag.willRetain != 0)
        self.properties = properties
    }
}
