import Configuration
import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import Transport

@testable import Bridge

/// A bridge between brokers for tests, with the settings that a configuration would give it.
struct TopicBenchSettings {
    var id = "test"
    var rules: [TopicRule]
    var first = RemoteBroker(connect: [])
    var second = RemoteBroker(connect: [])
    var hasStateTopics = true
    /// The last level of the state topics.
    var stateLevel = "state"
    var drainRate: Double?
    var limits: TopicRelaySettings.Limits?
    /// Of a bridge whose sessions this one takes over.
    var following: TopicRelaySettings?
    /// How long bytes are on their way.
    var delay = TimeAmount.milliseconds(1)
    /// Until a connection that was lost is dialled again.
    var redialTime = TimeAmount.milliseconds(100)
    /// Bytes that are read at once, at most; nil: all.
    var readMaximum: Int?

    init(_ rules: [TopicRule], _ first: MQTTVersion = .v5, _ second: MQTTVersion = .v5) {
        self.rules = rules
        self.first.version = first
        self.second.version = second
        self.first.id = "a"
        self.second.id = "b"
    }

    subscript(side: Side) -> RemoteBroker {
        get {
            switch side {
            case .first: first
            case .second: second
            }
        }
        set {
            switch side {
            case .first: first = newValue
            case .second: second = newValue
            }
        }
    }

    static func name(_ side: Side) -> String { side == .first ? "near" : "far" }

    func stateTopic(_ side: Side) -> String { "stinger/bridge/\(id)/\(Self.name(side))/\(stateLevel)" }

    var relaySettings: TopicRelaySettings {
        func end(_ side: Side) -> BrokerEndSettings {
            self[side].endSettings(
                bridge: id,
                peer: Self.name(side),
                stateTopic: hasStateTopics ? stateTopic(side) : nil
            )
        }
        var settings = TopicRelaySettings(
            id: id,
            rules: TopicRules(rules),
            first: end(.first),
            second: end(.second)
        )
        settings.drainRate = drainRate
        settings.limits.unacknowledgedMaximum = 2 * Swift.max(first.receiveMaximum, second.receiveMaximum)
        if let limits { settings.limits = limits }
        return settings.following(following)
    }
}
