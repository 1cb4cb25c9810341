/// Where properties stand, and so which of them may (MQTT 5.0, table 2-4).
package enum PropertyPlace: Hashable, Sendable, CaseIterable {
    case connect
    case will
    case connAck
    case publishOfClient
    case publishOfServer
    /// PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.
    case acknowledgement
    case subscribe
    case unsubscribe
    case disconnectOfClient
    case disconnectOfServer
    case auth

    func allows(_ id: PropertyID) -> Bool { allowed & id.bit != 0 }

    func allowsMany(_ id: PropertyID) -> Bool {
        id == .userProperty || id == .subscriptionIdentifier && self == .publishOfServer
    }

    private var allowed: UInt64 {
        switch self {
        case .connect:
            Self.set(
                .sessionExpiryInterval,
                .receiveMaximum,
                .maximumPacketSize,
                .topicAliasMaximum,
                .userProperty,
                .requestResponseInformation,
                .requestProblemInformation,
                .authenticationMethod,
                .authenticationData
            )
        case .will: Self.message | PropertyID.willDelayInterval.bit
        case .connAck:
            Self.set(
                .sessionExpiryInterval,
                .receiveMaximum,
                .maximumQoS,
                .retainAvailable,
                .maximumPacketSize,
                .assignedClientIdentifier,
                .topicAliasMaximum,
                .reasonString,
                .userProperty
            )
                | Self.set(
                    .wildcardSubscriptionAvailable,
                    .subscriptionIdentifierAvailable,
                    .sharedSubscriptionAvailable,
                    .serverKeepAlive,
                    .responseInformation,
                    .serverReference,
                    .authenticationMethod,
                    .authenticationData
                )
        case .publishOfClient: Self.message | PropertyID.topicAlias.bit
        case .publishOfServer: Self.message | PropertyID.topicAlias.bit | PropertyID.subscriptionIdentifier.bit
        case .acknowledgement: Self.set(.reasonString, .userProperty)
        case .subscribe: Self.set(.subscriptionIdentifier, .userProperty)
        case .unsubscribe: PropertyID.userProperty.bit
        case .disconnectOfClient: Self.set(.sessionExpiryInterval, .reasonString, .userProperty, .serverReference)
        case .disconnectOfServer: Self.set(.reasonString, .userProperty, .serverReference)
        case .auth: Self.set(.authenticationMethod, .authenticationData, .reasonString, .userProperty)
        }
    }

    /// What a PUBLISH and a will have in common, spelled as one number because every message asks: 0x01, 0x02, 0x03, 0x08, 0x09 and 0x26.
    private static var message: UInt64 { 1 << 0x01 | 1 << 0x02 | 1 << 0x03 | 1 << 0x08 | 1 << 0x09 | 1 << 0x26 }

    private static func set(_ ids: PropertyID...) -> UInt64 { ids.reduce(0) { $0 | $1.bit } }

    /// The error for a property that may not stand here.
    func refusal(of id: PropertyID) -> MQTTProtocolError {
        switch (self, id) {
        case (.publishOfClient, .subscriptionIdentifier):
            MQTTProtocolError(
                .protocolError,
                "a PUBLISH from a client with a subscription identifier",
                statement: "MQTT-3.3.4-6"
            )
        case (.disconnectOfServer, .sessionExpiryInterval):
            MQTTProtocolError(
                .protocolError,
                "a DISCONNECT from a server with a session expiry interval",
                statement: "MQTT-3.14.2-2"
            )
        case (_, _): MQTTProtocolError(.malformedPacket, "\(name) may not have the property \(id.name)")
        }
    }

    var name: String {
        switch self {
        case .connect: "CONNECT"
        case .will: "a will"
        case .connAck: "CONNACK"
        case .publishOfClient, .publishOfServer: "PUBLISH"
        case .acknowledgement: "an acknowledgement"
        case .subscribe: "SUBSCRIBE"
        case .unsubscribe: "UNSUBSCRIBE"
        case .disconnectOfClient, .disconnectOfServer: "DISCONNECT"
        case .auth: "AUTH"
        }
    }
}
