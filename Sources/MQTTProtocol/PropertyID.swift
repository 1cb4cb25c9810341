/// What a property is, by the byte before its value (MQTT 5.0, 2.2.2.2).
package enum PropertyID: UInt8, Hashable, Sendable, CaseIterable {
    case payloadFormatIndicator = 0x01
    case messageExpiryInterval = 0x02
    case contentType = 0x03
    case responseTopic = 0x08
    case correlationData = 0x09
    case subscriptionIdentifier = 0x0B
    case sessionExpiryInterval = 0x11
    case assignedClientIdentifier = 0x12
    case serverKeepAlive = 0x13
    case authenticationMethod = 0x15
    case authenticationData = 0x16
    case requestProblemInformation = 0x17
    case willDelayInterval = 0x18
    case requestResponseInformation = 0x19
    case responseInformation = 0x1A
    case serverReference = 0x1C
    case reasonString = 0x1F
    case receiveMaximum = 0x21
    case topicAliasMaximum = 0x22
    case topicAlias = 0x23
    case maximumQoS = 0x24
    case retainAvailable = 0x25
    case userProperty = 0x26
    case maximumPacketSize = 0x27
    case wildcardSubscriptionAvailable = 0x28
    case subscriptionIdentifierAvailable = 0x29
    case sharedSubscriptionAvailable = 0x2A

    enum DataType {
        case byte
        case twoByteInteger
        case fourByteInteger
        case variableByteInteger
        case utf8String
        case binaryData
        case utf8StringPair
    }

    var dataType: DataType {
        switch self {
        case .payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation, .maximumQoS,
            .retainAvailable, .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
            .sharedSubscriptionAvailable:
            .byte
        case .serverKeepAlive, .receiveMaximum, .topicAliasMaximum, .topicAlias: .twoByteInteger
        case .messageExpiryInterval, .sessionExpiryInterval, .willDelayInterval, .maximumPacketSize: .fourByteInteger
        case .subscriptionIdentifier: .variableByteInteger
        case .contentType, .responseTopic, .assignedClientIdentifier, .authenticationMethod, .responseInformation,
            .serverReference, .reasonString:
            .utf8String
        case .correlationData, .authenticationData: .binaryData
        case .userProperty: .utf8StringPair
        }
    }

    /// One bit for each, to tell sets of them.
    var bit: UInt64 { 1 << UInt64(rawValue) }

    /// As the standard names it.
    var name: String {
        switch self {
        case .payloadFormatIndicator: "payload format indicator"
        case .messageExpiryInterval: "message expiry interval"
        case .contentType: "content type"
        case .responseTopic: "response topic"
        case .correlationData: "correlation data"
        case .subscriptionIdentifier: "subscription identifier"
        case .sessionExpiryInterval: "session expiry interval"
        case .assignedClientIdentifier: "assigned client identifier"
        case .serverKeepAlive: "server keep alive"
        case .authenticationMethod: "authentication method"
        case .authenticationData: "authentication data"
        case .requestProblemInformation: "request problem information"
        case .willDelayInterval: "will delay interval"
        case .requestResponseInformation: "request response information"
        case .responseInformation: "response information"
        case .serverReference: "server reference"
        case .reasonString: "reason string"
        case .receiveMaximum: "receive maximum"
        case .topicAliasMaximum: "topic alias maximum"
        case .topicAlias: "topic alias"
        case .maximumQoS: "maximum QoS"
        case .retainAvailable: "retain available"
        case .userProperty: "user property"
        case .maximumPacketSize: "maximum packet size"
        case .wildcardSubscriptionAvailable: "wildcard subscription available"
        case .subscriptionIdentifierAvailable: "subscription identifier available"
        case .sharedSubscriptionAvailable: "shared subscription available"
        }
    }
}
