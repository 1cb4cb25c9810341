/// A subscription whose messages are spread over the clients of a group: `$share/GROUP/FILTER` (MQTT 5.0, 4.8.2).
package struct SharedSubscription: Hashable, Sendable {
    package let group: String
    package let filter: TopicFilter

    private static let start = "$share/"

    /// - Returns: nil where the group can't have that name, or the whole is over 65,535 bytes.
    package init?(group: String, filter: TopicFilter) {
        guard Self.isGroup(group),
            Self.start.utf8.count + group.utf8.count + 1 + filter.bytes.count <= TopicFilter.byteMaximum
        else { return nil }
        self.group = group
        self.filter = filter
    }

    /// - Returns: nil where the text is not of this form.
    package init?(_ text: String) {
        guard Self.isShared(text) else { return nil }
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let filter = TopicFilter(String(parts[2])) else { return nil }
        self.init(group: String(parts[1]), filter: filter)
    }

    /// As SUBSCRIBE has it.
    package var text: String { "\(Self.start)\(group)/\(filter)" }

    /// Whether a broker takes the text for a shared subscription, well formed or not.
    package static func isShared(_ text: String) -> Bool { text.utf8.starts(with: start.utf8) }

    /// Whether a group can have that name: at least one character, no `/`, no wildcard (MQTT-4.8.2-1, MQTT-4.8.2-2).
    package static func isGroup(_ name: String) -> Bool {
        !name.isEmpty
            && !name.utf8.contains {
                $0 == TopicLevels.separator || $0 == TopicLevels.anyLevel || $0 == TopicLevels.anyLevels || $0 == 0
            }
    }
}
