import MQTTProtocol

/// Topics that cross only where a filter names them by its first characters, not by a wildcard: those of the bridges (`stinger/bridge/...`) and
/// those of the broker itself (`$...`).
package enum ReservedTopics {
    private static let bridges = Array("stinger/bridge/".utf8)
    private static let bridgesFilter = TopicFilter("stinger/bridge/#")

    static func isBridges(_ topic: UnsafeRawBufferPointer) -> Bool {
        guard topic.count >= bridges.count, topic[0] == UInt8(ascii: "s") else { return false }
        return bridges.withUnsafeBytes { topic.starts(withBytes: $0) }
    }

    static func isBrokers(_ topic: UnsafeRawBufferPointer) -> Bool { topic.first == TopicLevels.dollar }

    package static func contains(_ topic: UnsafeRawBufferPointer) -> Bool { isBridges(topic) || isBrokers(topic) }

    /// Whether a filter names the topics of the bridges.
    static func names(bridges filter: TopicFilter) -> Bool { filter.bytes.starts(with: bridges) }

    /// Whether such a topic may be among those of a filter that does not name it.
    static func canOccur(in filter: TopicFilter) -> Bool {
        if filter.startsWithWildcard { return true }
        guard !filter.startsWithDollar, !names(bridges: filter), let bridgesFilter else { return false }
        return filter.overlaps(bridgesFilter)
    }
}
