package import MQTTProtocol
package import NIOCore

/// All bridges between the brokers of a federation, as one of them knows them, and which messages it therefore carries: each broker gets
/// each message once.
///
/// Each bridge tells on both of its brokers what it joins by which rules, and what it has heard of on the respective other one. So all know
/// the same edges, and each computes the same decision for itself. Pure: whoever drives it tells it the time.
package struct BrokerGraph: Sendable {
    package struct Settings: Sendable {
        /// The bridge's.
        package var name: String
        /// Drawn anew by each process.
        package var nonce: UInt64
        /// The ids of the brokers.
        package var firstID: String
        package var secondID: String
        package var rules: [TopicRule]
        /// The topics under which the bridge tells its routes on the first and the second broker.
        package var firstKey: String
        package var secondKey: String
        package var limits = BrokerGraphLimits()

        package init(
            name: String,
            nonce: UInt64,
            firstID: String,
            secondID: String,
            rules: [TopicRule],
            firstKey: String,
            secondKey: String
        ) {
            self.name = name
            self.nonce = nonce
            self.firstID = firstID
            self.secondID = secondID
            self.rules = rules
            self.firstKey = firstKey
            self.secondKey = secondKey
        }
    }

    package enum Verdict: Equatable, Sendable {
        case carry
        /// Another bridge carries it, or the broker has it already.
        case standBy
        /// It is this bridge's to carry, but only when the graph has been quiet for a moment: until then somebody else may.
        case wait
    }

    /// What is to be published as a retained message, with QoS 1; an empty text clears it.
    package struct Telling: Equatable, Sendable {
        package let side: Side
        package let text: [UInt8]
    }
}
