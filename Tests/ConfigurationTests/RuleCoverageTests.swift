import Federation
import TestSupport
import Testing

@testable import Configuration

/// Rules that never apply are found, and only those.
@Suite struct RuleCoverageTests {
    private func rule(
        _ pattern: String,
        _ direction: Direction = .both,
        as rename: String? = nil,
        events: [String] = []
    ) throws -> ChannelRule {
        try ChannelRule(
            pattern: NamePattern(pattern),
            direction: direction,
            rename: rename.map { NamePattern($0) },
            events: events.map { NamePattern($0) }
        )
    }

    @Test(arguments: [
        ("a", "a", true), ("*", "a", true), ("*", "?", true), ("a*", "a", true), ("a*", "ab*", true),
        ("a*b", "a*c*b", true),
        ("a?", "ab", true), ("a?", "a?", true), ("**", "*", true), ("a", "a*", false), ("a?", "a*", false),
        ("a*", "*", false), ("a*b", "a*", false), ("?", "*", false), ("ab*", "a*", false), ("?*", "*", false),
    ])
    func onePatternCoversAnother(pattern: String, other: String, covers: Bool) {
        #expect(RuleCoverage.covers(NamePattern(pattern), NamePattern(other)) == covers)
    }

    @Test func whatAnEarlierRuleLeavesIsNotCovered() throws {
        let rules = [
            try rule("a*", .out), try rule("ab", .in), try rule("b*", .both, events: ["x"]), try rule("bc"),
            try rule("c", .both, as: "d"), try rule("d"), try rule("e", .both, as: "d"),
        ]
        #expect(RuleCoverage.covered(rules, from: .first) == [:])
        #expect(RuleCoverage.covered(rules, from: .second) == [5: 4, 6: 4])
    }

    /// Of every bridge drawn from a seed: a rule that is said never to apply carries none of all short names.
    @Test func aCoveredRuleCarriesNothing() throws {
        var random = SeededGenerator(seed: 7)
        let patterns = ["a", "b", "ab", "*", "a*", "*b", "?", "a?", "?b", "a*b", "**", "ba"]
        let events = [[], ["x"], ["x", "y"], ["*"], ["x*"]]
        let names = ["a", "b", "ab", "ba", "aa", "bb", "aab", "abb", "bab", "aba", "c", "ac", "cb"]
        var covered = 0
        for _ in 0..<400 {
            let rules = try (0..<5).map { _ in
                try rule(
                    patterns.randomElement(using: &random)!,
                    Direction.allCases.randomElement(using: &random)!,
                    events: events.randomElement(using: &random)!
                )
            }
            for side in Side.allCases {
                let found = RuleCoverage.covered(rules, from: side)
                covered += found.count
                for (name, event) in names.flatMap({ name in [nil, "x", "y", "xz", "z"].map { (name, $0) } }) {
                    let verdict = ChannelRules(rules).verdict(from: side, channel: name, event: event)
                    guard case .carried(_, let index) = verdict else { continue }
                    #expect(found[index] == nil, "\(rules) \(name) \(event ?? "-")")
                }
            }
        }
        #expect(covered > 200)
    }
}
