import MQTTProtocol

extension MQTTSessionFailure {
    /// What happened, and what to do about it.
    var line: String { advice.map { "\(self); \($0)" } ?? "\(self)" }

    /// nil: it passes by itself, or the words say all that there is to say.
    var advice: String? {
        switch kind {
        case .refused(let code): refusalAdvice(code)
        case .disconnected(let code): Self.farewellAdvice(code)
        case .hungUpOnConnect: silenceAdvice
        case .protocolError(let error):
            error.code == .badAuthenticationMethod ? "no other than user name and password is offered here" : nil
        case .settings: "check `username`, `password`, `client_id` and `state_topic`"
        case .connAckTimedOut: "does it speak MQTT on this port?"
        case .pingTimedOut, .ended: nil
        }
    }

    private func refusalAdvice(_ code: ReasonCode) -> String? {
        switch code {
        case .unsupportedProtocolVersion: versionAdvice
        case .clientIdentifierNotValid: "check `client_id`"
        case .badUserNameOrPassword, .notAuthorized:
            "check `username` and `password`, and what the broker lets this user do"
        case .banned: "it has shut this client out: ask who runs it"
        case .badAuthenticationMethod: "no other than user name and password is offered here"
        case .retainNotSupported where willFallBack: "it keeps none, so the bridge leaves no will there"
        // Of the will, which is all that CONNECT has to publish.
        case .topicNameInvalid, .qosNotSupported, .retainNotSupported:
            "the bridge's will is a retained message on its state topic: check `state_topic`, or set `state_topic: none`"
        case .quotaExceeded: "it has no room for another client or session; tried again"
        case .connectionRateExceeded: "tried again less often: `redial` says how often"
        case .serverBusy, .serverUnavailable: "tried again"
        default: nil
        }
    }

    private var versionAdvice: String {
        switch version {
        case .v5 where willFallBack: "MQTT 3.1.1 is spoken to it from now on"
        case .v5: "set `protocol: 3.1.1` for it, or `fall_back: true` to try both"
        case .v3_1_1: "set `protocol: 5` for it"
        }
    }

    private var silenceAdvice: String {
        switch version {
        case .v5 where willFallBack: "it may be older than MQTT 5: 3.1.1 is tried next"
        case .v5:
            "is it an MQTT broker, and if it is older than MQTT 5, does it need `protocol: 3.1.1` or `fall_back: true`?"
        case .v3_1_1: "is it an MQTT broker, and does it let this client id in?"
        }
    }

    private static func farewellAdvice(_ code: ReasonCode) -> String? {
        switch code {
        case .sessionTakenOver:
            "two programs have the same client id: is this configuration run twice? `client_id` tells them apart"
        case .notAuthorized: "check what the broker lets this user do"
        case .topicFilterInvalid, .topicNameInvalid: "check the filters and renamings of the rules"
        case .packetTooLarge: "`max_payload` in a rule keeps large messages away from it"
        case .messageRateTooHigh, .quotaExceeded: "`rate` in a rule sends it less"
        case .retainNotSupported: "`retain: live` in the rules and `state_topic: none` send it no retained messages"
        case .sharedSubscriptionsNotSupported: "take `share` out of the rules"
        case .wildcardSubscriptionsNotSupported: "name single topics in the rules"
        default: nil
        }
    }
}
