import Federation
import MQTTProtocol
import NIOCore

/// What the way of a message asks of its rule: plain values, so that looking at them counts no references.
struct RuleTraits {
    let qos: QoS
    let retain: TopicRule.Retain
    /// Names stay as they are.
    let isIdentity: Bool
    let payloadByteMaximum: Int
    /// nil: expiries are left as they are.
    let messageExpiry: TimeAmount?
    let isRateLimited: Bool
    /// Its retained messages are compared when links come up (docs/decisions/0008).
    let isCompared: Bool

    init(_ rule: TopicRule, isIdentity: Bool) {
        qos = rule.qos
        retain = rule.retain
        self.isIdentity = isIdentity
        payloadByteMaximum = rule.payloadByteMaximum ?? .max
        messageExpiry = rule.messageExpiry
        isRateLimited = rule.rateLimit != nil
        isCompared = rule.retain == .keep && rule.share == nil
    }
}
