import Federation

/// Rules of a bridge between hubs that hardly do what was meant.
struct ChannelRuleChecks {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func check(_ rules: [ChannelRule], _ bridge: BridgeSettings, path: String) {
        if rules.isEmpty {
            reading.warning(
                bridge.origin,
                path: path,
                "carries nothing: no channels are named; list some under `channels`, or say `channels: all`"
            )
        }
        let coverage = Dictionary(
            uniqueKeysWithValues: Side.allCases.map { ($0, RuleCoverage.covered(rules, from: $0)) }
        )
        for (index, rule) in rules.enumerated() {
            let sides = Side.allCases.filter { rule.direction.allows(from: $0) }
            let covered = sides.compactMap { side in
                coverage[side]?[index].map { (side: side, by: $0) }
            }
            guard let first = covered.first else { continue }
            let place = "the rule at line \(bridge.ruleOrigins[first.by].line) takes all of it first"
            let words =
                covered.count == sides.count
                ? "never applies: \(place)"
                : "never applies to messages from \(bridge.name(of: first.side)): \(place)"
            reading.warning(bridge.ruleOrigins[index], path: "\(path).channels[\(index)]", words)
        }
    }
}
