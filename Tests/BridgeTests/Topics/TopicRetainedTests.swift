import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import TestSupport
import Testing

@testable import Bridge

@Suite struct TopicRetainedTests {
    /// What a broker holds under a prefix, without it.
    private func held(_ bench: TopicBench, _ side: Side, _ prefix: String = "a/") -> [String: String] {
        let messages = bench.broker(side).retained.values.filter { $0.topic.hasPrefix(prefix) }
        return Dictionary(messages.map { (String($0.topic.dropFirst(prefix.count)), $0.text) }) { _, last in last }
    }

    private func compare(_ bench: TopicBench) -> Bool {
        let count = bench.relay.ledger.counts.readings
        let isCompared = bench.run(
            until: { bench.isSettled && !bench.relay.ledger.isReading && bench.relay.ledger.counts.readings > count },
            within: .seconds(60)
        )
        bench.run(.seconds(1))
        return isCompared
    }

    /// Changes on both sides of an outage: afterwards both hold what was changed last where one side has changed it, and the rule's choice
    /// where both have.
    @Test(arguments: 1...16, [false, true])
    func outages(seed: Int, isOld: Bool) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let conflict: TopicRule.Conflict = seed.isMultiple(of: 2) ? .first : .second
        let winner: Side = seed.isMultiple(of: 2) ? .first : .second
        let rule = TopicRule.rule("#", first: "a/", second: "b/c/") {
            $0.conflict = conflict
            $0.qos = seed.isMultiple(of: 3) ? .atMostOnce : .exactlyOnce
        }
        let prefixes: [Side: String] = [.first: "a/", .second: "b/c/"]
        let bench = TopicBench(
            TopicBenchSettings([rule], isOld ? .v3_1_1 : .v5, seed.isMultiple(of: 4) ? .v3_1_1 : .v5),
            seed: UInt64(seed)
        )
        #expect(bench.start())
        // More than brokers have in flight at once: what was published first is seen late.
        let changeMaximum = seed % 5 == 1 ? 900 : 25
        var agreed: [String: String] = [:]
        for round in 0..<6 {
            let parted: Side = Bool.random(using: &generator) ? .first : .second
            bench.part(parted)
            var values: [Side: [String: String]] = [.first: agreed, .second: agreed]
            var changed: [Side: Set<String>] = [:]
            for number in 0..<Int.random(in: 0..<changeMaximum, using: &generator) {
                let side: Side = Bool.random(using: &generator) ? .first : .second
                let topic = "\(Int.random(in: 0..<changeMaximum / 2, using: &generator))"
                let value = Int.random(in: 0..<3, using: &generator) == 0 ? "" : "\(round) \(number)"
                bench.publish(side, prefixes[side]! + topic, value, qos: .atLeastOnce, isRetained: true)
                values[side]![topic] = value.isEmpty ? nil : value
                changed[side, default: []].insert(topic)
            }
            bench.run(.milliseconds(300))
            bench.mend(parted)
            #expect(compare(bench), "seed \(seed)")
            // Crossed messages, and what 3.1.1 does not tell of, are found by the next comparison.
            bench.run(.seconds(40))
            let first = held(bench, .first, "a/")
            let second = held(bench, .second, "b/c/")
            #expect(first == second, "seed \(seed), round \(round)")
            for topic in changed.values.reduce(Set(), { $0.union($1) }) {
                let changers = Side.allCases.filter { changed[$0]?.contains(topic) == true }
                // A broker of 3.1.1 does not tell that it was changed there, and one that has it back has not changed it.
                let isClear = changers.allSatisfy { values[$0]![topic] != agreed[topic] }
                guard changers.count == 1 || isClear && !isOld else { continue }
                let expected = values[changers.count == 1 ? changers[0] : winner]![topic]
                #expect(first[topic] == expected, "seed \(seed), round \(round), \(topic)")
            }
            for topic in agreed.keys where !Side.allCases.contains(where: { changed[$0]?.contains(topic) == true }) {
                #expect(first[topic] == agreed[topic], "seed \(seed), round \(round), \(topic)")
            }
            agreed = first
        }
        #expect(bench.faults == [])
    }

    /// A broker that leaves out what its queue has no room for has cleared nothing; what somebody has cleared is cleared.
    @Test(arguments: [0, 40]) func aBrokerThatShowsNotAll(payloadByteCount: Int) {
        let bench = TopicBench(.rule("a/#"))
        for number in 100..<200 {
            let payload = String(repeating: "\(number) ", count: 1 + payloadByteCount * 10)
            bench.publish(.first, "a/\(number)", payload, isRetained: true)
        }
        #expect(bench.start() && held(bench, .second).count == 100)
        bench.broker(.second).limits.shownMaximum = 10
        bench.part(.second)
        bench.broker(.second).forgetSessions()
        for number in 150..<160 { bench.publish(.second, "a/\(number)", "", isRetained: true) }
        bench.mend(.second)
        #expect(compare(bench))
        #expect(held(bench, .first).count == 90 && held(bench, .second) == held(bench, .first))
        #expect(bench.relay.ledger.counts.cleared == 10)
        #expect(bench.faults == [])
    }

    /// A broker that shows what is stored to no wildcard gets what it lacks, and clears nothing.
    @Test func aBrokerWithoutStoredWildcards() {
        var limits = TestBrokerLimits()
        limits.showsStoredToWildcards = false
        let bench = TopicBench(TopicBenchSettings([.rule("a/#")]), second: TestBroker(limits: limits))
        bench.publish(.first, "a/1", "one", isRetained: true)
        #expect(bench.start() && held(bench, .second) == ["1": "one"])
        bench.cut(.second)
        #expect(compare(bench))
        #expect(held(bench, .first) == ["1": "one"] && held(bench, .second) == ["1": "one"])
        #expect(bench.arrived(.second).count == 1)
        #expect(
            bench.warnings.contains { $0.hasPrefix("the broker shows no retained messages to a subscription with a") }
        )
    }

    /// A filter that a broker refuses to show leaves the others.
    @Test func refusedFilter() {
        let bench = TopicBench(.rule("a/#"), .rule("b/#"))
        for topic in ["a/1", "a/2", "b/1", "b/2"] { bench.publish(.first, topic, "old", isRetained: true) }
        #expect(bench.start())
        bench.part(.second)
        bench.broker(.second).limits.refusedFilters = ["a/#"]
        bench.broker(.second).forgetSessions()
        bench.publish(.first, "a/1", "new", isRetained: true)
        bench.publish(.second, "b/1", "", isRetained: true)
        bench.mend(.second)
        #expect(compare(bench))
        #expect(held(bench, .first) == ["1": "new", "2": "old"] && held(bench, .second) == ["1": "new", "2": "old"])
        #expect(held(bench, .first, "b/") == ["2": "old"] && held(bench, .second, "b/") == ["2": "old"])
        let refusals = bench.told.filter { $0.words.hasPrefix("the broker refused to show its retained messages") }
        #expect(refusals.count == 1 && refusals.first?.fields["rule"] == "1" && refusals.first?.fields["peer"] == "far")
        #expect(bench.faults == [])
    }

    /// The bridge may not hear its own messages: it compares nevertheless.
    @Test func aDeafBridge() {
        var limits = TestBrokerLimits()
        limits.refusedFilters = [
            "stinger/bridge/test/far/probe", "stinger/bridge/test/far/reading", "stinger/bridge/test/far/+",
        ]
        let bench = TopicBench(TopicBenchSettings([.rule("a/#")]), second: TestBroker(limits: limits))
        for topic in ["a/1", "a/2"] { bench.publish(.first, topic, "old", isRetained: true) }
        bench.publish(.second, "a/3", "old", isRetained: true)
        #expect(bench.start())
        #expect(held(bench, .first) == held(bench, .second) && held(bench, .first).count == 3)
        bench.part(.second)
        bench.broker(.second).forgetSessions()
        bench.publish(.second, "a/1", "", isRetained: true)
        bench.mend(.second)
        #expect(compare(bench))
        #expect(held(bench, .first).count == 2 && held(bench, .first) == held(bench, .second))
        #expect(bench.faults == [])
    }

    /// What another process has left on disk counts for the same brokers and rules, and for no others.
    @Test(arguments: [true, false]) func anotherLife(isSame: Bool) throws {
        let first = TestBroker()
        let second = TestBroker()
        let bench = TopicBench(TopicBenchSettings([.rule("a/#")]), first: first, second: second)
        for topic in ["a/1", "a/2"] { bench.publish(.first, topic, "old", isRetained: true) }
        #expect(bench.start())
        bench.run(.seconds(1))
        let content = try #require(bench.relay.memoryContent)
        #expect(content.memory.count == 2)
        for side in Side.allCases {
            bench.part(side)
            bench.broker(side).forgetSessions()
        }
        bench.publish(.second, "a/1", "", isRetained: true)
        var settings = TopicBenchSettings([.rule("a/#")])
        if !isSame { settings.second.id = "another" }
        let next = TopicBench(settings, first: first, second: second, instance: "next", restored: content)
        #expect(next.start())
        next.run(.seconds(1))
        #expect(held(next, .second) == (isSame ? ["2": "old"] : ["1": "old", "2": "old"]))
        #expect(held(next, .first) == held(next, .second))
        let isTold = next.told.contains { $0.words.hasPrefix("the retained memory is about other brokers") }
        #expect(isTold == !isSame)
    }

    /// A rule's limits hold for what a comparison takes across.
    @Test func limitsOfTheRule() {
        let bench = TopicBench(
            .rule("a/#") {
                $0.payloadByteMaximum = 5
                $0.messageExpiry = .seconds(60)
            }
        )
        bench.publish(.first, "a/1", "small", isRetained: true)
        bench.publish(.first, "a/2", "larger", isRetained: true)
        #expect(bench.start())
        bench.run(.seconds(1))
        #expect(held(bench, .second) == ["1": "small"])
        #expect(bench.account(from: .first).dropped(.payloadTooLarge) == 1)
        let expiries = bench.arrived(.second).flatMap(\.properties).filter {
            if case .messageExpiryInterval(60) = $0 { true } else { false }
        }
        #expect(expiries.count == 1)
    }
}
