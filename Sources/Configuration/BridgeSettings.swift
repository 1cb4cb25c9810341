package import Federation

/// A bridge between two hubs and what it carries.
package struct BridgeSettings: Equatable, Sendable {
    package let id: String
    /// Names of hubs; they differ, and both are in the configuration.
    package let first: String
    package let second: String
    package let channels: ChannelRules
    /// Where each rule stands.
    package let ruleOrigins: [Origin]
    /// A call that crosses ends after this long, and a stream after this long without a chunk.
    package let callTimeout: Duration
    package let origin: Origin

    package init(
        id: String,
        first: String,
        second: String,
        channels: ChannelRules,
        ruleOrigins: [Origin],
        callTimeout: Duration,
        origin: Origin
    ) {
        self.id = id
        self.first = first
        self.second = second
        self.channels = channels
        self.ruleOrigins = ruleOrigins
        self.callTimeout = callTimeout
        self.origin = origin
    }

    package func name(of side: Side) -> String {
        switch side {
        case .first: first
        case .second: second
        }
    }

    /// The side that a hub is; nil when it is neither.
    package func side(of hub: String) -> Side? {
        Side.allCases.first { name(of: $0) == hub }
    }
}
