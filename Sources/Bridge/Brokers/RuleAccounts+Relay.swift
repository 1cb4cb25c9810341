import Federation

extension RuleAccounts {
    /// - Parameter wasWaiting: it was counted as waiting.
    mutating func pass(rule: Int, from source: Side, wasWaiting: Bool) {
        if wasWaiting { waited(rule, from: source) }
        passed(rule, from: source)
    }

    mutating func drop(_ reason: TopicDropReason, rule: Int, from source: Side, wasWaiting: Bool = false) {
        if wasWaiting { waited(rule, from: source) }
        dropped(rule, from: source, reason)
    }

    /// Messages that were dropped, and not because they go another way or have gone it already, and those that lost something.
    var unusualCount: UInt64 {
        (0..<ruleCount).reduce(0) { sum, rule in
            Side.allCases.reduce(sum) { sum, side in
                let account = account(rule, from: side)
                let drops = TopicDropReason.allCases.filter { !$0.isUsual }.reduce(0) { $0 &+ account.dropped($1) }
                return sum &+ drops &+ TopicLoss.allCases.reduce(0) { $0 &+ account.lost($1) }
            }
        }
    }

    /// Such as `rule 1 out: in=5 out=4 waiting=0 echo=1 without_properties=2`; what took nothing is left out.
    var summary: String {
        var parts: [String] = []
        for rule in 0..<ruleCount {
            for side in Side.allCases {
                let account = account(rule, from: side)
                guard account.taken > 0 else { continue }
                let drops = TopicDropReason.allCases.filter { account.dropped($0) > 0 }.map {
                    " \($0.words)=\(account.dropped($0))"
                }
                let losses = TopicLoss.allCases.filter { account.lost($0) > 0 }.map {
                    " without_\($0.words)=\(account.lost($0))"
                }
                let way = side == .first ? "out" : "in"
                parts.append(
                    """
                    rule \(rule + 1) \(way): in=\(account.taken) out=\(account.passed) waiting=\(account.waiting)\
                    \(drops.joined())\(losses.joined())
                    """
                )
            }
        }
        return parts.joined(separator: "; ")
    }
}

extension TopicDropReason {
    /// It happens where nothing is wrong: in rings, beside other bridges, with 3.1.1, by a rule that says so.
    fileprivate var isUsual: Bool {
        switch self {
        case .loop, .echo, .duplicateWay, .duplicateSubscription, .retained: true
        case .hops, .payloadTooLarge, .packetTooLarge, .expired, .rateLimit, .invalidTopic, .refused, .linkDown,
            .notWritable, .overloaded, .ended:
            false
        }
    }
}
