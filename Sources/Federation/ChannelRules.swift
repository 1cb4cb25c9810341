/// The rules of one bridge between hubs. The first that carries a message decides the name under which it goes on.
package struct ChannelRules: Equatable, Sendable {
    package let rules: [ChannelRule]

    package init(_ rules: [ChannelRule]) { self.rules = rules }

    /// What becomes of messages that start on one side.
    package enum Verdict: Equatable, Sendable {
        /// They go on, under this name, by the rule at this index.
        case carried(name: String, rule: Int)
        case stopped(Stop)
    }

    package enum Stop: Equatable, Sendable {
        /// The hubs' own channels stay where they are.
        case systemChannel
        /// No rule names the channel.
        case noRule
        /// The rule at this index names it, for the other direction.
        case otherDirection(rule: Int)
        /// The rule at this index names it, for other events.
        case otherEvents(rule: Int)
    }

    /// Channels with these beginnings belong to the hubs and bridges themselves.
    package static func isReserved(_ channel: String) -> Bool {
        channel.hasPrefix("__comm_ipc") || channel.hasPrefix("__stinger")
    }

    /// - Parameter event: of an event or a subscription; nil asks for the channel as such.
    package func verdict(from side: Side, channel: String, event: String? = nil) -> Verdict {
        guard !Self.isReserved(channel) else { return .stopped(.systemChannel) }
        var stop = Stop.noRule
        for (index, rule) in rules.enumerated() where rule.pattern(on: side).matches(channel) {
            guard rule.direction.allows(from: side) else {
                if case .noRule = stop { stop = .otherDirection(rule: index) }
                continue
            }
            if let event, !rule.allows(event: event) {
                stop = .otherEvents(rule: index)
                continue
            }
            let name = rule.name(of: channel, beyond: side)
            guard !Self.isReserved(name) else { return .stopped(.systemChannel) }
            return .carried(name: name, rule: index)
        }
        return .stopped(stop)
    }

    /// What an endpoint of one side is called on the other; nil where it may not cross.
    ///
    /// An event may cross where calls from the other side may start; publications and broadcasts start where the endpoint is. Where the
    /// rules give two endpoints the same name over there, it is the one's that `original` finds.
    package func counterpart(of key: EndpointKey, on side: Side) -> EndpointKey? {
        switch key.kind {
        case .event:
            // The first name over there under which calls end up here.
            for rule in rules where rule.pattern(on: side).matches(key.channel) {
                let beyond = key.named(rule.name(of: key.channel, beyond: side))
                if original(of: beyond, on: side.other) == key { return beyond }
            }
            return nil
        case .subscription, .source:
            guard let beyond = carried(key, from: side), original(of: beyond, on: side.other) == key else { return nil }
            return beyond
        }
    }

    /// The endpoint of the other side that would go by this name on one side; nil where none may.
    package func original(of key: EndpointKey, on side: Side) -> EndpointKey? {
        switch key.kind {
        case .event: return carried(key, from: side)
        case .subscription, .source:
            for rule in rules where rule.pattern(on: side).matches(key.channel) {
                let beyond = key.named(rule.name(of: key.channel, beyond: side))
                if carried(beyond, from: side.other) == key { return beyond }
            }
            return nil
        }
    }

    /// The name that messages to or from an endpoint end up under when they start on one side.
    private func carried(_ key: EndpointKey, from side: Side) -> EndpointKey? {
        let event = key.kind == .source ? nil : key.name
        guard case .carried(let name, _) = verdict(from: side, channel: key.channel, event: event) else { return nil }
        return key.named(name)
    }

    /// Whether anything at all may cross on a channel of one side, either way.
    package func concerns(_ channel: String, on side: Side) -> Bool {
        guard !Self.isReserved(channel) else { return false }
        return rules.contains { $0.pattern(on: side).matches(channel) }
    }

    /// The channels of one side that the rules call by name.
    package func literalChannels(on side: Side) -> [String] {
        rules.map { $0.pattern(on: side) }.filter(\.isLiteral).map(\.description)
    }

    /// Whether channels are there that only their appearance makes known.
    package func hasPatterns(on side: Side) -> Bool {
        rules.contains { !$0.pattern(on: side).isLiteral }
    }
}

extension EndpointKey {
    fileprivate func named(_ channel: String) -> EndpointKey { EndpointKey(kind, channel: channel, name: name) }
}
