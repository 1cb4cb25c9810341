package import MQTTProtocol

/// What a person may not have meant.
extension TopicRules {
    /// Two rules that name the same topics, of which the earlier one decides.
    package struct Overlap: Equatable, Sendable {
        package let earlier: Int
        package let later: Int
        /// Where those messages start.
        package let side: Side
        /// The filter of the topics that both name, on that side.
        package let topics: TopicFilter
        /// Nothing is left for the later one.
        package let isWhole: Bool
    }

    /// Each pair of rules once a side.
    package func overlaps() -> [Overlap] {
        var overlaps: [Overlap] = []
        for later in rules.indices {
            for earlier in rules.indices.prefix(upTo: later) {
                for side in Side.allCases where allow(from: side, earlier, later) {
                    let wide = rules[earlier].filter(on: side)
                    let narrow = rules[later].filter(on: side)
                    guard let topics = wide.common(with: narrow) else { continue }
                    overlaps.append(
                        Overlap(
                            earlier: earlier,
                            later: later,
                            side: side,
                            topics: topics,
                            isWhole: wide.covers(narrow) && !namesMoreLiterally(later, than: earlier, on: side)
                        )
                    )
                }
            }
        }
        return overlaps
    }

    private func allow(from side: Side, _ one: Int, _ other: Int) -> Bool {
        rules[one].direction.allows(from: side) && rules[other].direction.allows(from: side)
    }

    /// `#` covers `stinger/bridge/#`, and leaves it those topics.
    private func namesMoreLiterally(_ later: Int, than earlier: Int, on side: Side) -> Bool {
        let ways = decisions(side).ways
        return ways[later].namesBridges && !ways[earlier].namesBridges
    }

    /// A rule whose new names another rule would take back under names that are not the old ones.
    ///
    /// What keeps our own messages from coming back keeps them from wandering so too; a message that comes by way of another bridge, or that
    /// somebody publishes again, would wander.
    package struct Feed: Equatable, Sendable {
        package let rule: Int
        /// Where the messages start.
        package let side: Side
        package let into: Int
        /// One such way of a topic: as it starts, on the other side, and back.
        package let example: [String]
    }

    package func feeds() -> [Feed] {
        var feeds: [Feed] = []
        for side in Side.allCases {
            for rule in rules.indices where rules[rule].direction.allows(from: side) {
                feeds += self.feeds(of: rule, from: side)
            }
        }
        return feeds
    }

    private func feeds(of rule: Int, from side: Side) -> [Feed] {
        var feeds: [Feed] = []
        let far = rules[rule].filter(on: side.other)
        for into in rules.indices where rules[into].direction.allows(from: side.other) {
            guard into != rule, far.overlaps(rules[into].filter(on: side.other)) else { continue }
            if let example = example(rule, from: side, into: into) {
                feeds.append(Feed(rule: rule, side: side, into: into, example: example))
            }
        }
        return feeds
    }

    /// A topic that comes back by another rule under another name, tried with topics that both rules name.
    private func example(_ rule: Int, from side: Side, into: Int) -> [String]? {
        for start in samples(rule, from: side, into: into) {
            guard case .carried(let name, rule) = verdict(from: side, topic: start),
                case .carried(let back, into) = verdict(from: side.other, topic: name),
                Array(back.utf8) != Array(start.utf8)
            else { continue }
            return [start, name, back]
        }
        return nil
    }

    /// Topics of a rule, some of which another takes when they have arrived: each wildcard stands for words that occur nowhere else, or for what
    /// the other rule's filter has in its place.
    private func samples(_ rule: Int, from side: Side, into: Int) -> [String] {
        let near = rules[rule].filter(on: side)
        guard let common = rules[rule].filter(on: side.other).common(with: rules[into].filter(on: side.other)) else {
            return []
        }
        var samples: [String] = []
        for levelCount in 0...2 {
            let name = common.sample(levelCount: levelCount)
            if let start = origin(of: name, by: rule, from: side) { samples.append(start) }
        }
        samples += (0...2).map { near.sample(levelCount: $0) }
        return samples
    }

    /// The topic that a rule gives this name; nil where that can't be told.
    private func origin(of name: String, by rule: Int, from side: Side) -> String? {
        var name = name
        var origin: [UInt8] = []
        let isFound = name.withUTF8 {
            rename(from: side.other, rule: rule, topic: UnsafeRawBufferPointer($0), into: &origin)
        }
        return isFound ? String(decoding: origin, as: UTF8.self) : nil
    }
}

extension TopicFilter {
    /// A topic that it matches, with words of its own for its wildcards, and so many levels for a `#`.
    fileprivate func sample(levelCount: Int) -> String {
        var number = 0
        var levels: [String] = []
        for level in text.split(separator: "/", omittingEmptySubsequences: false) {
            switch level {
            case "+":
                number += 1
                levels.append("any\(number)")
            case "#":
                for _ in 0..<max(levelCount, levels.isEmpty ? 1 : 0) {
                    number += 1
                    levels.append("any\(number)")
                }
            default: levels.append(String(level))
            }
        }
        return levels.joined(separator: "/")
    }
}
