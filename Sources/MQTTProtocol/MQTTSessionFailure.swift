/// Why a connection to a broker ended.
package struct MQTTSessionFailure: Error, Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// CONNACK said no.
        case refused(ReasonCode)
        /// The broker's DISCONNECT.
        case disconnected(ReasonCode)
        /// What the broker sent breaks the protocol; where version 5 is spoken it has been told so.
        case protocolError(MQTTProtocolError)
        /// Our own CONNECT cannot be written with these settings.
        case settings(MQTTProtocolError)
        /// The connection ended before CONNACK, without a reason.
        case hungUpOnConnect
        case connAckTimedOut
        case pingTimedOut
        /// `end` was called.
        case ended
    }

    package var kind: Kind
    /// The version that was spoken.
    package var version: MQTTVersion
    /// The broker's own words, made safe to log; empty where it gave none.
    package var reasonString = ""
    /// Another server that the broker names, with `useAnotherServer` and `serverMoved`.
    package var serverReference: String?
    /// The next connection speaks 3.1.1, or goes without a will, so there is no reason to wait for it.
    package var willFallBack = false

    init(_ kind: Kind, version: MQTTVersion, properties: [MQTTProperty] = []) {
        self.kind = kind
        self.version = version
        for property in properties {
            if case .reasonString(let text) = property { reasonString = Self.safe(text) }
            if case .serverReference(let text) = property { serverReference = Self.safe(text) }
        }
    }

    /// Whether trying again changes nothing until a person has changed the settings here or at the broker.
    package var isConfigurationFault: Bool {
        guard !willFallBack else { return false }
        switch kind {
        case .refused(let code), .disconnected(let code): return Self.configurationFaults.contains(code)
        case .protocolError(let error): return error.code == .badAuthenticationMethod
        case .settings: return true
        case .hungUpOnConnect, .connAckTimedOut, .pingTimedOut, .ended: return false
        }
    }

    /// A session that is taken over belongs to a second client of the same id: the two would go on for ever.
    private static let configurationFaults: Set<ReasonCode> = [
        .unsupportedProtocolVersion, .clientIdentifierNotValid, .badUserNameOrPassword, .notAuthorized, .banned,
        .badAuthenticationMethod, .sessionTakenOver, .topicFilterInvalid, .topicNameInvalid, .payloadFormatInvalid,
        .retainNotSupported, .qosNotSupported, .sharedSubscriptionsNotSupported, .subscriptionIdentifiersNotSupported,
        .wildcardSubscriptionsNotSupported, .malformedPacket, .protocolError,
    ]

    /// A broker's text as one line of at most 200 characters, without control characters.
    static func safe(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                safe += "\\u{\(String(scalar.value, radix: 16))}"
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
                .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation,
                .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
                .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator:
                safe.unicodeScalars.append(scalar)
            @unknown default: safe += "?"
            }
        }
        return safe
    }
}

extension MQTTSessionFailure: CustomStringConvertible {
    package var description: String {
        let words =
            switch kind {
            case .refused(let code): "the broker refused the connection (\(code.words))"
            case .disconnected(let code): "the broker ended the connection (\(code.words))"
            case .protocolError(let error): "the broker broke the protocol: \(error)"
            case .settings(let error): "CONNECT cannot be written: \(error)"
            case .hungUpOnConnect: "the broker hung up on CONNECT without an answer"
            case .connAckTimedOut: "the broker did not answer CONNECT"
            case .pingTimedOut: "the broker fell silent"
            case .ended: "ended"
            }
        let quoted = reasonString.isEmpty ? words : "\(words): \"\(reasonString)\""
        return serverReference.map { "\(quoted); it names another server: \($0)" } ?? quoted
    }
}
