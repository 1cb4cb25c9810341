import Federation
import NIOCore

/// What became of messages, said from time to time and not with each of them.
extension TopicRelay {
    private static let reportInterval = TimeAmount.minutes(1)

    /// Once a minute: all accounts where something was dropped or lost that should not be, else only for those who look closely.
    func reportDeadlineReached() {
        guard nextReport <= now else { return }
        nextReport = now + Self.reportInterval
        let summary = accounts.summary
        guard summary != reportedSummary else { return }
        reportedSummary = summary
        let unusual = accounts.unusualCount
        let isNews = unusual != reportedUnusualCount
        reportedUnusualCount = unusual
        say(
            isNews ? .notice : .debug,
            isNews ? "messages not passed on, or not whole, so far" : "messages so far",
            [("messages", summary)]
        )
    }

    /// The destination takes less of a message than there is. Said once, counted each time.
    func noteLosses(_ parts: MessageParts, losesRetain: Bool, to destination: BrokerEnd) {
        let source = other(destination)
        if losesRetain {
            accounts.lost(parts.tag.rule, from: source.side, .retainFlag)
            sayOnce(
                "retain \(destination.side)",
                .warning,
                "retained messages arrive as ordinary ones: the broker keeps none",
                [("peer", destination.settings.name), ("rule", "\(parts.tag.rule + 1)")]
            )
        }
        if parts.qos > destination.maximumQoS {
            accounts.lost(parts.tag.rule, from: source.side, .qos)
            sayOnce(
                "qos \(destination.side)",
                .warning,
                "messages arrive with a lower QoS: the broker takes no higher one than \(destination.maximumQoS.rawValue)",
                [("peer", destination.settings.name), ("rule", "\(parts.tag.rule + 1)")]
            )
        }
    }
}
