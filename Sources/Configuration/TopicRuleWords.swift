import Federation
import MQTTProtocol
import NIOCore

/// A topic rule in words: `sensors/#, at cloud site-4/sensors/#: from edge to cloud only, QoS 1 at most`.
struct TopicRuleWords {
    let first: String
    let second: String

    func describe(_ rule: TopicRule) -> String {
        ([names(rule) + ": " + direction(rule)] + details(rule)).joined(separator: ", ")
    }

    private func names(_ rule: TopicRule) -> String {
        let filter = rule.filter.text
        let near = rule.firstPrefix + filter
        let far = rule.rename?.text ?? rule.secondPrefix + filter
        let here = near == "#" ? "every topic" : Words.plain(near)
        return near == far ? here : "\(here) is called \(Words.plain(far)) at \(second)"
    }

    private func direction(_ rule: TopicRule) -> String {
        switch rule.direction {
        case .both: "both ways"
        case .out: "from \(first) to \(second) only"
        case .in: "from \(second) to \(first) only"
        }
    }

    private func details(_ rule: TopicRule) -> [String] {
        var words: [String] = []
        switch rule.qos {
        case .exactlyOnce: break
        case .atMostOnce, .atLeastOnce: words.append("QoS \(rule.qos.rawValue) at most")
        }
        switch rule.retain {
        case .keep: if rule.conflict == .second { words.append("\(second)'s retained messages win") }
        case .drop: words.append("no retained messages")
        case .live: words.append("retained messages as ordinary ones")
        }
        if let maximum = rule.payloadByteMaximum { words.append("payloads up to \(Words.size(maximum))") }
        if let expiry = rule.messageExpiry {
            words.append("they expire after \(DurationText.words(.nanoseconds(expiry.nanoseconds)))")
        }
        if let limit = rule.rateLimit { words.append(self.words(limit)) }
        if let share = rule.share { words.append("shared with the group \(Words.plain(share))") }
        if !rule.excludes.isEmpty {
            words.append("without \(rule.excludes.map { Words.plain($0.text) }.joined(separator: ", "))")
        }
        return words
    }

    private func words(_ limit: TopicRule.RateLimit) -> String {
        let excess =
            switch limit.excess {
            case .dropNewest: "further ones are dropped"
            case .dropOldest: "of further ones the oldest are dropped"
            case .holdBack: "further ones wait"
            }
        let rate = limit.rate == limit.rate.rounded() ? "\(Int(limit.rate))" : "\(limit.rate)"
        return "\(rate) a second and \(limit.burst) at once, \(excess)"
    }
}
