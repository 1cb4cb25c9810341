import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Testing

@testable import Bridge

/// Several bridges: whatever their shape and versions, each broker gets each message once.
@Suite struct TopicRingTests {
    private static func bench(
        _ id: String,
        _ first: (String, TestBroker, MQTTVersion),
        _ second: (String, TestBroker, MQTTVersion)
    ) -> TopicBench {
        var settings = TopicBenchSettings([.rule("a/#")], first.2, second.2)
        settings.id = id
        settings.first.id = first.0
        settings.second.id = second.0
        return TopicBench(settings, first: first.1, second: second.1, instance: "of \(id)")
    }

    private static let versions: [[MQTTVersion]] = [
        [.v5, .v5, .v5], [.v3_1_1, .v3_1_1, .v3_1_1], [.v5, .v3_1_1, .v5], [.v3_1_1, .v5, .v3_1_1],
    ]

    /// Messages of others than the tests that a broker has taken.
    private func copies(_ broker: TestBroker, _ payload: String) -> Int {
        broker.taken.count { $0.topic.hasPrefix("a/") && $0.text == payload }
    }

    @Test(arguments: Self.versions, QoS.allCases)
    func aRingOfThree(_ versions: [MQTTVersion], _ qos: QoS) {
        let brokers = (1...3).map { _ in TestBroker() }
        let names = ["x", "y", "z"]
        let benches = (0..<3).map { index in
            let next = (index + 1) % 3
            return Self.bench(
                "\(index)",
                (names[index], brokers[index], versions[index]),
                (names[next], brokers[next], versions[next])
            )
        }
        let bench = benches[0]
        bench.add(benches[1])
        bench.add(benches[2])
        #expect(bench.run(until: { benches.allSatisfy(\.isSettled) }, within: .seconds(60)))
        bench.run(.seconds(20))
        for number in 1...10 {
            for index in 0..<3 {
                benches[index].publish(.first, "a/\(number % 2)", "\(names[index]) \(number)", qos: qos)
            }
            bench.run(.milliseconds(50))
        }
        bench.run(.seconds(5))
        for name in names {
            for number in 1...10 {
                #expect(brokers.map { copies($0, "\(name) \(number)") } == [1, 1, 1], "\(name) \(number)")
            }
        }
        #expect(benches.flatMap(\.faults) == [])
    }

    /// Two side by side: one carries, and when it is gone the other does.
    @Test(arguments: MQTTVersion.allCases)
    func twoSideBySide(_ version: MQTTVersion) {
        let near = TestBroker()
        let far = TestBroker()
        let bench = Self.bench("one", ("x", near, version), ("y", far, version))
        let other = Self.bench("two", ("x", near, version), ("y", far, version))
        bench.add(other)
        #expect(bench.run(until: { bench.isSettled && other.isSettled }, within: .seconds(60)))
        bench.run(.seconds(20))
        for number in 1...10 {
            bench.publish(.first, "a/1", "out \(number)", qos: .exactlyOnce)
            bench.publish(.second, "a/2", "in \(number)", qos: .exactlyOnce)
        }
        bench.run(.seconds(5))
        #expect(bench.account(from: .first).passed == 0 || other.account(from: .first).passed == 0)
        let working = bench.account(from: .first).passed > 0 ? bench : other
        working.part(.second)
        bench.run(.seconds(30))
        for number in 11...20 {
            bench.publish(.first, "a/1", "out \(number)", qos: .exactlyOnce)
            bench.publish(.second, "a/2", "in \(number)", qos: .exactlyOnce)
        }
        bench.run(.seconds(30))
        for number in 1...20 {
            #expect([near, far].map { copies($0, "out \(number)") } == [1, 1], "out \(number)")
            #expect([near, far].map { copies($0, "in \(number)") } == [1, 1], "in \(number)")
        }
        #expect(bench.faults + other.faults == [])
    }
}
