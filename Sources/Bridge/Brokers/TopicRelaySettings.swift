package import Federation
package import MQTTProtocol
package import NIOCore

/// One broker at an end of a bridge, as the bridge uses it.
package struct BrokerEndSettings: Sendable {
    /// The peer's name in the configuration.
    package let name: String
    /// In paths; nil: what the broker keeps as its retained id, which a bridge sets where there is none.
    package var brokerID: String?
    package var session: MQTTClientSession.Settings
    /// Where `1` and `0` are published, retained; nil: nowhere.
    package var stateTopic: String?
    /// Silence after which the link is tried with a message of its own.
    package var idleMaximum = TimeAmount.seconds(10)
    /// For the answer to that, and for each step of coming up.
    package var answerTimeout = TimeAmount.seconds(10)

    /// Filters that an earlier configuration had subscribed to in the same session.
    package var staleFilters: Set<String> = []

    package init(name: String, session: MQTTClientSession.Settings) {
        self.name = name
        self.session = session
    }
}

/// A bridge between two brokers.
package struct TopicRelaySettings: Sendable {
    /// Each bound, with its unit and why it is as it is.
    package struct Limits: Sendable {
        /// Messages of QoS 1 and 2 that a broker may have in flight towards us before we read no more from it: for brokers that know no
        /// receive maximum. They lie in memory until the other side has acknowledged them.
        package var unacknowledgedMaximum = 1_000
        /// Bytes of the same; and of messages that a rule holds back.
        package var waitingByteMaximum = 64 << 20
        /// Messages that wait for one rule's rate or for the pace after an outage.
        package var heldMaximum = 10_000
        /// Things that are said once: beyond these they are not said at all.
        package var saidMaximum = 1_000

        package init() {}
    }

    package let id: String
    package let rules: TopicRules
    package internal(set) var first: BrokerEndSettings
    package internal(set) var second: BrokerEndSettings
    /// Messages of QoS 1 and 2 a second while what has gathered in an outage is carried; nil: as fast as it goes.
    package var drainRate: Double?
    /// Agree with other bridges of the same brokers on who carries.
    package var coordinates = true
    package var limits = Limits()

    package init(id: String, rules: TopicRules, first: BrokerEndSettings, second: BrokerEndSettings) {
        self.id = id
        self.rules = rules
        self.first = first
        self.second = second
    }

    func settings(of side: Side) -> BrokerEndSettings {
        switch side {
        case .first: first
        case .second: second
        }
    }
}
