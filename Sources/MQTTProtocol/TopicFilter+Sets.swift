/// A filter as the set of the topics that it matches. A wildcard at the start stands for no level that begins with `$` (MQTT-4.7.2-1), and `#`
/// also for no level at all: `a/#` matches `a` (MQTT 5.0, 4.7.1.2).
extension TopicFilter {
    /// - Parameter topic: the name of a topic, without wildcards.
    package func matches(_ topic: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { Self.matches(filter: $0, topic: topic) }
    }

    package func matches(_ topic: String) -> Bool {
        var topic = topic
        return topic.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    private static func matches(filter: UnsafeRawBufferPointer, topic: UnsafeRawBufferPointer) -> Bool {
        if topic.first == TopicLevels.dollar, filter.first != TopicLevels.dollar { return false }
        var levels = TopicLevels(topic)
        var wanted = TopicLevels(filter)
        while let want = wanted.nextLevel() {
            if want.isWildcard(TopicLevels.anyLevels) { return true }
            guard let level = levels.nextLevel() else { return false }
            if want.isWildcard(TopicLevels.anyLevel) { continue }
            guard want.hasSameBytes(as: level) else { return false }
        }
        return levels.isAtEnd
    }

    /// Whether it matches every topic that `other` matches.
    package func covers(_ other: TopicFilter) -> Bool {
        if startsWithWildcard, other.startsWithDollar { return false }
        // No topic has no level at all, so at the start nothing is lost by asking for one.
        if other.text == "#" { return text == "#" || text == "+/#" }
        return bytes.withUnsafeBytes { mine in
            other.bytes.withUnsafeBytes { theirs in
                var mine = TopicLevels(mine)
                var theirs = TopicLevels(theirs)
                while let want = mine.nextLevel() {
                    if want.isWildcard(TopicLevels.anyLevels) { return true }
                    guard let level = theirs.nextLevel(), !level.isWildcard(TopicLevels.anyLevels) else { return false }
                    if want.isWildcard(TopicLevels.anyLevel) { continue }
                    guard want.hasSameBytes(as: level) else { return false }
                }
                return theirs.isAtEnd
            }
        }
    }

    /// Whether there is a topic that both match.
    package func overlaps(_ other: TopicFilter) -> Bool { common(with: other) != nil }

    /// The filter of exactly the topics that both match; nil: there are none.
    package func common(with other: TopicFilter) -> TopicFilter? {
        guard !(startsWithWildcard && other.startsWithDollar), !(other.startsWithWildcard && startsWithDollar) else {
            return nil
        }
        let text = bytes.withUnsafeBytes { mine in
            other.bytes.withUnsafeBytes { theirs in Self.common(mine, theirs) }
        }
        return text.flatMap { TopicFilter(String(decoding: $0, as: UTF8.self)) }
    }

    private static func common(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> [UInt8]? {
        var ones = TopicLevels(one)
        var others = TopicLevels(other)
        var levels: [UnsafeRawBufferPointer] = []
        while true {
            switch (ones.nextLevel(), others.nextLevel()) {
            case (nil, nil): return joined(levels)
            case (nil, let level?), (let level?, nil):
                return level.isWildcard(TopicLevels.anyLevels) ? joined(levels) : nil
            case (let level?, let other?):
                if level.isWildcard(TopicLevels.anyLevels) { return joined(levels + [other], &others) }
                if other.isWildcard(TopicLevels.anyLevels) { return joined(levels + [level], &ones) }
                if level.isWildcard(TopicLevels.anyLevel) {
                    levels.append(other)
                } else {
                    guard other.isWildcard(TopicLevels.anyLevel) || level.hasSameBytes(as: other) else { return nil }
                    levels.append(level)
                }
            }
        }
    }

    private static func joined(_ levels: [UnsafeRawBufferPointer], _ rest: inout TopicLevels) -> [UInt8] {
        var levels = levels
        while let level = rest.nextLevel() { levels.append(level) }
        return joined(levels)
    }

    private static func joined(_ levels: [UnsafeRawBufferPointer]) -> [UInt8] {
        Array(levels.joined(separator: CollectionOfOne(TopicLevels.separator)))
    }
}
