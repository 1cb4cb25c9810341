package import MQTTProtocol

extension TopicRules {
    /// What is subscribed to on one side.
    package struct Wanted: Equatable, Sendable {
        package let filter: TopicFilter
        /// The group of a shared subscription; nil: an ordinary one.
        package let share: String?
        /// The rules whose messages it brings, in their order.
        package fileprivate(set) var rules: [Int]
        /// The highest of those rules.
        package fileprivate(set) var qos: QoS

        /// As SUBSCRIBE has it.
        package var text: String {
            guard let share else { return filter.text }
            return SharedSubscription(group: share, filter: filter)?.text ?? filter.text
        }
    }

    /// What is to be subscribed to for the rules that allow messages from a side, each once, in the order of the rules.
    ///
    /// - Parameter widestOnly: leave out what a wider one brings as well. A broker may send a message once for each subscription that matches
    ///   (MQTT 5.0, 3.3.4); on the other hand it may refuse the wider one and grant the narrower.
    package func subscriptions(on side: Side, widestOnly: Bool = false) -> [Wanted] {
        var wanted: [Wanted] = []
        for (index, rule) in rules.enumerated() where rule.direction.allows(from: side) {
            let filter = rule.filter(on: side)
            if let known = wanted.firstIndex(where: { $0.filter == filter && $0.share == rule.share }) {
                wanted[known].rules.append(index)
                wanted[known].qos = max(wanted[known].qos, rule.qos)
            } else {
                wanted.append(Wanted(filter: filter, share: rule.share, rules: [index], qos: rule.qos))
            }
        }
        return widestOnly ? Self.widest(of: wanted) : wanted
    }

    private static func widest(of wanted: [Wanted]) -> [Wanted] {
        var widest: [Wanted] = []
        for want in wanted {
            if let wider = widest.firstIndex(where: { $0.brings(want) }) {
                widest[wider].take(want)
                continue
            }
            var want = want
            for narrower in widest where want.brings(narrower) { want.take(narrower) }
            widest.removeAll { want.brings($0) }
            widest.append(want)
        }
        return widest.sorted { $0.rules[0] < $1.rules[0] }
    }
}

extension TopicRules.Wanted {
    /// Whether what another subscription asks for comes by this one too; a shared one brings only its share.
    fileprivate func brings(_ other: Self) -> Bool {
        (share == nil || share == other.share) && filter.covers(other.filter)
    }

    fileprivate mutating func take(_ other: Self) {
        rules = (rules + other.rules).sorted()
        qos = max(qos, other.qos)
    }
}
