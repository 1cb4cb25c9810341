import MQTTProtocol
import TestSupport
import Testing

/// Filters as sets, compared with all topics of a few words: what two filters of so few levels say of those, they say of every topic.
@Suite struct TopicFilterSetsTests {
    private static let words = ["a", "", "$x"]
    /// With a word that no filter has, and a level more than they have.
    private static let topics = NaiveTopics.topics(of: words + ["w"], levelMaximum: 4)

    private struct Sample {
        let filter: TopicFilter
        let topics: Set<String>

        init?(_ generator: inout SeededGenerator) {
            let text = NaiveTopics.filter(of: words, &generator)
            guard NaiveTopics.levels(text).count <= 3, let filter = TopicFilter(text) else { return nil }
            self.filter = filter
            topics = Set(TopicFilterSetsTests.topics.filter { NaiveTopics.matches(text, $0) })
        }
    }

    @Test(arguments: [UInt64.random(in: .min ... .max), 1, 2])
    func setsAreThoseOfTheirTopics(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let samples = (0..<70).compactMap { _ in Sample(&generator) }
        var coverCount = 0
        var commonCount = 0
        for one in samples {
            for other in samples {
                let words = "seed \(seed): \(one.filter) and \(other.filter)"
                let isCovered = other.topics.isSubset(of: one.topics)
                #expect(one.filter.covers(other.filter) == isCovered, "\(words)")
                if isCovered { coverCount += 1 }
                let common = one.filter.common(with: other.filter)
                let both = one.topics.intersection(other.topics)
                #expect(one.filter.overlaps(other.filter) == !both.isEmpty, "\(words)")
                #expect(
                    Set(Self.topics.filter { common?.matches($0) == true }) == both,
                    "\(words): \(String(describing: common))"
                )
                if !both.isEmpty { commonCount += 1 }
            }
        }
        // Otherwise nothing was compared.
        #expect(coverCount > samples.count && commonCount > samples.count, "seed \(seed)")
    }

    struct Vector: Sendable {
        let one: String
        let other: String
        let common: String?
        var covers = false
    }

    static let vectors = [
        Vector(one: "#", other: "a/b", common: "a/b", covers: true),
        Vector(one: "#", other: "$SYS/a", common: nil),
        Vector(one: "+/a", other: "$SYS/a", common: nil),
        Vector(one: "$SYS/#", other: "$SYS/a", common: "$SYS/a", covers: true),
        Vector(one: "a/#", other: "a", common: "a", covers: true),
        Vector(one: "a/+", other: "+/b", common: "a/b"),
        Vector(one: "a/+/#", other: "a/#", common: "a/+/#"),
        Vector(one: "+/#", other: "#", common: "+/#", covers: true),
        // There is no topic of which the first level is empty, and no other follows: that would be the empty one.
        Vector(one: "/+/#", other: "/#", common: "/+/#", covers: true),
        Vector(one: "+", other: "/#", common: nil),
    ]

    @Test(arguments: vectors) func vector(_ vector: Vector) throws {
        let one = try #require(TopicFilter(vector.one))
        let other = try #require(TopicFilter(vector.other))
        #expect(one.common(with: other)?.text == vector.common)
        #expect(other.common(with: one)?.text == vector.common)
        #expect(one.covers(other) == vector.covers)
    }
}
