extension SubscribePacket {
    /// MQTT 5.0 and 3.1.1, 3.8.
    init(_ cursor: inout PacketCursor) throws(MQTTProtocolError) {
        self.init(packetID: try cursor.readPacketID(), entries: [])
        properties = try cursor.readProperties(in: .subscribe)
        while cursor.remaining > 0 {
            let filter = try cursor.readTopicFilter()
            let options = try SubscriptionOptions(try cursor.readByte(), version: cursor.version)
            guard !options.noLocal || !filter.hasPrefix(PacketCursor.sharedPrefix) else {
                throw MQTTProtocolError(
                    .protocolError,
                    "SUBSCRIBE asks for no local on a shared subscription",
                    statement: "MQTT-3.8.3-4"
                )
            }
            entries.append(Entry(filter: filter, options: options))
        }
        guard !entries.isEmpty else {
            throw MQTTProtocolError(
                .protocolError,
                "SUBSCRIBE without a topic filter",
                statement: "MQTT-3.8.3-2"
            )
        }
    }
}

extension UnsubscribePacket {
    /// MQTT 5.0 and 3.1.1, 3.10.
    init(_ cursor: inout PacketCursor) throws(MQTTProtocolError) {
        self.init(packetID: try cursor.readPacketID(), filters: [])
        properties = try cursor.readProperties(in: .unsubscribe)
        while cursor.remaining > 0 { filters.append(try cursor.readTopicFilter()) }
        guard !filters.isEmpty else {
            throw MQTTProtocolError(
                .protocolError,
                "UNSUBSCRIBE without a topic filter",
                statement: "MQTT-3.10.3-2"
            )
        }
    }
}

extension SubscriptionOptions {
    /// The byte behind a topic filter (MQTT 5.0, 3.8.3.1); 3.1.1 has the QoS alone.
    init(_ byte: UInt8, version: MQTTVersion) throws(MQTTProtocolError) {
        self.init()
        let reserved: UInt8 =
            switch version {
            case .v3_1_1: 0xFC
            case .v5: 0xC0
            }
        guard byte & reserved == 0 else {
            throw MQTTProtocolError(
                .malformedPacket,
                "reserved bits of a subscription's options are set",
                statement: "MQTT-3.8.3-5"
            )
        }
        guard let qos = QoS(rawValue: byte & 0x03) else {
            throw MQTTProtocolError(.protocolError, "a subscription with QoS 3")
        }
        guard let retainHandling = RetainHandling(rawValue: byte >> 4 & 0x03) else {
            throw MQTTProtocolError(.protocolError, "a subscription with retain handling 3")
        }
        self.qos = qos
        self.retainHandling = retainHandling
        noLocal = byte & 0x04 != 0
        retainAsPublished = byte & 0x08 != 0
    }

    func byte(_ version: MQTTVersion) -> UInt8 {
        switch version {
        case .v3_1_1: qos.rawValue
        case .v5:
            qos.rawValue | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | retainHandling.rawValue << 4
        }
    }
}

extension PacketCursor {
    static let sharedPrefix = "$share/"

    /// Reads a topic filter and checks its form (MQTT 5.0, 4.7.1, 4.7.3 and 4.8.2).
    fileprivate mutating func readTopicFilter() throws(MQTTProtocolError) -> String {
        let text = try readString("a topic filter")
        guard !text.isEmpty else {
            throw MQTTProtocolError(.protocolError, "an empty topic filter", statement: "MQTT-4.7.3-1")
        }
        var filter = Substring(text)
        if version == .v5, text.hasPrefix(Self.sharedPrefix) {
            let shared = text.dropFirst(Self.sharedPrefix.count)
            let name = shared.prefix { $0 != "/" }
            guard !name.isEmpty, !name.contains(where: { $0 == "+" || $0 == "#" }) else {
                throw MQTTProtocolError(
                    .protocolError,
                    "a shared subscription whose share name is empty or has a wildcard",
                    statement: name.isEmpty ? "MQTT-4.8.2-1" : "MQTT-4.8.2-2"
                )
            }
            filter = shared.dropFirst(name.count + 1)
            guard !filter.isEmpty else {
                throw MQTTProtocolError(
                    .protocolError,
                    "a shared subscription without a topic filter",
                    statement: "MQTT-4.8.2-2"
                )
            }
        }
        try Self.checkWildcards(filter)
        return text
    }

    private static func checkWildcards(_ filter: Substring) throws(MQTTProtocolError) {
        let levels = filter.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (position, level) in levels.enumerated() {
            if level.contains(UInt8(ascii: "#")), level.count > 1 || position < levels.count - 1 {
                throw MQTTProtocolError(
                    .protocolError,
                    "a topic filter whose # is not its last level",
                    statement: "MQTT-4.7.1-1"
                )
            }
            if level.contains(UInt8(ascii: "+")), level.count > 1 {
                throw MQTTProtocolError(
                    .protocolError,
                    "a topic filter whose + is not a whole level",
                    statement: "MQTT-4.7.1-2"
                )
            }
        }
    }
}
