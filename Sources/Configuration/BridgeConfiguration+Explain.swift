import Federation

extension BridgeConfiguration {
    /// What each bridge of a hub does with messages that start on it: which rule carries or stops them, where that rule stands, and under
    /// which name they arrive.
    ///
    /// - Parameter event: of an event or a subscription; nil asks for the channel as such.
    package func explain(from hub: String, channel: String, event: String? = nil) -> [String] {
        guard self.hub(named: hub) != nil else {
            let near = Words.suggestion(for: hub, among: hubs.map(\.name))
            let all = "; there are \(hubs.map { Words.shown($0.name) }.joined(separator: ", "))"
            return ["there is no hub \(Words.shown(hub))\(near.isEmpty ? all : near)"]
        }
        let lines = bridges.compactMap { bridge in
            bridge.side(of: hub).map { side in
                let verdict = bridge.channels.verdict(from: side, channel: channel, event: event)
                return """
                    bridge \(Words.plain(bridge.id)), from \(hub) to \(bridge.name(of: side.other)): \
                    \(words(verdict, bridge, channel))
                    """
            }
        }
        return lines.isEmpty ? ["no bridge joins \(hub) to another hub: nothing leaves it"] : lines
    }

    func words(_ verdict: ChannelRules.Verdict, _ bridge: BridgeSettings, _ channel: String) -> String {
        switch verdict {
        case .carried(let name, let rule):
            let arrives = name == channel ? "under the same name" : "as \(Words.shown(name))"
            return "carried \(arrives) (\(place(rule, bridge)))"
        case .stopped(.systemChannel):
            return "stopped: it is a system channel, or would become one, and those never cross"
        case .stopped(.noRule):
            let rules = bridge.channels.rules
            return rules.isEmpty
                ? "stopped: no channels are named" : "stopped: none of its \(rules.count) rules names it"
        case .stopped(.otherDirection(let rule)):
            return "stopped: its rule is for the other direction (\(place(rule, bridge)))"
        case .stopped(.otherEvents(let rule)):
            return "stopped: its rule is for other events (\(place(rule, bridge)))"
        }
    }

    private func place(_ rule: Int, _ bridge: BridgeSettings) -> String {
        let words = RuleWords(first: bridge.first, second: bridge.second)
        return "\(file):\(bridge.ruleOrigins[rule].line): \(words.describe(bridge.channels.rules[rule]))"
    }
}
