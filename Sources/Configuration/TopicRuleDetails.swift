import Federation
import MQTTProtocol
import NIOCore

/// How messages change on the way: the keys of a rule that are not about names.
struct TopicRuleDetails {
    private var qos: QoS?
    private var retain: TopicRule.Retain?
    private var conflict: TopicRule.Conflict?
    private var payloadByteMaximum: Int?
    private var messageExpiry: TimeAmount?
    private var rateLimit: TopicRule.RateLimit?

    init(_ map: MapReader<Keys.TopicRule>, _ reading: Reading) {
        qos = map.value(.qos, "0, 1 or 2") { UInt8($0).flatMap(QoS.init) }
        retain = map.word(.retain, TopicRule.Retain.self)
        conflict = map.word(.conflict, TopicRule.Conflict.self)
        payloadByteMaximum = map.size(.maxPayload, 1...(256 << 20))
        messageExpiry = map.value(.expiry, "a duration in whole seconds, such as 10m") {
            DurationText.wholeSeconds($0, 1...Int64(UInt32.max)).map { TimeAmount($0) }
        }
        rateLimit = map.map(.rate, Keys.Rate.self).flatMap(Self.rateLimit)
        if conflict != nil, let retain, retain != .keep {
            reading.warning(
                map.origin(of: .conflict),
                path: map.path(of: .conflict),
                "means nothing with `retain: \(retain.rawValue)`: only kept messages are compared"
            )
        }
    }

    func apply(to rule: inout TopicRule) {
        rule.qos = qos ?? rule.qos
        rule.retain = retain ?? rule.retain
        rule.conflict = conflict ?? rule.conflict
        rule.payloadByteMaximum = payloadByteMaximum
        rule.messageExpiry = messageExpiry
        rule.rateLimit = rateLimit
    }

    /// What happens to the excess must be said: whoever limits a rate should know what becomes of the rest.
    private static func rateLimit(_ map: MapReader<Keys.Rate>) -> TopicRule.RateLimit? {
        _ = map.required(.messages, "how many may cross in a second")
        let rate = map.value(.messages, "messages a second, such as 100 or 0.5") { text -> Double? in
            guard
                text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }
                )
            else { return nil }
            return Double(text).flatMap { (0.001...1_000_000).contains($0) ? $0 : nil }
        }
        let burst = map.count(.burst, 1...1_000_000)
        _ = map.required(.excess, Words.choice(TopicRule.RateLimit.Excess.allCases.map(\.rawValue)))
        let excess = map.word(.excess, TopicRule.RateLimit.Excess.self)
        guard let rate, let excess else { return nil }
        return TopicRule.RateLimit(rate: rate, burst: burst ?? max(1, Int(rate.rounded(.up))), excess: excess)
    }
}
