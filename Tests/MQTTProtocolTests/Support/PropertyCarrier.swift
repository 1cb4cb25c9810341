import MQTTProtocol
import Testing

/// A packet with room for properties, and those that may stand there (MQTT 5.0, 2.2.2.2).
struct PropertyCarrier: Sendable, CustomTestStringConvertible {
    let name: String
    let sender: MQTTRole
    let allowed: Set<PropertyID>
    /// May come more than once.
    let allowedOften: Set<PropertyID>
    private let type: UInt8
    private let before: [UInt8]
    private let behind: [UInt8]

    private init(
        _ name: String,
        _ sender: MQTTRole,
        _ type: UInt8,
        _ before: String,
        _ behind: String,
        _ allowed: Set<PropertyID>,
        often: Set<PropertyID> = []
    ) {
        self.name = name
        self.sender = sender
        self.type = type
        self.before = hex(before)
        self.behind = hex(behind)
        self.allowed = allowed.union([.userProperty])
        allowedOften = often.union([.userProperty])
    }

    var testDescription: String { "\(name) from a \(sender)" }

    /// The packet with encoded properties, fewer than 128 bytes.
    func bytes(_ properties: [UInt8]) -> [UInt8] {
        let body = before + [UInt8(properties.count)] + properties + behind
        return [type, UInt8(body.count)] + body
    }

    private static let message: Set<PropertyID> = [
        .payloadFormatIndicator, .messageExpiryInterval, .contentType, .responseTopic, .correlationData,
    ]

    static let all: [PropertyCarrier] =
        [
            .init(
                "CONNECT",
                .client,
                0x10,
                "0004 'MQTT' 05 00 0000",
                "0000",
                [
                    .sessionExpiryInterval, .authenticationMethod, .authenticationData, .requestProblemInformation,
                    .requestResponseInformation, .receiveMaximum, .topicAliasMaximum, .maximumPacketSize,
                ]
            ),
            .init(
                "will",
                .client,
                0x10,
                "0004 'MQTT' 05 04 0000 00 0000",
                "0001 'w' 0000",
                message.union([.willDelayInterval])
            ),
            .init(
                "CONNACK",
                .server,
                0x20,
                "00 00",
                "",
                [
                    .sessionExpiryInterval, .assignedClientIdentifier, .serverKeepAlive, .authenticationMethod,
                    .authenticationData, .responseInformation, .serverReference, .reasonString, .receiveMaximum,
                    .topicAliasMaximum, .maximumQoS, .retainAvailable, .maximumPacketSize,
                    .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable, .sharedSubscriptionAvailable,
                ]
            ),
            .init("PUBLISH", .client, 0x30, "0001 't'", "'x'", message.union([.topicAlias])),
            .init(
                "PUBLISH",
                .server,
                0x30,
                "0001 't'",
                "'x'",
                message.union([.topicAlias, .subscriptionIdentifier]),
                often: [.subscriptionIdentifier]
            ),
            .init("SUBSCRIBE", .client, 0x82, "0001", "0001 't' 00", [.subscriptionIdentifier]),
            .init("SUBACK", .server, 0x90, "0001", "00", [.reasonString]),
            .init("UNSUBSCRIBE", .client, 0xA2, "0001", "0001 't'", []),
            .init("UNSUBACK", .server, 0xB0, "0001", "00", [.reasonString]),
            .init(
                "DISCONNECT",
                .client,
                0xE0,
                "00",
                "",
                [.sessionExpiryInterval, .serverReference, .reasonString]
            ),
            .init("DISCONNECT", .server, 0xE0, "00", "", [.serverReference, .reasonString]),
        ]
        + MQTTRole.allCases.flatMap { sender in
            [
                .init("PUBACK", sender, 0x40, "0001 00", "", [.reasonString]),
                .init("PUBREC", sender, 0x50, "0001 00", "", [.reasonString]),
                .init("PUBREL", sender, 0x62, "0001 00", "", [.reasonString]),
                .init("PUBCOMP", sender, 0x70, "0001 00", "", [.reasonString]),
                .init(
                    "AUTH",
                    sender,
                    0xF0,
                    "18",
                    "",
                    [.authenticationMethod, .authenticationData, .reasonString]
                ),
            ]
        }
}

extension PropertyID {
    /// One property of the kind, with a value that it may have.
    var sample: [UInt8] {
        switch self {
        case .payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation, .maximumQoS,
            .retainAvailable, .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
            .sharedSubscriptionAvailable, .subscriptionIdentifier:
            [rawValue, 1]
        case .serverKeepAlive, .receiveMaximum, .topicAliasMaximum, .topicAlias: [rawValue, 0, 1]
        case .messageExpiryInterval, .sessionExpiryInterval, .willDelayInterval, .maximumPacketSize:
            [rawValue, 0, 0, 0, 1]
        case .contentType, .responseTopic, .assignedClientIdentifier, .authenticationMethod, .responseInformation,
            .serverReference, .reasonString, .correlationData, .authenticationData:
            [rawValue, 0, 1, 0x76]
        case .userProperty: [rawValue, 0, 1, 0x6E, 0, 1, 0x76]
        }
    }
}
