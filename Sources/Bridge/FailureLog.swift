import NIOCore

/// Which failures of one link are worth a line: each new one, and the same again only once a minute. A peer with several addresses, or one that
/// hangs up now in one way and now in another, fails in several ways by turns.
struct FailureLog {
    private var told: [String: (at: NIODeadline, silentCount: Int)] = [:]

    private static let interval = TimeAmount.seconds(60)
    /// Ways to fail that are kept; what a peer says for itself may be anything.
    private static let maximum = 16

    mutating func line(for words: String, now: NIODeadline) -> String? {
        if let last = told[words], now - last.at < Self.interval {
            told[words] = (last.at, last.silentCount + 1)
            return nil
        }
        let silentCount = told[words]?.silentCount ?? 0
        if told[words] == nil, told.count >= Self.maximum, let oldest = told.min(by: { $0.value.at < $1.value.at }) {
            // One that was told within the minute makes no room: somebody is making up words.
            guard now - oldest.value.at >= Self.interval else { return nil }
            told[oldest.key] = nil
        }
        told[words] = (now, 0)
        return "not connected\(silentCount == 0 ? "" : ", after \(silentCount + 1) such tries"): \(words)"
    }
}
