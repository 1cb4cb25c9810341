package import Federation
package import HubProtocol
package import NIOCore

/// How one bridge works.
package struct RelaySettings: Sendable {
    package var id: String
    package var rules: ChannelRules
    package var first: EndSettings
    package var second: EndSettings
    /// How long a call that crosses may take, and a stream that crosses may be silent; nil: for ever.
    package var callTimeout: TimeAmount? = .seconds(60)
    package var limits = RelayLimits()
    package var routeLimits = RouteLimits()

    package init(id: String, rules: ChannelRules, first: EndSettings, second: EndSettings) {
        self.id = id
        self.rules = rules
        self.first = first
        self.second = second
    }

    package subscript(side: Side) -> EndSettings { side == .first ? first : second }
}

/// How a bridge meets the hub at one of its ends.
package struct EndSettings: Sendable {
    /// The hub's name in the configuration.
    package var name: String
    /// The id that the hub must have; nil: any.
    package var expectedHubID: String?
    package var connectionKey: Proof.ConnectionKey?
    package var requiresHubProof = false
    package var channelPasswords: [String: ChannelPassword] = [:]
    package var limits = HubClientLimits()

    package init(name: String) { self.name = name }
}

/// What a channel's password makes of itself: for proving it, and for signing messages.
package struct ChannelPassword: Sendable {
    package let channelKey: Proof.ChannelKey
    package let messageKey: MessageKey

    package init(channelKey: Proof.ChannelKey, messageKey: MessageKey) {
        self.channelKey = channelKey
        self.messageKey = messageKey
    }
}

/// The bounds of one bridge.
package struct RelayLimits: Sendable {
    /// Calls that wait for their answers, from both sides.
    package var callsInFlight = 65_536
    /// Connections to one Python hub that hold proxies, one for each far client; its proxies wait for a free one.
    package var holderMaximum = 256
    /// Bytes that may wait for one hub; its link is given up at more.
    package var outputByteMaximum = 32 << 20
    /// Between two looks at calls, at registrations that were refused, and at the accounts.
    package var sweepInterval = TimeAmount.milliseconds(500)
    /// Between two looks at what is on a hub that does not tell when clients go (comm-ipc 0.1.5).
    package var resyncInterval = TimeAmount.seconds(2)
    /// Between two reports of what was dropped.
    package var dropReportInterval = TimeAmount.seconds(60)

    package init() {}
}
