import MQTTProtocol
import TestSupport
import Testing

@testable import Federation

@Suite struct TopicRulesChecksTests {
    @Test func overlapsOfTwoRules() {
        let rules = TopicRules([.rule("a/+", .out), .rule("+/b", .out), .rule("a/b", .out), .rule("a/c", .in)])
        #expect(
            rules.overlaps() == [
                .init(earlier: 0, later: 1, side: .first, topics: .known("a/b"), isWhole: false),
                .init(earlier: 0, later: 2, side: .first, topics: .known("a/b"), isWhole: true),
                .init(earlier: 1, later: 2, side: .first, topics: .known("a/b"), isWhole: true),
            ]
        )
    }

    @Test func overlapsAreOfASide() {
        let rules = TopicRules([.rule("a/#", second: "x/"), .rule("a/b", second: "y/")])
        #expect(rules.overlaps().map(\.side) == [.first])
    }

    @Test func whatIsNamedMoreLiterallyIsLeft() {
        let rules = TopicRules([.rule("#", .out), .rule("stinger/bridge/#", .out), .rule("$SYS/#", .out)])
        #expect(
            rules.overlaps() == [
                .init(earlier: 0, later: 1, side: .first, topics: .known("stinger/bridge/#"), isWhole: false)
            ]
        )
    }

    /// The name that is the prefix without its separator is not among the names with the prefix.
    @Test func aPrefixIsNotAmongItsNames() {
        let rules = TopicRules([.rule("#", .out, first: "site/"), .rule("site", .out)])
        #expect(rules.overlaps().isEmpty)
        #expect(rules.verdict(from: .first, topic: "site") == .carried(name: "site", rule: 1))
    }

    @Test func namesThatComeBackAsOthers() throws {
        let rules = TopicRules([.rule("#", .out, second: "west/"), .rule("#", .in)])
        let feed = try #require(rules.feeds().first { $0.side == .first })
        #expect(feed.rule == 0 && feed.into == 1)
        #expect(feed.example.count == 3)
        #expect(feed.example[1] == "west/\(feed.example[0])")
        #expect(feed.example[2] == feed.example[1])
        #expect(rules.feeds().allSatisfy { $0.example[0] != $0.example[2] })
    }

    @Test func namesThatComeBackAsTheyWereFeedNothing() {
        #expect(TopicRules([.rule("#", second: "west/")]).feeds().isEmpty)
        #expect(TopicRules([.rule("a/#", .out), .rule("a/#", .in)]).feeds().isEmpty)
        #expect(TopicRules([.rule("a/#", .out, second: "x/"), .rule("b/#", .in)]).feeds().isEmpty)
    }
}
