/// A topic filter with wildcards (MQTT 5.0, 4.7.1).
package struct TopicFilter: Hashable, Sendable {
    package let text: String

    /// - Returns: nil where the standard refuses the text: empty, over 65,535 bytes, a zero character, or a wildcard that does not stand alone
    ///   in its level.
    package init?(_ text: String) {
        guard Self.isValid(text) else { return nil }
        self.text = text
    }

    private static func isValid(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 65_535, !text.utf8.contains(0) else { return false }
        let levels = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (position, level) in levels.enumerated() {
            if level.contains(UInt8(ascii: "#")) {
                guard level.count == 1, position == levels.count - 1 else { return false }
            }
            if level.contains(UInt8(ascii: "+")), level.count != 1 { return false }
        }
        return true
    }
}

extension TopicFilter: CustomStringConvertible {
    package var description: String { text }
}
