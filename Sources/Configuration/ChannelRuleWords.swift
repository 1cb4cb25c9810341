import Federation

/// A rule in words: `alarms: from device to plant only`.
struct ChannelRuleWords {
    let first: String
    let second: String

    func describe(_ rule: ChannelRule) -> String {
        let pattern = rule.pattern(on: .first).description
        var words = pattern == "*" ? "every channel" : Words.plain(pattern)
        if let rename = rule.rename { words += " is called \(Words.plain(rename.description)) at \(second)" }
        switch rule.direction {
        case .both: words += ": both ways"
        case .out: words += ": from \(first) to \(second) only"
        case .in: words += ": from \(second) to \(first) only"
        }
        guard !rule.events.isEmpty else { return words }
        return words + ", only the events \(rule.events.map { Words.plain($0.description) }.joined(separator: ", "))"
    }
}
