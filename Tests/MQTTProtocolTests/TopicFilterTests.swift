import MQTTProtocol
import TestSupport
import Testing

@Suite struct TopicFilterTests {
    private static let words = ["a", "b", "", "$x", "levelname"]

    private static func filter(_ generator: inout SeededGenerator) -> TopicFilter? {
        var levels = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            Bool.random(using: &generator) ? "+" : words.randomElement(using: &generator) ?? "a"
        }
        if Bool.random(using: &generator) { levels[levels.count - 1] = "#" }
        return TopicFilter(levels.joined(separator: "/"))
    }

    private static func topic(_ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...4, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "a" }
            .joined(separator: "/")
    }

    /// The standard's words, level by level, without any care for speed.
    private static func naive(_ filter: [Substring], _ topic: [Substring], isFirst: Bool = true) -> Bool {
        guard let want = filter.first else { return topic.isEmpty }
        if isFirst, topic[0].hasPrefix("$"), want == "+" || want == "#" { return false }
        if want == "#" { return true }
        guard let level = topic.first, want == "+" || want == level else { return false }
        return naive(Array(filter.dropFirst()), Array(topic.dropFirst()), isFirst: false)
    }

    private static func levels(_ text: String) -> [Substring] {
        text.split(separator: "/", omittingEmptySubsequences: false)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func trieAndFilterMatchAsTheStandardSays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let filters = (0..<300).compactMap { _ in Self.filter(&generator) }
        var trie = TopicTrie<Int>()
        for (number, filter) in filters.enumerated() { trie.insert(filter, number) }
        for number in filters.indices where number % 3 == 0 { trie.remove(filters[number]) { $0 == number } }
        for _ in 0..<500 {
            var topic = Self.topic(&generator)
            guard TopicName.isValid(topic) else { continue }
            let wanted = filters.indices.filter { Self.naive(Self.levels(filters[$0].text), Self.levels(topic)) }
            #expect(filters.indices.filter { filters[$0].matches(topic) } == wanted, "seed \(seed): \(topic)")
            var found: [Int] = []
            topic.withUTF8 { trie.forEachMatch(UnsafeRawBufferPointer($0)) { found.append($0) } }
            #expect(found.sorted() == wanted.filter { $0 % 3 != 0 }, "seed \(seed): \(topic)")
        }
    }
}
