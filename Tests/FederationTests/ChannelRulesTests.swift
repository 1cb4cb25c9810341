import Testing

@testable import Federation

@Suite struct ChannelRulesTests {
    @Test func theFirstRuleThatCarriesDecides() {
        let rules = ChannelRules([
            .rule("motor.left", .in), .rule("motor.*", .out, rename: "plant.*"), .rule("*", events: ["state"]),
        ])
        #expect(rules.verdict(from: .first, channel: "motor.left") == .carried(name: "plant.left", rule: 1))
        #expect(rules.verdict(from: .second, channel: "motor.left") == .carried(name: "motor.left", rule: 0))
        #expect(rules.verdict(from: .first, channel: "alarms", event: "state") == .carried(name: "alarms", rule: 2))
    }

    @Test func whyNothingIsCarried() {
        let rules = ChannelRules([
            .rule("a", .out), .rule("b", events: ["x", "y*"]), .rule("c", .in), .rule("c", events: ["x"]),
        ])
        #expect(rules.verdict(from: .first, channel: "d") == .stopped(.noRule))
        #expect(rules.verdict(from: .second, channel: "a") == .stopped(.otherDirection(rule: 0)))
        #expect(rules.verdict(from: .first, channel: "b", event: "z") == .stopped(.otherEvents(rule: 1)))
        #expect(rules.verdict(from: .first, channel: "b", event: "yes") == .carried(name: "b", rule: 1))
        #expect(rules.verdict(from: .first, channel: "b") == .carried(name: "b", rule: 1))
        #expect(rules.verdict(from: .first, channel: "c", event: "y") == .stopped(.otherEvents(rule: 3)))
    }

    @Test(arguments: ["__comm_ipc_system", "__comm_ipc_logs", "__stinger_routes"])
    func reservedChannelsStay(channel: String) {
        let rules = ChannelRules([.rule("*"), .rule(channel)])
        #expect(rules.verdict(from: .first, channel: channel) == .stopped(.systemChannel))
        #expect(!rules.concerns(channel, on: .first))
        #expect(rules.counterpart(of: .event(channel, "x"), on: .first) == nil)
    }

    @Test func nothingIsRenamedToAReservedChannel() {
        let rules = ChannelRules([.rule("*", rename: "__comm_ipc*")])
        #expect(rules.verdict(from: .first, channel: "_system") == .stopped(.systemChannel))
    }

    @Test func renamesWorkBothWays() {
        let rules = ChannelRules([.rule("alarms", rename: "west.alarms"), .rule("m.*.x", rename: "w.*")])
        #expect(rules.verdict(from: .first, channel: "alarms") == .carried(name: "west.alarms", rule: 0))
        #expect(rules.verdict(from: .second, channel: "west.alarms") == .carried(name: "alarms", rule: 0))
        #expect(rules.verdict(from: .second, channel: "alarms") == .stopped(.noRule))
        #expect(rules.verdict(from: .first, channel: "m.left.x") == .carried(name: "w.left", rule: 1))
        #expect(rules.verdict(from: .second, channel: "w.left") == .carried(name: "m.left.x", rule: 1))
        #expect(rules.verdict(from: .second, channel: "w.") == .carried(name: "m..x", rule: 1))
    }

    @Test func unclearRenamesAreRefused() {
        #expect(throws: ChannelRule.Fault.manyNamesToOne) {
            try ChannelRule(pattern: NamePattern("a*"), rename: NamePattern("b"))
        }
        for (pattern, rename) in [("a*b*", "c*"), ("a", "c*"), ("a?*", "c*"), ("a*", "c?"), ("a*", "c*d*")] {
            #expect(throws: ChannelRule.Fault.unclearRename) {
                try ChannelRule(pattern: NamePattern(pattern), rename: NamePattern(rename))
            }
        }
    }

    static let kinds: [EndpointKey] = [.event("c", "x"), .subscription("c", "x"), .source("c", hub: "west")]

    /// Calls go to an endpoint, everything else comes from it.
    @Test(arguments: kinds, Direction.allCases)
    func directionsOfEndpoints(key: EndpointKey, direction: Direction) {
        let rules = ChannelRules([.rule("c", direction, rename: "d")])
        let beyond = EndpointKey(key.kind, channel: "d", name: key.name)
        let messagesStartOn: Side = key.kind == .event ? .second : .first
        let mayCross = direction.allows(from: messagesStartOn)
        #expect(rules.counterpart(of: key, on: .first) == (mayCross ? beyond : nil))
        #expect(rules.original(of: beyond, on: .second) == (mayCross ? key : nil))
    }

    /// Two channels that become one over there: which of them is there is the same whoever asks, and in whatever order.
    @Test func oneNameForTwoIsTheFirstOnes() {
        let rules = ChannelRules([.rule("a", .out, rename: "x"), .rule("b", .out, rename: "x")])
        #expect(rules.counterpart(of: .source("a", hub: "h"), on: .first) == .source("x", hub: "h"))
        #expect(rules.counterpart(of: .source("b", hub: "h"), on: .first) == nil)
        #expect(rules.original(of: .source("x", hub: "h"), on: .second) == .source("a", hub: "h"))
    }

    /// An event with two names over there is offered under one, and calls to that end up here.
    @Test func oneOfTwoNames() {
        let rules = ChannelRules([.rule("a", .out, rename: "c"), .rule("b", .out, rename: "c")])
        #expect(rules.counterpart(of: .event("c", "x"), on: .second) == .event("a", "x"))
        #expect(rules.original(of: .event("a", "x"), on: .first) == .event("c", "x"))
    }

    @Test func eventsOfARuleHoldForEndpoints() {
        let rules = ChannelRules([.rule("c", events: ["get*"])])
        #expect(rules.counterpart(of: .event("c", "getAll"), on: .first) == .event("c", "getAll"))
        #expect(rules.counterpart(of: .event("c", "setAll"), on: .first) == nil)
        #expect(rules.counterpart(of: .subscription("c", "getAll"), on: .second) == .subscription("c", "getAll"))
        #expect(rules.counterpart(of: .source("c", hub: "west"), on: .first) == .source("c", hub: "west"))
    }

    @Test func channelsByNameAndByPattern() {
        let rules = ChannelRules([.rule("a", rename: "b"), .rule("m.*", rename: "w.*")])
        #expect(rules.literalChannels(on: .first) == ["a"])
        #expect(rules.literalChannels(on: .second) == ["b"])
        #expect(rules.hasPatterns(on: .second))
        #expect(rules.concerns("w.x", on: .second))
        #expect(!rules.concerns("w.x", on: .first))
        #expect(!ChannelRules([]).concerns("a", on: .first))
    }
}
