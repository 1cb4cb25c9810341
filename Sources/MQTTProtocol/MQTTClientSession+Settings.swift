package import NIOCore

extension MQTTClientSession {
    package struct Settings: Sendable {
        package var version = MQTTVersion.v5
        /// Whether 3.1.1 is spoken to a broker that refuses version 5.
        package var fallsBack = false
        /// mosquitto's mark of a bridge, in 3.1.1 only.
        package var hasBridgeBit = false
        /// Empty: the broker is to choose one.
        package var clientID: String
        package var cleanStart = false
        /// Seconds that the broker keeps the session without a connection; in 3.1.1 any but 0 means for as long as it likes.
        package var sessionExpiry: UInt32 = 0
        /// Seconds; 0 is off. A broker of version 5 may set another.
        package var keepAlive: UInt16 = 60
        package var username: String?
        package var password: [UInt8]?
        package var will: ConnectPacket.Will?
        /// Messages of QoS 1 and 2 that the broker may leave unacknowledged towards us; only version 5 can ask for it.
        package var receiveMaximum: UInt16 = 20
        /// A broker that goes beyond `receiveMaximum` is let go on up to this: mosquitto 2.0 does so where messages of QoS 1 and 2 mix.
        package var toleratedReceiveCount = 0
        /// Messages of QoS 1 and 2 that we have in flight towards a broker; one of version 5 may allow fewer.
        /// mosquitto loses QoS 2 messages when more are on their way than its own limit, which is 20 unless configured.
        package var window = 20
        /// The largest packet that is taken in.
        package var packetByteMaximum = 16 << 20
        /// Topic aliases that the broker may use towards us.
        package var topicAliasMaximum: UInt16 = 32
        /// Topic aliases that we use at most, however many the broker allows: each keeps its topic in memory.
        package var outgoingTopicAliasMaximum: UInt16 = 64
        /// Each connection begins with messages of QoS 1 and 2 held, until `releasePublishes`.
        package var holdsPublishes = false
        /// For CONNACK and PINGRESP.
        package var ackTimeout = TimeAmount.seconds(10)

        package init(clientID: String) { self.clientID = clientID }
    }
}

extension MQTTClientSession.Settings {
    /// Identifiers above this are for SUBSCRIBE and UNSUBSCRIBE.
    static var publishIDMaximum: Int { 60_000 }

    /// What a broker may send ahead of our acknowledgements before it is told that it breaks the protocol.
    var receivedCountMaximum: Int { max(Int(receiveMaximum), toleratedReceiveCount, 1) }

    var usableWindow: Int { min(max(window, 1), Self.publishIDMaximum) }

    /// - Parameter assignedClientID: the one that a broker has chosen, so that the session is found again.
    func connectPacket(version: MQTTVersion, assignedClientID: String?) -> ConnectPacket {
        var packet = ConnectPacket()
        packet.version = version
        packet.clientID = assignedClientID ?? clientID
        packet.keepAlive = keepAlive
        packet.username = username
        packet.password = password
        packet.will = will
        switch version {
        case .v3_1_1:
            packet.hasBridgeBit = hasBridgeBit
            // Clean session is both a clean start and no session afterwards; an empty client id needs it (MQTT 3.1.1, 3.1.2.4 and MQTT-3.1.3-7).
            packet.cleanStart = cleanStart || sessionExpiry == 0 || packet.clientID.isEmpty
            // A password without a user name does not exist there (MQTT 3.1.1, MQTT-3.1.2-22).
            if password != nil { packet.username = username ?? "" }
            packet.will?.properties = []
        case .v5:
            packet.cleanStart = cleanStart
            if sessionExpiry != 0 { packet.properties.append(.sessionExpiryInterval(sessionExpiry)) }
            packet.properties.append(.receiveMaximum(max(receiveMaximum, 1)))
            packet.properties.append(.maximumPacketSize(UInt32(clamping: max(packetByteMaximum, 1))))
            if topicAliasMaximum != 0 { packet.properties.append(.topicAliasMaximum(topicAliasMaximum)) }
        }
        return packet
    }
}
