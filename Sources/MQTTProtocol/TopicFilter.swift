/// A topic filter with wildcards (MQTT 5.0, 4.7.1), compared by its bytes as the standard asks (4.7.3): to Swift's texts, two spellings of one
/// accented letter are equal.
package struct TopicFilter: Sendable {
    package let text: String
    /// The text in UTF-8.
    package let bytes: [UInt8]

    /// Bytes of a topic name or filter (MQTT 5.0, 1.5.4).
    package static let byteMaximum = 65_535

    /// - Returns: nil where the standard refuses the text: empty, over 65,535 bytes, a zero character, or a wildcard that does not stand alone
    ///   in its level.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard Self.isValid(bytes) else { return nil }
        self.text = text
        self.bytes = bytes
    }

    private static func isValid(_ bytes: [UInt8]) -> Bool {
        guard !bytes.isEmpty, bytes.count <= byteMaximum, !bytes.contains(0) else { return false }
        let levels = bytes.split(separator: TopicLevels.separator, omittingEmptySubsequences: false)
        for (position, level) in levels.enumerated() {
            if level.contains(TopicLevels.anyLevels) {
                guard level.count == 1, position == levels.count - 1 else { return false }
            }
            if level.contains(TopicLevels.anyLevel), level.count != 1 { return false }
        }
        return true
    }

    /// Whether it has no wildcard, so that it is the name of one topic.
    package var isLiteral: Bool { !bytes.contains { $0 == TopicLevels.anyLevel || $0 == TopicLevels.anyLevels } }

    /// How many wildcards it has.
    package var wildcardCount: Int { bytes.count { $0 == TopicLevels.anyLevel || $0 == TopicLevels.anyLevels } }

    /// Whether its last level stands for any number of levels, also none.
    package var endsInAnyLevels: Bool { bytes.last == TopicLevels.anyLevels }

    package var startsWithWildcard: Bool { bytes[0] == TopicLevels.anyLevel || bytes[0] == TopicLevels.anyLevels }

    /// Whether it is about topics of the broker's own, such as `$SYS/#` (MQTT 5.0, 4.7.2).
    package var startsWithDollar: Bool { bytes[0] == TopicLevels.dollar }
}

extension TopicFilter: Hashable {
    package static func == (one: TopicFilter, other: TopicFilter) -> Bool { one.bytes == other.bytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension TopicFilter: CustomStringConvertible {
    package var description: String { text }
}
