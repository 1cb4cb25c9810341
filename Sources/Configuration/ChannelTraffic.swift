package import Federation

/// What a bridge between two hubs carries.
package struct ChannelTraffic: Equatable, Sendable {
    package var rules: ChannelRules
    /// A call that crosses ends after this long, and a stream after this long without a chunk.
    package var callTimeout: Duration = .seconds(60)

    package init(rules: ChannelRules) { self.rules = rules }
}
