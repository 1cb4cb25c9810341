import MQTTProtocol
import Testing

@testable import Federation

@Suite struct TopicRulesTests {
    // MARK: Which rule, and what becomes of the name

    @Test func theFirstRuleThatMayDecides() {
        var rules = TopicRules([.rule("a/#", .in), .rule("a/+", .out, second: "x/"), .rule("#", second: "y/")])
        #expect(rules.match("a/b", from: .first) == .carried(rule: 1))
        #expect(rules.match("a/b/c", from: .first) == .carried(rule: 2))
        #expect(rules.match("a/b", from: .second) == .carried(rule: 0))
        #expect(rules.match("y/a/b", from: .second) == .carried(rule: 2))
        #expect(rules.match("x/a/b", from: .second) == .otherDirection(rule: 1))
        #expect(rules.match("z/a/b", from: .second) == .noRule)
        #expect(rules.verdict(from: .first, topic: "a/b") == .carried(name: "x/a/b", rule: 1))
        #expect(rules.verdict(from: .second, topic: "y/a/b") == .carried(name: "a/b", rule: 2))
    }

    @Test func anExcludeEndsIt() {
        let rules = TopicRules([
            .rule("a/#", first: "p/", second: "q/", excludes: ["a/x/#", "+/y"]), .rule("+/+/y", second: "z/"),
            .rule("n/+/+", rename: "m/{2}/{1}", excludes: ["n/x/+"]),
        ])
        let why = TopicRules.Verdict.stopped(.excluded(rule: 0, by: .known("+/y")))
        #expect(rules.verdict(from: .first, topic: "p/a/y") == why)
        #expect(rules.verdict(from: .second, topic: "q/a/y") == why)
        #expect(rules.verdict(from: .first, topic: "p/b/y") == .carried(name: "z/p/b/y", rule: 1))
        #expect(rules.verdict(from: .first, topic: "p/a/x") == .stopped(.excluded(rule: 0, by: .known("a/x/#"))))
        // The excludes of a rename are names of the first side, also for messages from the second.
        #expect(rules.verdict(from: .first, topic: "n/x/1") == .stopped(.excluded(rule: 2, by: .known("n/x/+"))))
        #expect(rules.verdict(from: .second, topic: "m/1/x") == .stopped(.excluded(rule: 2, by: .known("n/x/+"))))
        #expect(rules.verdict(from: .second, topic: "m/x/1") == .carried(name: "n/1/x", rule: 2))
    }

    @Test func whyNothingIsCarried() {
        let rules = TopicRules([.rule("a", .out), .rule("b/#", .out, first: "b/"), .rule("#", .out, first: "c/")])
        #expect(rules.verdict(from: .second, topic: "a") == .stopped(.otherDirection(rule: 0)))
        #expect(rules.verdict(from: .first, topic: "d") == .stopped(.noRule))
        #expect(rules.verdict(from: .first, topic: "c/") == .stopped(.noNewName(rule: 2)))
        // The filter matches it, but it has no prefix that could go.
        #expect(rules.verdict(from: .first, topic: "c") == .stopped(.noRule))
        for topic in ["", "a/+", "#", "a\0", String(repeating: "a", count: 65_536)] {
            #expect(rules.verdict(from: .first, topic: topic) == .stopped(.noTopicName))
        }
    }

    @Test func aNameThatBecomesTooLong() {
        let rules = TopicRules([.rule("#", second: "long/")])
        let topic = String(repeating: "a", count: 65_531)
        #expect(rules.verdict(from: .first, topic: topic) == .stopped(.noNewName(rule: 0)))
        #expect(
            rules.verdict(from: .first, topic: String(topic.dropLast()))
                == .carried(name: "long/\(topic.dropLast())", rule: 0)
        )
    }

    @Test(arguments: [
        ("+/a/+", "b/{2}/{1}", "x/a/y", "b/y/x"), ("a/#", "new/{1}", "a/b/c", "new/b/c"),
        ("a/#", "new/{1}", "a", "new"), ("a/#", "new/{1}", "a/", "new/"), ("a/+", "{1}", "a/", nil),
        ("#", "all/{1}", "x/y", "all/x/y"), ("+/#", "{1}/b/{2}", "/", "/b/"), ("+/#", "{1}/b/{2}", "x", "x/b"),
        ("a", "b//c", "a", "b//c"),
    ])
    func renamesAndTheirWayBack(filter: String, rename: String, topic: String, name: String?) {
        let rules = TopicRules([.rule(filter, rename: rename)])
        #expect(rules.rename(topic, from: .first, rule: 0) == name)
        if let name { #expect(rules.rename(name, from: .second, rule: 0) == topic) }
    }

    @Test func renamesOneWay() {
        var rules = TopicRules([.rule("a/+", .out, rename: "b{1}/{1}/c")])
        #expect(rules.carried("a/x", from: .first) == "bx/x/c")
        #expect(rules.rename("bx/x/c", from: .second, rule: 0) == nil)
        #expect(!rules.isIdentity(0))
        #expect(TopicRules([.rule("a")]).isIdentity(0))
        #expect(TopicRules([.rule("a", first: "x/", second: "x/")]).isIdentity(0))
    }

    @Test func whatDoesNotFitIsNotRenamed() {
        let rules = TopicRules([.rule("a/+", rename: "b/{1}"), .rule("#", first: "prefix/")])
        for topic in ["c/d", "a", "a/b/c"] { #expect(rules.rename(topic, from: .first, rule: 0) == nil) }
        #expect(rules.rename("pre", from: .first, rule: 1) == nil)
    }

    @Test func theLastTopicIsRememberedForItsSide() {
        var rules = TopicRules([.rule("a", .out), .rule("b", .in)])
        for _ in 0..<2 {
            #expect(rules.match("a", from: .first) == .carried(rule: 0))
            #expect(rules.match("a", from: .second) == .otherDirection(rule: 0))
            #expect(rules.match("b", from: .second) == .carried(rule: 1))
            #expect(rules.match("b", from: .first) == .otherDirection(rule: 1))
        }
    }

    // MARK: Reserved topics

    @Test(arguments: ["stinger/bridge/x", "stinger/bridge/", "$SYS/uptime", "$"])
    func reservedTopicsStay(topic: String) {
        for filter in ["#", "+/#", "stinger/#", "stinger/+/x", "+/bridge/+"] {
            let rules = TopicRules([.rule(filter)])
            #expect(rules.verdict(from: .first, topic: topic) == .stopped(.reserved), "\(filter)")
        }
    }

    @Test func reservedTopicsThatARuleNamesCross() {
        let rules = TopicRules([.rule("#"), .rule("stinger/bridge/#"), .rule("$SYS/#", .out, second: "west/")])
        #expect(rules.verdict(from: .first, topic: "stinger/bridge/x") == .carried(name: "stinger/bridge/x", rule: 1))
        #expect(rules.verdict(from: .first, topic: "$SYS/a") == .carried(name: "west/$SYS/a", rule: 2))
        #expect(rules.verdict(from: .first, topic: "stinger/bridge") == .carried(name: "stinger/bridge", rule: 0))
        #expect(rules.verdict(from: .first, topic: "stinger/bridges/x") == .carried(name: "stinger/bridges/x", rule: 0))
    }

    @Test func nothingBecomesAReservedTopicUnasked() {
        let rules = TopicRules([
            .rule("#", first: "west/"), .rule("+/+", .out, rename: "stinger/{1}/{2}"), .rule("own/#", second: "$own/"),
        ])
        #expect(rules.verdict(from: .first, topic: "west/stinger/bridge/x") == .stopped(.reserved))
        #expect(rules.verdict(from: .first, topic: "west/$SYS/x") == .stopped(.reserved))
        #expect(rules.verdict(from: .first, topic: "bridge/x") == .stopped(.reserved))
        #expect(rules.verdict(from: .first, topic: "ridge/x") == .carried(name: "stinger/ridge/x", rule: 1))
        // The new name is written out.
        #expect(rules.verdict(from: .first, topic: "own/x/y") == .carried(name: "$own/own/x/y", rule: 2))
    }

    // MARK: Answers

    @Test func aReturnNameLeadsBack() throws {
        let rules = TopicRules([
            .rule("request/#", .out, second: "west/"), .rule("reply/+", .in, rename: "back/{1}"),
            .rule("reply/#", .out),
        ])
        let found = try #require(rules.returnName("reply/7", from: .first))
        #expect(found == ("back/7", 1))
        #expect(rules.verdict(from: .second, topic: "back/7") == .carried(name: "reply/7", rule: 1))
        #expect(rules.returnName("reply/7/8", from: .first) == nil)
        #expect(rules.returnName("request/7", from: .first) == nil)
        #expect(rules.returnName("reply/+", from: .first) == nil)
        let other = try #require(rules.returnName("west/request/7", from: .second))
        #expect(other == ("request/7", 0))
    }

    /// An earlier rule would take the answer elsewhere.
    @Test func aReturnNameThatLeadsElsewhereIsNone() {
        let rules = TopicRules([.rule("x/#", .in, first: "else/"), .rule("reply/+", rename: "x/{1}")])
        #expect(rules.returnName("reply/1", from: .first) == nil)
        let excluded = TopicRules([.rule("reply/+", excludes: ["reply/1"])])
        #expect(excluded.returnName("reply/1", from: .first) == nil)
        #expect(excluded.returnName("reply/2", from: .first)?.name == "reply/2")
    }

    // MARK: Subscriptions

    @Test func subscriptionsOfASide() {
        let rules = TopicRules([
            .rule("a/b", qos: .atLeastOnce), .rule("a/#", .out, qos: .atMostOnce), .rule("c/#", .in, first: "x/"),
            .rule("a/b", .out, qos: .exactlyOnce), .rule("a/c", .out, share: "g"), .rule("d", .out, share: "g"),
        ])
        let all = rules.subscriptions(on: .first)
        #expect(all.map(\.text) == ["a/b", "a/#", "$share/g/a/c", "$share/g/d"])
        #expect(all.map(\.rules) == [[0, 3], [1], [4], [5]])
        #expect(all.map(\.qos) == [.exactlyOnce, .atMostOnce, .exactlyOnce, .exactlyOnce])
        let widest = rules.subscriptions(on: .first, widestOnly: true)
        #expect(widest.map(\.text) == ["a/#", "$share/g/d"])
        #expect(widest.map(\.rules) == [[0, 1, 3, 4], [5]])
        #expect(widest.map(\.qos) == [.exactlyOnce, .exactlyOnce])
        #expect(rules.subscriptions(on: .second).map(\.text) == ["a/b", "c/#"])
    }

    @Test func aSharedSubscriptionBringsNobodyElsesMessages() {
        let rules = TopicRules([.rule("#", share: "g"), .rule("a"), .rule("b", share: "h"), .rule("c", share: "g")])
        #expect(
            rules.subscriptions(on: .first, widestOnly: true).map(\.text) == ["$share/g/#", "a", "$share/h/b"]
        )
    }
}
