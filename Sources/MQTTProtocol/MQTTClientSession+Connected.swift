extension MQTTClientSession {
    /// What the broker has granted in CONNACK (MQTT 5.0, 3.2.2); in 3.1.1 all that the protocol can do.
    package struct Connected: Equatable, Sendable {
        package var version: MQTTVersion
        package var sessionPresent: Bool
        /// The session that is present may be newer than the one known here: a CONNACK was missed. Subscriptions may be gone.
        package var mayBeFresh = false
        /// Counts up each time the broker has lost the session, or never had it, or may have.
        package var epoch: UInt32
        /// Ours, or the one that the broker has assigned.
        package var clientID: String
        package var isClientIDAssigned = false
        package var maximumQoS = QoS.exactlyOnce
        package var isRetainAvailable = true
        /// Messages of QoS 1 and 2 that may be in flight towards the broker: its receive maximum, or our window if that is less.
        package var receiveMaximum: Int
        /// nil: no limit but the protocol's own.
        package var packetByteMaximum: Int?
        package var topicAliasMaximum: UInt16 = 0
        package var hasWildcardSubscriptions = true
        package var hasSharedSubscriptions: Bool
        package var hasSubscriptionIdentifiers: Bool
        /// Seconds; 0 is off.
        package var keepAlive: UInt16
        /// Seconds, as the broker will keep the session.
        package var sessionExpiry: UInt32
    }
}

extension MQTTClientSession.Connected {
    init(
        _ packet: ConnAckPacket,
        version: MQTTVersion,
        epoch: UInt32,
        clientID: String,
        settings: MQTTClientSession.Settings
    ) {
        self.version = version
        sessionPresent = packet.sessionPresent
        self.epoch = epoch
        self.clientID = clientID
        receiveMaximum = settings.usableWindow
        hasSharedSubscriptions = version == .v5
        hasSubscriptionIdentifiers = version == .v5
        keepAlive = settings.keepAlive
        sessionExpiry = settings.sessionExpiry
        for property in packet.properties { take(property) }
    }

    private mutating func take(_ property: MQTTProperty) {
        switch property {
        case .sessionExpiryInterval(let seconds): sessionExpiry = seconds
        case .assignedClientIdentifier(let name):
            clientID = name
            isClientIDAssigned = true
        case .serverKeepAlive(let seconds): keepAlive = seconds
        case .receiveMaximum(let count): receiveMaximum = min(receiveMaximum, max(Int(count), 1))
        case .topicAliasMaximum(let count): topicAliasMaximum = count
        case .maximumQoS(let level): maximumQoS = QoS(rawValue: level) ?? .exactlyOnce
        case .retainAvailable(let flag): isRetainAvailable = flag != 0
        case .maximumPacketSize(let byteCount): packetByteMaximum = Int(byteCount)
        case .wildcardSubscriptionAvailable(let flag): hasWildcardSubscriptions = flag != 0
        case .subscriptionIdentifierAvailable(let flag): hasSubscriptionIdentifiers = flag != 0
        case .sharedSubscriptionAvailable(let flag): hasSharedSubscriptions = flag != 0
        case .payloadFormatIndicator, .messageExpiryInterval, .contentType, .responseTopic, .correlationData,
            .subscriptionIdentifier, .authenticationMethod, .authenticationData, .requestProblemInformation,
            .willDelayInterval, .requestResponseInformation, .responseInformation, .serverReference, .reasonString,
            .topicAlias, .userProperty:
            break
        }
    }
}
