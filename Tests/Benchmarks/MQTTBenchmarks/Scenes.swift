import Federation
import MQTTProtocol

/// Many filters, and topics that each match one of them.
final class FilterScene {
    private(set) var trie = TopicTrie<Int>()
    private(set) var topics: [[UInt8]] = []

    init(filterCount: Int, levelCount: Int) {
        let middle = String(repeating: "level/", count: levelCount - 3)
        for number in 0..<filterCount {
            // One in ten has a wildcard.
            let level = number % 10 == 0 ? "+" : "sensor"
            guard let filter = TopicFilter("site/\(middle)device-\(number)/\(level)") else { continue }
            trie.insert(filter, number)
        }
        for number in 0..<256 {
            topics.append(Array("site/\(middle)device-\(number * 7_919 % filterCount)/sensor".utf8))
        }
    }
}

/// Rules of one bridge, and topics that each match one of them.
final class RuleScene {
    var rules: TopicRules
    let topics: [[UInt8]]

    init() {
        let filters = (0..<100).compactMap { TopicFilter("site/area-\($0)/#") }
        rules = TopicRules(filters.compactMap { try? TopicRule(filter: $0) })
        topics = (0..<256).map { Array("site/area-\($0 * 7 % 100)/hall-\($0)/temperature".utf8) }
    }
}
