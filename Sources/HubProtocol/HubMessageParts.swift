/// A whole msgpack value kept as it came: a schema, a request id, a path.
package struct RawValue: Equatable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
}

/// What a provider says of its event.
package struct EventTraits: Equatable, Sendable {
    package var isStream = false
    package var isGroup = false
    package var parameterSchema: RawValue?
    package var returnSchema: RawValue?

    package init(
        isStream: Bool = false,
        isGroup: Bool = false,
        parameterSchema: RawValue? = nil,
        returnSchema: RawValue? = nil
    ) {
        self.isStream = isStream
        self.isGroup = isGroup
        self.parameterSchema = parameterSchema
        self.returnSchema = returnSchema
    }
}

/// What a client is to the hub: a program, or a bridge that speaks for remote ones.
package enum ClientMode: Sendable {
    case client, bridge

    package var wireName: StaticString {
        switch self {
        case .client: "client"
        case .bridge: "bridge"
        }
    }

    package init?(_ text: String) {
        switch text {
        case "client": self = .client
        case "bridge": self = .bridge
        default: return nil
        }
    }
}

/// Why a hub ends a call itself. The raw values are what newer clients read in the field `reason`.
package enum CallFailureReason: String, Sendable {
    case noProvider = "no_provider"
    case providerLost = "provider_lost"
    /// The way to the hub that has the provider is gone.
    case linkLost = "link_lost"
    case deadline
    case denied
    case loop
    case overloaded
}

/// A call that the hub ends, with all that the answer to its caller says.
package struct CallFailure {
    package let reason: CallFailureReason
    package let words: String
    package let channel: Name?
    package let event: Name?
    package let hubID: Name
    /// Seconds since 1970.
    package let unixSeconds: Int

    package init(
        _ reason: CallFailureReason,
        _ words: String,
        channel: Name?,
        event: Name?,
        hubID: Name,
        unixSeconds: Int
    ) {
        self.reason = reason
        self.words = words
        self.channel = channel
        self.event = event
        self.hubID = hubID
        self.unixSeconds = unixSeconds
    }

    /// What today's clients show. A missing provider is told in the words that programs already look for.
    package var text: String {
        switch reason {
        case .noProvider: words
        case .providerLost, .linkLost, .deadline, .denied, .loop, .overloaded:
            "\(reason.rawValue): \(words) (at \(hubID.text))"
        }
    }
}
