import MQTTProtocol
import TestSupport
import Testing

@Suite struct TopicFilterTests {
    private static let words = ["a", "b", "", "$x", "levelname"]

    @Test("MQTT-4.7.2-1: filters and the trie match as the standard says, `$` too", arguments: [UInt64(1), 2, 3])
    func trieAndFilterMatchAsTheStandardSays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let filters = (0..<300).compactMap { _ in TopicFilter(NaiveTopics.filter(of: Self.words, &generator)) }
        var trie = TopicTrie<Int>()
        for (number, filter) in filters.enumerated() { trie.insert(filter, number) }
        for number in filters.indices where number % 3 == 0 { trie.remove(filters[number]) { $0 == number } }
        for _ in 0..<500 {
            var topic = NaiveTopics.topic(of: Self.words, &generator)
            guard TopicName.isValid(topic) else { continue }
            let wanted = filters.indices.filter { NaiveTopics.matches(filters[$0].text, topic) }
            #expect(filters.indices.filter { filters[$0].matches(topic) } == wanted, "seed \(seed): \(topic)")
            var found: [Int] = []
            topic.withUTF8 { trie.forEachMatch(UnsafeRawBufferPointer($0)) { found.append($0) } }
            #expect(found.sorted() == wanted.filter { $0 % 3 != 0 }, "seed \(seed): \(topic)")
        }
    }

    @Test(arguments: ["", "a#", "#/a", "a/#/b", "a+", "+a/b", "a/+b", "a\0", "##", "++"])
    func whatIsNoFilter(text: String) {
        #expect(TopicFilter(text) == nil)
    }

    @Test("MQTT-4.7.3-3: a filter has at most 65,535 bytes") func filtersAreAsLongAsTheStandardAllows() {
        #expect(TopicFilter(String(repeating: "a", count: 65_535)) != nil)
        #expect(TopicFilter(String(repeating: "a", count: 65_536)) == nil)
    }

    /// Swift would take the two for one text.
    @Test("MQTT-4.7.3-4: bytes are compared, and nothing is normalised") func twoSpellingsOfOneLetterAreTwoNames() {
        #expect(TopicFilter("caf\u{E9}") != TopicFilter("cafe\u{301}"))
        #expect(TopicFilter("caf\u{E9}")?.matches("cafe\u{301}") == false)
    }
}
