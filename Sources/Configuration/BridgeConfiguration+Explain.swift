import Federation

extension BridgeConfiguration {
    /// What each bridge of a hub or broker does with messages that start on it: which rule carries or stops them, where that rule stands,
    /// and under which name they arrive.
    package func explain(from peer: String, _ subject: Expectation.Subject) -> [String] {
        guard let kind = hub(named: peer)?.kind else {
            let near = Words.suggestion(for: peer, among: hubs.map(\.name))
            let all = "; there are \(hubs.map { Words.shown($0.name) }.joined(separator: ", "))"
            let noun = hubs.contains { $0.broker != nil } ? "hub or broker" : "hub"
            return ["there is no \(noun) \(Words.shown(peer))\(near.isEmpty ? all : near)"]
        }
        switch (kind, subject) {
        case (.hosted, .channel), (.remote, .channel), (.broker, .topic): break
        case (.hosted, .topic), (.remote, .topic): return ["\(peer) is a hub: it has channels, not topics"]
        case (.broker, .channel): return ["\(peer) is a broker: it has topics, not channels"]
        }
        let lines = bridges.compactMap { bridge in
            bridge.side(of: peer).flatMap { side in
                fate(of: subject, on: bridge, from: side).map { fate in
                    """
                    bridge \(Words.plain(bridge.id)), from \(peer) to \(bridge.name(of: side.other)): \(fate.words)
                    """
                }
            }
        }
        let noun = if case .broker = kind { "broker" } else { "hub" }
        return lines.isEmpty ? ["no bridge joins \(peer) to another \(noun): nothing leaves it"] : lines
    }

    /// What becomes of a message.
    struct Fate {
        let isCarried: Bool
        let words: String
    }

    /// - Returns: nil where the bridge joins what has no such messages.
    func fate(of subject: Expectation.Subject, on bridge: BridgeSettings, from side: Side) -> Fate? {
        switch (subject, bridge.carries) {
        case (.channel(let channel, let event), .channels(let traffic)):
            let verdict = traffic.rules.verdict(from: side, channel: channel, event: event)
            return fate(verdict, traffic.rules, bridge, channel)
        case (.topic(let topic), .topics(let traffic)):
            return fate(traffic.rules.verdict(from: side, topic: topic), traffic.rules, bridge, topic)
        case (.channel, .topics), (.topic, .channels): return nil
        }
    }

    // MARK: Channels

    private func fate(
        _ verdict: ChannelRules.Verdict,
        _ rules: ChannelRules,
        _ bridge: BridgeSettings,
        _ channel: String
    ) -> Fate {
        func place(_ rule: Int) -> String {
            let words = ChannelRuleWords(first: bridge.first, second: bridge.second)
            return "\(file):\(bridge.ruleOrigins[rule].line): \(words.describe(rules.rules[rule]))"
        }
        switch verdict {
        case .carried(let name, let rule):
            let arrives = name == channel ? "under the same name" : "as \(Words.shown(name))"
            return Fate(isCarried: true, words: "carried \(arrives) (\(place(rule)))")
        case .stopped(let stop):
            let words =
                switch stop {
                case .systemChannel:
                    "it is a system channel, or would become one, and those never cross"
                case .noRule:
                    rules.rules.isEmpty
                        ? "no channels are named" : "none of its \(rules.rules.count) rules names it"
                case .otherDirection(let rule): "its rule is for the other direction (\(place(rule)))"
                case .otherEvents(let rule): "its rule is for other events (\(place(rule)))"
                }
            return Fate(isCarried: false, words: "stopped: \(words)")
        }
    }

    // MARK: Topics

    private func fate(
        _ verdict: TopicRules.Verdict,
        _ rules: TopicRules,
        _ bridge: BridgeSettings,
        _ topic: String
    ) -> Fate {
        func place(_ rule: Int) -> String {
            let words = TopicRuleWords(first: bridge.first, second: bridge.second)
            return "\(file):\(bridge.ruleOrigins[rule].line): \(words.describe(rules.rules[rule]))"
        }
        switch verdict {
        case .carried(let name, let rule):
            let arrives = name == topic ? "under the same name" : "as \(Words.shown(name))"
            return Fate(isCarried: true, words: "carried \(arrives) (\(place(rule)))")
        case .stopped(let stop):
            let words =
                switch stop {
                case .noTopicName: "it is no topic: a topic has 1 to 65,535 bytes and no wildcard"
                case .reserved:
                    """
                    it is a topic of the brokers (`$…`) or of the bridges (`stinger/bridge/…`), or would become one; \
                    those cross only by a rule whose filter begins so itself
                    """
                case .noRule:
                    rules.rules.isEmpty
                        ? "no topics are named" : "none of its \(rules.rules.count) rules matches it"
                case .otherDirection(let rule): "its rule is for the other direction (\(place(rule)))"
                case .excluded(let rule, let filter):
                    "its rule excludes it by \(Words.shown(filter.text)) (\(place(rule)))"
                case .noNewName(let rule): "its rule leaves no valid name for it (\(place(rule)))"
                }
            return Fate(isCarried: false, words: "stopped: \(words)")
        }
    }
}
