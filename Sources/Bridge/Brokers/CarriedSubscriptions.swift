import Federation
import MQTTProtocol

/// What a bridge subscribes to on one side for its rules, and how it tells by which subscription a message came.
///
/// Two filters that share some topics, neither covering the other, bring those twice from many brokers of MQTT 5 (mosquitto 2.0 among them). So
/// each of such filters gets a subscription identifier, which comes back with its copy.
struct CarriedSubscriptions {
    struct Entry {
        let wanted: TopicRules.Wanted
        /// nil: what it brings comes by no other one.
        let identifier: UInt32?
    }

    let entries: [Entry]
    /// Some entry has an identifier.
    let hasIdentifiers: Bool
    /// By rule; 0: none.
    private let identifiers: [UInt32]

    /// Each takes a SUBSCRIBE of its own, and so many may be under way at a time.
    private static let identifierMaximum = 1_000

    /// - Parameter all: also what a wider filter brings as well.
    init(_ rules: TopicRules, _ side: Side, all: Bool = false) {
        let wanted = rules.subscriptions(on: side, widestOnly: !all)
        var taken: Set<UInt32> = []
        let entries = wanted.indices.map { index in
            let overlaps = wanted.indices.contains { $0 != index && wanted[$0].filter.overlaps(wanted[index].filter) }
            guard overlaps, taken.count < Self.identifierMaximum else {
                return Entry(wanted: wanted[index], identifier: nil)
            }
            return Entry(wanted: wanted[index], identifier: Self.identifier(of: wanted[index].text, &taken))
        }
        var identifiers = [UInt32](repeating: 0, count: rules.rules.count)
        for entry in entries {
            for rule in entry.wanted.rules { identifiers[rule] = entry.identifier ?? 0 }
        }
        self.entries = entries
        self.identifiers = identifiers
        hasIdentifiers = !taken.isEmpty
    }

    /// What rules of the other direction would be subscribed to with: left from a configuration in which they were for this one too.
    static func ofOtherDirection(_ rules: TopicRules, _ side: Side) -> Set<String> {
        let filters = rules.rules.filter { !$0.direction.allows(from: side) }.map { rule in
            let filter = rule.filter(on: side)
            return rule.share.flatMap { SharedSubscription(group: $0, filter: filter)?.text } ?? filter.text
        }
        return Set(filters).subtracting(rules.subscriptions(on: side).map(\.text))
    }

    func identifier(ofRule rule: Int) -> UInt32? { identifiers[rule] == 0 ? nil : identifiers[rule] }

    /// From the filter's text, so that a subscription which an earlier configuration has left on the broker has another one.
    private static func identifier(of filter: String, _ taken: inout Set<UInt32>) -> UInt32 {
        // FNV-1a.
        var hash: UInt32 = 2_166_136_261
        for byte in filter.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        // 1 to 268,435,455 (MQTT 5.0, 3.8.2.1.2).
        var identifier = hash % 268_435_455 + 1
        while !taken.insert(identifier).inserted { identifier = identifier % 268_435_455 + 1 }
        return identifier
    }
}
