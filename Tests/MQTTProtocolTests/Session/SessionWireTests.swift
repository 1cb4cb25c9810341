import MQTTProtocol
import NIOCore
import TestSupport
import Testing

/// A session and a broker over a wire with delay and cuts at any byte. The seed is an argument of each test, and so printed with a failure.
@Suite struct SessionWireTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let version: MQTTVersion
        let window: Int
        let losesSessions: Bool
        let seed: UInt64

        var testDescription: String {
            "MQTT \(version), window \(window), loses sessions: \(losesSessions), seed \(seed)"
        }

        static var all: [Case] {
            var cases: [Case] = []
            for version in MQTTVersion.allCases {
                for window in [1, 2, 20] {
                    for losesSessions in [false, true] {
                        for seed in 1...UInt64(6) {
                            cases.append(
                                Case(version: version, window: window, losesSessions: losesSessions, seed: seed)
                            )
                        }
                    }
                }
            }
            return cases
        }
    }

    @Test(arguments: Case.all) func cutsAtAnyByte(_ testCase: Case) {
        let wire = SessionWire(testCase, messageCount: 120)
        wire.run()
        let tags = wire.tags
        #expect(wire.broker.violations == [], "seed \(testCase.seed)")
        #expect(wire.cutCount > 3)
        #expect(tags.allSatisfy { wire.client.finished[$0] == [.success] })
        #expect(wire.client.finished.count == tags.count)
        #expect(wire.client.session.inFlightCount == 0)
        #expect(wire.client.session.outboxCount == 0)
        #expect(wire.client.session.outboxByteCount == 0)
        let failures = wire.client.failures.filter { $0.kind != .connAckTimedOut && $0.kind != .pingTimedOut }
        #expect(failures == [])

        let up = wire.broker.taken.filter { $0.topic.hasPrefix("up/") }.map { Delivery($0.topic, $0.payload) }
        check(up, sent: wire.sentUp, exactly: !testCase.losesSessions, mayLose: false)
        // A broker that loses its sessions loses what waits in them.
        let down = wire.client.received.map { Delivery($0.topic, $0.payload) }
        check(down, sent: wire.sentDown, exactly: !testCase.losesSessions, mayLose: testCase.losesSessions)
    }

    /// - Parameter exactly: whether QoS 2 is exactly once.
    private func check(_ deliveries: [Delivery], sent: [Delivery], exactly: Bool, mayLose: Bool) {
        for topic in Set(sent.map(\.topic)) {
            let wanted = sent.filter { $0.topic == topic }.map(\.number)
            let got = deliveries.filter { $0.topic == topic }.map(\.number)
            var seen: Set<Int> = []
            let firsts = got.filter { seen.insert($0).inserted }
            #expect(seen.isSubset(of: wanted))
            if topic.hasSuffix("/0") {
                #expect(got == firsts, "QoS 0 at most once")
                continue
            }
            if !mayLose { #expect(firsts.sorted() == wanted, "\(topic): all arrive") }
            if exactly {
                #expect(firsts == firsts.sorted(), "\(topic): in order")
                if topic.hasSuffix("/2") { #expect(got == firsts, "QoS 2 exactly once") }
            }
        }
    }
}

/// A message by its number, which is its payload.
struct Delivery: Equatable {
    let topic: String
    let number: Int

    init(_ topic: String, _ payload: [UInt8]) {
        self.topic = topic
        number = Int(String(decoding: payload, as: UTF8.self)) ?? -1
    }
}
