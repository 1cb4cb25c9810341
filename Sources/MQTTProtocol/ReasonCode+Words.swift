extension ReasonCode {
    /// For people: "not authorised, 0x87".
    package var words: String {
        let hexadecimal = String(rawValue, radix: 16, uppercase: true)
        let number = "0x\(hexadecimal.count < 2 ? "0" : "")\(hexadecimal)"
        return Self.names[self].map { "\($0), \(number)" } ?? "reason code \(number)"
    }

    private static let names: [ReasonCode: String] = [
        .success: "success",
        .grantedQoS1: "granted QoS 1",
        .grantedQoS2: "granted QoS 2",
        .disconnectWithWill: "with the will",
        .noMatchingSubscribers: "nobody subscribes",
        .noSubscriptionExisted: "there was no subscription",
        .continueAuthentication: "authentication goes on",
        .reauthenticate: "authenticate again",
        .unspecifiedError: "without saying why",
        .malformedPacket: "malformed packet",
        .protocolError: "protocol error",
        .implementationSpecificError: "not accepted by this broker",
        .unsupportedProtocolVersion: "protocol version not supported",
        .clientIdentifierNotValid: "client identifier not valid",
        .badUserNameOrPassword: "wrong user name or password",
        .notAuthorized: "not authorised",
        .serverUnavailable: "server unavailable",
        .serverBusy: "server busy",
        .banned: "banned",
        .serverShuttingDown: "server shutting down",
        .badAuthenticationMethod: "authentication method not supported",
        .keepAliveTimeout: "keep alive timeout",
        .sessionTakenOver: "session taken over by another connection with the same client id",
        .topicFilterInvalid: "topic filter invalid",
        .topicNameInvalid: "topic name invalid",
        .packetIdentifierInUse: "packet identifier in use",
        .packetIdentifierNotFound: "packet identifier not found",
        .receiveMaximumExceeded: "receive maximum exceeded",
        .topicAliasInvalid: "topic alias invalid",
        .packetTooLarge: "packet too large",
        .messageRateTooHigh: "message rate too high",
        .quotaExceeded: "quota exceeded",
        .administrativeAction: "administrative action",
        .payloadFormatInvalid: "payload format invalid",
        .retainNotSupported: "retained messages not supported",
        .qosNotSupported: "QoS not supported",
        .useAnotherServer: "use another server",
        .serverMoved: "server moved",
        .sharedSubscriptionsNotSupported: "shared subscriptions not supported",
        .connectionRateExceeded: "connection rate exceeded",
        .maximumConnectTime: "maximum connect time",
        .subscriptionIdentifiersNotSupported: "subscription identifiers not supported",
        .wildcardSubscriptionsNotSupported: "wildcard subscriptions not supported",
    ]
}
