import Federation
import MQTTProtocol
import NIOCore
import TestBrokers

@testable import Bridge

extension TopicBench {
    /// Somebody publishes on a broker.
    func publish(
        _ side: Side,
        _ topic: String,
        _ payload: String = "",
        qos: QoS = .atMostOnce,
        isRetained: Bool = false,
        _ properties: MQTTProperty...
    ) {
        broker(side).take(
            TestBroker.Message(
                topic: topic,
                payload: Array(payload.utf8),
                qos: qos,
                isRetained: isRetained,
                properties: properties
            )
        )
    }

    /// What the bridge has published on a broker, without what it says for itself.
    func arrived(_ side: Side) -> [TestBroker.Message] {
        broker(side).taken.filter { $0.sender == clientID(side) && !$0.topic.hasPrefix("stinger/bridge/") }
    }

    func payloads(_ side: Side, _ topic: String? = nil) -> [String] {
        arrived(side).filter { topic == nil || $0.topic == topic }.map { String(decoding: $0.payload, as: UTF8.self) }
    }

    /// What the state topic says, retained.
    func state(_ side: Side) -> String? {
        broker(side).retained[settings.stateTopic(side)].map { String(decoding: $0.payload, as: UTF8.self) }
    }

    func account(_ rule: Int = 0, from side: Side) -> RuleAccount { relay.accounts.account(rule, from: side) }

    var isUp: Bool { relay.first.isUp && relay.second.isUp }

    /// Both links are up, the bridges agree, and the retained messages of both sides are compared.
    var isSettled: Bool {
        isUp && relay.isAgreed && relay.reading == nil && wires.keys.allSatisfy { !$0.isReading } && isQuiet
    }

    /// Nothing is on its way.
    var isQuiet: Bool { wires.values.allSatisfy { $0.upByteCount == 0 && $0.downByteCount == 0 } }

    /// Brings both links up.
    @discardableResult
    func start() -> Bool { run(until: { isSettled }) }

    var warnings: [String] { told.filter { $0.level == .warning }.map(\.words) }
}

extension TestBroker.Message {
    var text: String { String(decoding: payload, as: UTF8.self) }
    /// The user property `stinger-path`.
    var path: String? {
        for case .userProperty("stinger-path", let value) in properties { return value }
        return nil
    }
}
