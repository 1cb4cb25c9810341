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

    /// Such as `rule 1 out: in=5 out=4 waiting=0 echo=1`; what took nothing is left out.
    var summary: String {
        var parts: [String] = []
        for rule in 0..<ruleCount {
            for side in Side.allCases {
                let account = account(rule, from: side)
                guard account.taken > 0 else { continue }
                let drops = TopicDropReason.allCases.filter { account.dropped($0) > 0 }.map {
                    " \($0.words)=\(account.dropped($0))"
                }
                let way = side == .first ? "out" : "in"
                parts.append(
                    """
                    rule \(rule + 1) \(way): in=\(account.taken) out=\(account.passed) waiting=\(account.waiting)\
                    \(drops.joined())
                    """
                )
            }
        }
        return parts.joined(separator: "; ")
    }
}
