import Federation

/// Rules that never come to apply, because an earlier one takes everything that they match.
struct RuleCoverage {
    let rules: [ChannelRule]

    /// The earlier rule that takes everything which the rule at `index` could carry from `side`; nil: some is left to it, or it carries
    /// nothing from there anyway.
    func coveringRule(of index: Int, from side: Side) -> Int? {
        let rule = rules[index]
        guard rule.direction.allows(from: side) else { return nil }
        return rules[..<index].firstIndex { earlier in
            earlier.direction.allows(from: side)
                && Self.covers(earlier.pattern(on: side), rule.pattern(on: side))
                && Self.covers(earlier.events, rule.events)
        }
    }

    /// Whether every name of `other` is one of `pattern`. Not every such pair is recognised; what is recognised is so.
    static func covers(_ pattern: NamePattern, _ other: NamePattern) -> Bool {
        if pattern == other || pattern.description == "*" { return true }
        // A `*` of `other`, taken as a letter, can only be met by a `*`; but a `?` would meet it as well, and it is no single letter.
        return (other.isLiteral || !pattern.hasAnyOne) && pattern.matches(other.description)
    }

    private static func covers(_ events: [NamePattern], _ others: [NamePattern]) -> Bool {
        guard !events.isEmpty else { return true }
        return !others.isEmpty && others.allSatisfy { other in events.contains { covers($0, other) } }
    }
}
