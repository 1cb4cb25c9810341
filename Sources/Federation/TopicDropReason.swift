/// Why a message that a rule took does not go on by it.
package enum TopicDropReason: Int, CaseIterable, Sendable {
    /// Its path names the broker that it would go to.
    case loop
    /// It is our own, which the broker has sent back.
    case echo
    /// It has crossed as many bridges as it may.
    case hops
    /// Another bridge carries it; this one stands by.
    case duplicateWay
    /// Another subscription has brought it already.
    case duplicateSubscription
    /// The rule's bound for a payload.
    case payloadTooLarge
    /// The destination's bound for a packet.
    case packetTooLarge
    /// Its time was over before it could go on.
    case expired
    /// The rule's rate.
    case rateLimit
    /// It is retained, and the rule keeps those back.
    case retained
    /// Its new name is no valid one.
    case invalidTopic
    /// The destination did not take it.
    case refused
    /// QoS 0 while there is no connection to the destination.
    case linkDown
    /// QoS 0 while the destination does not take any more.
    case notWritable
    /// There was no room to wait in.
    case overloaded
    /// The rule or its bridge was taken away while it waited.
    case ended

    /// As logs, metrics and the status show it.
    package var words: String {
        switch self {
        case .loop: "loop"
        case .echo: "echo"
        case .hops: "too_many_hops"
        case .duplicateWay: "stands_by"
        case .duplicateSubscription: "duplicate_subscription"
        case .payloadTooLarge: "payload_too_large"
        case .packetTooLarge: "packet_too_large"
        case .expired: "expired"
        case .rateLimit: "rate_limit"
        case .retained: "retained"
        case .invalidTopic: "invalid_topic"
        case .refused: "refused"
        case .linkDown: "link_down"
        case .notWritable: "not_writable"
        case .overloaded: "overloaded"
        case .ended: "ended"
        }
    }
}
