import Federation

/// A bridge whose configuration changes while the process runs takes over the sessions of the one before.
extension TopicRelaySettings {
    /// Whether each session of the other bridge is one of this one's too.
    package func continues(_ other: TopicRelaySettings) -> Bool {
        Side.allCases.allSatisfy { side in
            Side.allCases.contains { isSameSession(settings(of: $0), other.settings(of: side)) }
        }
    }

    /// With what the earlier bridge had subscribed to in the same sessions and this one does not want.
    package func following(_ other: TopicRelaySettings?) -> TopicRelaySettings {
        guard let other else { return self }
        var settings = self
        settings.first.staleFilters = staleFilters(.first, other)
        settings.second.staleFilters = staleFilters(.second, other)
        return settings
    }

    private func staleFilters(_ side: Side, _ other: TopicRelaySettings) -> Set<String> {
        let earlier = Side.allCases.first { isSameSession(settings(of: side), other.settings(of: $0)) }
        guard let earlier else { return [] }
        // Those that it had still to unsubscribe, for want of a connection, too.
        return other.filters(earlier).union(other.settings(of: earlier).staleFilters).subtracting(filters(side))
    }

    private func filters(_ side: Side) -> Set<String> {
        let carried = rules.subscriptions(on: side, widestOnly: true).map(\.text)
        return Set(carried + (settings(of: side).stateTopic.map { [$0] } ?? []))
    }

    private func isSameSession(_ one: BrokerEndSettings, _ other: BrokerEndSettings) -> Bool {
        one.name == other.name && one.session.clientID == other.session.clientID
    }
}
