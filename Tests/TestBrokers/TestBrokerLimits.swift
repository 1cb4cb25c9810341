package import MQTTProtocol

/// What a broker takes, and how it is.
package struct TestBrokerLimits {
    package var acceptsV5 = true
    /// nil: not announced, and not checked.
    package var receiveMaximum: UInt16?
    package var maximumQoS = QoS.exactlyOnce
    package var isRetainAvailable = true
    package var hasWildcardSubscriptions = true
    package var hasSharedSubscriptions = true
    package var packetByteMaximum: UInt32?
    package var topicAliasMaximum: UInt16 = 0
    package var serverKeepAlive: UInt16?
    /// Aliases that the broker uses towards clients, if they allow as many.
    package var aliasesUsed: UInt16 = 0
    /// Messages of QoS 1 and 2 that the broker has in flight towards a client, if that allows as many.
    package var window = 20
    /// Whether a message is acknowledged before it is passed on.
    package var acknowledgesFirst = true
    /// Whether No Local is honoured.
    package var hasNoLocal = true
    /// Whether clients of 3.1.1 that say they are bridges are not sent their own messages, as mosquitto has it.
    package var honoursBridgeBit = false
    /// Filters that nobody may subscribe to.
    package var refusedFilters: Set<String> = []
    /// Topics that nobody may publish to with QoS 1 or 2, and what is said of it.
    package var publishRefusals: [String: ReasonCode] = [:]
    /// Sent with each message to clients of version 5, as if their subscriptions had been made with it.
    package var subscriptionIdentifier: UInt32?

    /// Stored messages that one filter brings: a broker leaves out what its queue has no room for.
    package var shownMaximum = Int.max
    /// A broker may know no wildcards for what is stored.
    package var showsStoredToWildcards = true

    package init() {}

    /// What CONNACK says of it.
    var grants: [MQTTProperty] {
        var grants: [MQTTProperty] = []
        if let receiveMaximum { grants.append(.receiveMaximum(receiveMaximum)) }
        if maximumQoS != .exactlyOnce { grants.append(.maximumQoS(maximumQoS.rawValue)) }
        if !isRetainAvailable { grants.append(.retainAvailable(0)) }
        if let packetByteMaximum { grants.append(.maximumPacketSize(packetByteMaximum)) }
        if topicAliasMaximum > 0 { grants.append(.topicAliasMaximum(topicAliasMaximum)) }
        if let serverKeepAlive { grants.append(.serverKeepAlive(serverKeepAlive)) }
        if !hasWildcardSubscriptions { grants.append(.wildcardSubscriptionAvailable(0)) }
        if !hasSharedSubscriptions { grants.append(.sharedSubscriptionAvailable(0)) }
        return grants
    }
}
