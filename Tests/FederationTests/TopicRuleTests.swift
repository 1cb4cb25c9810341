import MQTTProtocol
import Testing

@testable import Federation

@Suite struct TopicRuleTests {
    struct Refusal: Sendable {
        let fault: TopicRule.Fault
        var filter = "a/+"
        var direction = Direction.both
        var first = ""
        var second = ""
        var rename: String?
        var excludes: [String] = []
        var share: String?
    }

    private static let long = String(repeating: "l", count: 65_530)

    static let refusals = [
        Refusal(fault: .shared(.known("$share/g/a")), filter: "$share/g/a"),
        Refusal(fault: .shared(.known("$share/g/a")), excludes: ["$share/g/a"]),
        Refusal(fault: .shared(.known("$share/g/+")), filter: "+", rename: "$share/g/{1}"),
        Refusal(fault: .prefixIsNoName(.first), first: "+/"),
        Refusal(fault: .prefixIsNoName(.second), second: "#"),
        Refusal(fault: .prefixIsNoName(.second), second: "a\0/"),
        Refusal(fault: .prefixMeetsWildcard(.first, .known("+/a")), filter: "+/a", first: "site"),
        Refusal(fault: .prefixMeetsWildcard(.second, .known("#")), second: "site", excludes: ["#"]),
        Refusal(fault: .prefixIsShared(.first), first: "$share/g/"),
        Refusal(fault: .prefixIsShared(.second), filter: "are/g/a", second: "$sh"),
        Refusal(fault: .tooLong(.first), filter: "aaaaaaaa", first: long),
        Refusal(fault: .tooLong(.second), second: long + long),
        Refusal(fault: .tooLong(.second), filter: "aa", second: long, share: "group"),
        Refusal(fault: .renameWithPrefix, first: "a/", rename: "b/{1}"),
        Refusal(fault: .renameWithPrefix, second: "a/", rename: "b/{1}"),
        Refusal(fault: .noSuchWildcard(2, of: 1), rename: "{1}/{2}"),
        Refusal(fault: .noSuchWildcard(1, of: 0), filter: "a", rename: "{1}"),
        Refusal(fault: .severalLevels(2), filter: "+/#", direction: .out, rename: "{2}/{1}"),
        Refusal(fault: .severalLevels(1), filter: "#", direction: .out, rename: "a/b{1}"),
        Refusal(fault: .unusedWildcard(2), filter: "+/+", rename: "a/{1}"),
        Refusal(fault: .unusedWildcard(1), direction: .in, rename: "a"),
        Refusal(fault: .repeatedWildcard(1), direction: .in, rename: "{1}/{1}"),
        Refusal(fault: .placeWithinLevel(1), rename: "a{1}"),
        Refusal(fault: .notAGroup("g/h"), share: "g/h"),
        Refusal(fault: .notAGroup(""), share: ""),
    ]

    @Test(arguments: refusals) func refusal(_ refusal: Refusal) {
        #expect(throws: refusal.fault) {
            try TopicRule.make(
                refusal.filter,
                refusal.direction,
                (refusal.first, refusal.second),
                refusal.rename,
                refusal.excludes,
                refusal.share
            )
        }
    }

    @Test func eachFaultHasWordsOfItsOwn() {
        for one in Self.refusals.map(\.fault) {
            for other in Self.refusals.map(\.fault) where other != one {
                #expect(one.description != other.description)
            }
        }
    }

    @Test func oneWayAllowsMore() throws {
        for rename in ["a", "{1}/{1}", "a{1}b"] {
            #expect(throws: Never.self) { try TopicRule.make("a/+", .out, ("", ""), rename) }
        }
    }

    struct Filters: Sendable {
        let rule: TopicRule
        let first: String
        let second: String
    }

    static let filters = [
        Filters(rule: .rule("a/#"), first: "a/#", second: "a/#"),
        Filters(rule: .rule("#", first: "x/", second: "y/z/"), first: "x/#", second: "y/z/#"),
        Filters(rule: .rule("a/+", first: "x"), first: "xa/+", second: "a/+"),
        Filters(rule: .rule("+/a/+", rename: "b/{2}/{1}"), first: "+/a/+", second: "b/+/+"),
        Filters(rule: .rule("a/+/#", rename: "{1}/b/{2}"), first: "a/+/#", second: "+/b/#"),
        // No filter asks for less than the level.
        Filters(rule: .rule("+", .out, rename: "a/b{1}c/{1}"), first: "+", second: "a/+/+"),
        Filters(rule: .rule("a", rename: "b//c"), first: "a", second: "b//c"),
    ]

    @Test(arguments: filters) func filtersOnBothSides(_ filters: Filters) {
        #expect(filters.rule.filter(on: .first).text == filters.first)
        #expect(filters.rule.filter(on: .second).text == filters.second)
    }
}
