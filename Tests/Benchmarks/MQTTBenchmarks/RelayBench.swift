import Bridge
import Federation
import MQTTProtocol
import NIOCore
import TestBrokers

/// A relay between two brokers in memory that has come up. What it wants sent from then on is dropped, as a socket that takes everything would.
final class RelayBench {
    static let rules: [(kind: String, rule: TopicRule)] = [
        ("names kept", rule()), ("a prefix added", rule(secondPrefix: "far/")),
    ]

    private let relay: TopicRelay
    private let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    init(_ rules: [TopicRule], _ version: MQTTVersion) {
        func settings(_ name: String) -> BrokerEndSettings {
            var session = MQTTClientSession.Settings(clientID: name)
            session.version = version
            session.holdsPublishes = true
            session.toleratedReceiveCount = Int(UInt16.max)
            return BrokerEndSettings(name: name, session: session)
        }
        relay = TopicRelay(
            settings: TopicRelaySettings(
                id: "bench",
                rules: TopicRules(rules),
                first: settings("first"),
                second: settings("second")
            ),
            instance: "bench",
            now: now
        )
        comeUp()
        feed(Messages.read(count: 1, version), from: .first)
        precondition(passedCount == 1, "the relay of the benchmark carries nothing")
    }

    private static func rule(secondPrefix: String = "") -> TopicRule {
        guard let filter = TopicFilter("site/#"),
            let rule = try? TopicRule(filter: filter, direction: .out, secondPrefix: secondPrefix)
        else { fatalError("the rule of the benchmark is none") }
        return rule
    }

    private func comeUp() {
        // As mosquitto does.
        var limits = TestBrokerLimits()
        limits.topicAliasMaximum = 10
        let connections = Side.allCases.map { ($0, TestBroker(limits: limits).connect()) }
        relay.advance(to: now)
        for (side, _) in connections { relay.connected(TopicPort(side)) }
        var isQuiet: Bool
        repeat {
            isQuiet = true
            while relay.nextOutput() != nil {}
            for (side, connection) in connections {
                if let bytes = relay.takeOutput(TopicPort(side)) { connection.receive(bytes) }
                guard var answer = connection.takeOutput() else { continue }
                relay.receive(&answer, on: TopicPort(side))
                isQuiet = false
            }
        } while !isQuiet
    }

    /// One read, and one write to each side.
    func feed(_ bytes: ByteBuffer, from side: Side) {
        relay.advance(to: now)
        var bytes = bytes
        relay.receive(&bytes, on: TopicPort(side))
        while relay.nextOutput() != nil {}
        for side in Side.allCases { _ = relay.takeOutput(TopicPort(side)) }
    }

    private var passedCount: UInt64 { relay.accounts.account(0, from: .first).passed }
}
