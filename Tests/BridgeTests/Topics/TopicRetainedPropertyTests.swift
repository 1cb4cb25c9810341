import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import TestSupport
import Testing

@testable import Bridge

/// Retained messages set and cleared on both sides, while links are cut at any byte: in the end both sides hold the same.
@Suite struct TopicRetainedPropertyTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let first: MQTTVersion
        let second: MQTTVersion
        let seed: UInt64

        var testDescription: String { "MQTT \(first) and \(second), seed \(seed)" }

        static var all: [Case] {
            MQTTVersion.allCases.flatMap { first in
                MQTTVersion.allCases.flatMap { second in
                    (1...UInt64(4)).map { Case(first: first, second: second, seed: $0) }
                }
            }
        }
    }

    @Test(arguments: Case.all) func bothSidesAgree(_ testCase: Case) {
        var generator = SeededGenerator(seed: testCase.seed)
        var settings = TopicBenchSettings([.rule("r/#")], testCase.first, testCase.second)
        settings.delay = .milliseconds(Int64.random(in: 0...5, using: &generator))
        settings.readMaximum = Bool.random(using: &generator) ? 30 : nil
        let bench = TopicBench(settings, seed: testCase.seed)
        var last: [String: [Side: String]] = [:]
        func change(_ side: Side) {
            let topic = "r/\(Int.random(in: 1...8, using: &generator))"
            let payload = Int.random(in: 0..<4, using: &generator) == 0 ? "" : "\(side) \(generator.next() % 1_000)"
            last[topic, default: [:]][side] = payload
            bench.publish(side, topic, payload, qos: .atLeastOnce, isRetained: true)
        }
        for side in Side.allCases { for _ in 0..<6 { change(side) } }
        for _ in 0..<40 {
            for side in Side.allCases where Bool.random(using: &generator) { change(side) }
            bench.run(.milliseconds(Int64.random(in: 0...300, using: &generator)))
            guard Int.random(in: 0..<4, using: &generator) == 0 else { continue }
            let side = Bool.random(using: &generator) ? Side.first : .second
            bench.cut(side, isReading: Bool.random(using: &generator), isNoticed: Bool.random(using: &generator))
        }
        // What a connection of 3.1.1 brings says not whether it is retained: the next reading sees it.
        for side in Side.allCases { bench.cut(side) }
        bench.run(.minutes(3))
        #expect(bench.isSettled)
        for topic in (1...8).map({ "r/\($0)" }) {
            let held = Side.allCases.map { bench.broker($0).retained[topic]?.text }
            #expect(held[0] == held[1], "\(topic)")
            // Nothing is invented: one side's last word, or what it had said before.
            if let value = held[0] { #expect(value.hasPrefix("first ") || value.hasPrefix("second ")) }
        }
        #expect(bench.faults == [])
        // It has come to rest.
        let counts = Side.allCases.map { bench.arrived($0).count }
        bench.run(.minutes(5))
        #expect(Side.allCases.map { bench.arrived($0).count } == counts)
    }
}
