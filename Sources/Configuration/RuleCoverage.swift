import Federation

/// Rules that never come to apply, because an earlier one takes everything that they match.
enum RuleCoverage {
    /// For each rule that can carry nothing from `side`, although its direction says so, the earlier rule that takes it.
    ///
    /// A rule can only cover names that begin as it does up to its first `*` or `?`, so only those with such a beginning are compared.
    static func covered(_ rules: [ChannelRule], from side: Side) -> [Int: Int] {
        var covered: [Int: Int] = [:]
        var earlier: [[UInt8]: [Int]] = [:]
        for (index, rule) in rules.enumerated() where rule.direction.allows(from: side) {
            let pattern = rule.pattern(on: side)
            let name = Array(pattern.description.utf8)
            let candidates = (0...name.count).flatMap { earlier[Array(name[..<$0])] ?? [] }
            covered[index] = candidates.sorted().first {
                covers(rules[$0].pattern(on: side), pattern) && covers(rules[$0].events, rule.events)
            }
            // What is covered covers nothing that its own cover does not, so each beginning keeps few rules.
            if covered[index] == nil {
                earlier[Array(name.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }), default: []]
                    .append(index)
            }
        }
        return covered
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
