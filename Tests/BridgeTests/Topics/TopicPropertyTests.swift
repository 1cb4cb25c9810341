import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import TestSupport
import Testing

@testable import Bridge

/// Random traffic both ways, and cuts of both links at any byte. The seed is part of the case, and so printed with a failure.
@Suite struct TopicPropertyTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let first: MQTTVersion
        let second: MQTTVersion
        let seed: UInt64
        var losesSessions = false

        var testDescription: String {
            "MQTT \(first) to \(second), seed \(seed)\(losesSessions ? ", brokers lose their sessions" : "")"
        }

        static var all: [Case] {
            var cases: [Case] = []
            for first in MQTTVersion.allCases {
                for second in MQTTVersion.allCases {
                    for seed in 1...UInt64(4) {
                        cases.append(Case(first: first, second: second, seed: seed))
                        cases.append(Case(first: first, second: second, seed: seed + 100, losesSessions: true))
                    }
                }
            }
            return cases
        }
    }

    @Test(arguments: Case.all) func cutsAtAnyByte(_ testCase: Case) {
        let run = TopicRandomRun(testCase)
        run.run()
        #expect(run.bench.faults == [])
        #expect(run.cutCount > 5)
        #expect(run.isDrained, "all that waited has ended: \(run.bench.endings.last ?? "")")
        #expect(run.stillCarries, "what comes now crosses")
        for side in Side.allCases { check(run, from: side) }
    }

    private func check(_ run: TopicRandomRun, from side: Side) {
        let arrived = run.bench.arrived(side.other)
        for topic in Set(run.sent(side).map(\.topic)) {
            let wanted = run.sent(side).filter { $0.topic == topic }.map(\.number)
            let got = arrived.filter { $0.topic == topic }.compactMap { Int($0.text) }
            var seen: Set<Int> = []
            let firsts = got.filter { seen.insert($0).inserted }
            #expect(seen.isSubset(of: wanted))
            if topic.hasSuffix("0") {
                #expect(got == firsts, "\(topic): QoS 0 at most once")
                #expect(got == got.sorted(), "\(topic): in order")
                continue
            }
            guard !run.testCase.losesSessions else { continue }
            #expect(firsts == wanted, "\(topic): all, in order")
            if topic.hasSuffix("2") { #expect(got == wanted, "\(topic): exactly once") }
        }
        // Nothing came back to where it had started.
        let own = run.bench.arrived(side).filter { $0.topic.hasPrefix(side == .first ? "out" : "in") }
        #expect(own.map(\.text) == [], "nothing comes back to the \(side) side")
    }
}

/// What happens in one such test.
final class TopicRandomRun {
    struct Sent {
        let topic: String
        let number: Int
    }

    let testCase: TopicPropertyTests.Case
    let bench: TopicBench
    private(set) var cutCount = 0
    private var sentBySide: [Side: [Sent]] = [:]
    private var generator: SeededGenerator
    private let messageCount = 200

    init(_ testCase: TopicPropertyTests.Case) {
        self.testCase = testCase
        generator = SeededGenerator(seed: testCase.seed)
        var settings = TopicBenchSettings([.rule("#")], testCase.first, testCase.second)
        settings.delay = .milliseconds(Int64.random(in: 0...5, using: &generator))
        settings.readMaximum = Bool.random(using: &generator) ? 40 : nil
        settings.first.receiveMaximum = [1, 5, 100].randomElement(using: &generator) ?? 5
        settings.second.receiveMaximum = [2, 20].randomElement(using: &generator) ?? 20
        var limits = TestBrokerLimits()
        limits.aliasesUsed = 2
        limits.topicAliasMaximum = 2
        limits.acknowledgesFirst = Bool.random(using: &generator)
        limits.receiveMaximum = UInt16.random(in: 1...20, using: &generator)
        bench = TopicBench(
            settings,
            first: TestBroker(limits: limits),
            second: TestBroker(limits: limits),
            seed: testCase.seed
        )
    }

    func sent(_ side: Side) -> [Sent] { sentBySide[side] ?? [] }

    func run() {
        bench.run(until: { bench.isUp })
        while Side.allCases.contains(where: { sent($0).count < messageCount }) {
            for side in Side.allCases { publishSome(side) }
            bench.run(.milliseconds(Int64.random(in: 0...20, using: &generator)))
            if Int.random(in: 0..<8, using: &generator) == 0 { cut() }
        }
        bench.run(until: { isDrained }, within: .seconds(120))
        bench.run(.seconds(1))
    }

    private func publishSome(_ side: Side) {
        let count = min(Int.random(in: 0...4, using: &generator), messageCount - sent(side).count)
        for _ in 0..<count {
            let number = sent(side).count
            let qos = QoS(rawValue: UInt8.random(in: 0...2, using: &generator)) ?? .atMostOnce
            let topic = "\(side == .first ? "out" : "in")/\(Int.random(in: 1...2, using: &generator))/\(qos.rawValue)"
            sentBySide[side, default: []].append(Sent(topic: topic, number: number))
            bench.publish(side, topic, "\(number)", qos: qos)
        }
    }

    private func cut() {
        guard let side = Side.allCases.randomElement(using: &generator) else { return }
        cutCount += 1
        bench.cut(side, isNoticed: Bool.random(using: &generator))
        if testCase.losesSessions, Bool.random(using: &generator) { bench.broker(side).forgetSessions() }
        if Int.random(in: 0..<3, using: &generator) == 0 { bench.cut(side.other) }
    }

    /// Messages cross as if nothing had been.
    var stillCarries: Bool {
        for side in Side.allCases { bench.publish(side, "after", "\(side)", qos: .exactlyOnce) }
        return bench.run(until: { Side.allCases.allSatisfy { bench.payloads($0.other, "after") == ["\($0)"] } })
    }

    var isDrained: Bool {
        bench.isUp && bench.relay.accounts.waiting == 0 && bench.relay.messagesInFlight == 0
            && Side.allCases.allSatisfy { bench.broker($0).session(bench.clientID($0))?.waitingCount == 0 }
    }
}
