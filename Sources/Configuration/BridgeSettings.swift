package import Federation

/// A bridge between two hubs or two brokers, and what it carries.
package struct BridgeSettings: Equatable, Sendable {
    package enum Carries: Equatable, Sendable {
        /// Both ends are hubs.
        case channels(ChannelTraffic)
        /// Both ends are brokers.
        case topics(TopicTraffic)
    }

    package let id: String
    /// Names of peers; they differ, and both are in the configuration.
    package let first: String
    package let second: String
    package let carries: Carries
    /// Where each rule stands.
    package let ruleOrigins: [Origin]
    package let origin: Origin

    package init(
        id: String,
        first: String,
        second: String,
        carries: Carries,
        ruleOrigins: [Origin],
        origin: Origin
    ) {
        self.id = id
        self.first = first
        self.second = second
        self.carries = carries
        self.ruleOrigins = ruleOrigins
        self.origin = origin
    }

    package func name(of side: Side) -> String {
        switch side {
        case .first: first
        case .second: second
        }
    }

    /// The side that a peer is; nil when it is neither.
    package func side(of peer: String) -> Side? {
        Side.allCases.first { name(of: $0) == peer }
    }

    /// nil: its ends are brokers.
    package var channels: ChannelTraffic? {
        switch carries {
        case .channels(let traffic): traffic
        case .topics: nil
        }
    }

    /// nil: its ends are hubs.
    package var topics: TopicTraffic? {
        switch carries {
        case .channels: nil
        case .topics(let traffic): traffic
        }
    }
}
