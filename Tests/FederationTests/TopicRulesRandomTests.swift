import MQTTProtocol
import TestSupport
import Testing

@testable import Federation

/// Rules drawn from a seed, and what holds for all of them.
@Suite struct TopicRulesRandomTests {
    private static let words = ["a", "b", "", "stinger", "bridge", "$x"]
    private static let templates = ["n/{1}", "{2}/a/{1}", "{1}/b/{2}", "a/b", "{1}", "stinger/{1}/{2}", "$x/{1}"]
    private static let prefixes = ["", "", "a/", "a", "stinger/", "$x/"]

    private static func rule(_ generator: inout SeededGenerator) -> TopicRule? {
        let prefix = (
            prefixes.randomElement(using: &generator) ?? "", prefixes.randomElement(using: &generator) ?? ""
        )
        let rename = Int.random(in: 0..<3, using: &generator) == 0 ? templates.randomElement(using: &generator) : nil
        let excludes = (0..<Int.random(in: 0...2, using: &generator)).map { _ in
            NaiveTopics.filter(of: words, &generator)
        }
        let filter = NaiveTopics.filter(of: words, &generator)
        guard ([filter] + excludes).allSatisfy({ TopicFilter($0) != nil }) else { return nil }
        return try? .make(
            filter,
            Direction.allCases.randomElement(using: &generator) ?? .both,
            rename == nil ? prefix : ("", ""),
            rename,
            excludes
        )
    }

    private static func rules(_ generator: inout SeededGenerator) -> TopicRules {
        TopicRules((0..<8).compactMap { _ in rule(&generator) })
    }

    /// Each rule in turn, as texts. Only how a name changes is not said again here.
    private static func naive(_ rules: TopicRules, _ topic: String, from side: Side) -> TopicRules.Match {
        let isBridges = topic.hasPrefix("stinger/bridge/")
        var stop: TopicRules.Match?
        for (index, rule) in rules.rules.enumerated() {
            let near = rule.filter(on: side).text
            guard NaiveTopics.matches(near, topic), topic.hasPrefix(rule.prefix(on: side)) else { continue }
            if isBridges, !near.hasPrefix("stinger/bridge/") { continue }
            guard rule.direction.allows(from: side) else {
                stop = stop ?? .otherDirection(rule: index)
                continue
            }
            let name = rules.rename(topic, from: side, rule: index)
            // As the excludes have it.
            let known = rule.rename != nil && side == .second ? name : topic
            let start = rule.rename == nil ? rule.prefix(on: side) : ""
            if let known, rule.excludes.contains(where: { NaiveTopics.matches(start + $0.text, known) }) {
                return .excluded(rule: index)
            }
            if becomesReserved(rules, topic, from: side, by: index) {
                stop = stop ?? .reserved
                continue
            }
            return .carried(rule: index)
        }
        return stop ?? (isBridges || topic.hasPrefix("$") ? .reserved : .noRule)
    }

    private static func becomesReserved(_ rules: TopicRules, _ topic: String, from side: Side, by rule: Int) -> Bool {
        guard let name = rules.rename(topic, from: side, rule: rule), name != topic else { return false }
        let far = rules.rules[rule].filter(on: side.other).text
        return name.hasPrefix("stinger/bridge/") && !far.hasPrefix("stinger/bridge/")
            || name.hasPrefix("$") && !far.hasPrefix("$")
    }

    @Test(arguments: [UInt64.random(in: .min ... .max), 1, 2]) func whatHoldsForAllRules(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var carriedCount = 0
        var backCount = 0
        var answerCount = 0
        for round in 0..<50 {
            var rules = Self.rules(&generator)
            let overlaps = rules.overlaps()
            for _ in 0..<60 {
                let topic = NaiveTopics.topic(of: Self.words, &generator)
                guard TopicName.isValid(topic) else { continue }
                for side in Side.allCases {
                    let words = "seed \(seed), round \(round): \(topic) from \(side)"
                    let match = rules.match(topic, from: side)
                    #expect(match == Self.naive(rules, topic, from: side), "\(words)")
                    #expect(rules.match(topic, from: side) == match, "\(words)")
                    if let found = rules.returnName(topic, from: side) {
                        answerCount += 1
                        #expect(
                            rules.verdict(from: side.other, topic: found.name)
                                == .carried(name: topic, rule: found.rule),
                            "\(words)"
                        )
                    }
                    guard case .carried(let rule) = match else { continue }
                    #expect(
                        !overlaps.contains { overlap in
                            overlap.later == rule && overlap.side == side && overlap.isWhole
                                && !Self.becomesReserved(rules, topic, from: side, by: overlap.earlier)
                        },
                        "\(words): nothing was to be left for \(rule)"
                    )
                    guard let name = rules.rename(topic, from: side, rule: rule) else { continue }
                    carriedCount += 1
                    let far = rules.rules[rule].filter(on: side.other)
                    #expect(far.matches(name), "\(words): \(far) and \(name)")
                    #expect(rules.isIdentity(rule) == false || name == topic, "\(words)")
                    if rules.rules[rule].direction == .both {
                        backCount += 1
                        #expect(rules.rename(name, from: side.other, rule: rule) == topic, "\(words): \(name)")
                    }
                }
            }
            for feed in rules.feeds() {
                let carried = TopicRules.Verdict.carried(name: feed.example[1], rule: feed.rule)
                #expect(rules.verdict(from: feed.side, topic: feed.example[0]) == carried, "seed \(seed)")
                let back = TopicRules.Verdict.carried(name: feed.example[2], rule: feed.into)
                #expect(rules.verdict(from: feed.side.other, topic: feed.example[1]) == back, "seed \(seed)")
                #expect(feed.example[0] != feed.example[2])
            }
        }
        // Otherwise nothing was compared.
        #expect(carriedCount > 200 && backCount > 50 && answerCount > 50, "seed \(seed)")
    }
}
