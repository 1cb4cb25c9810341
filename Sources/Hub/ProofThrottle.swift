import NIOCore

/// Slows down whoever tries passwords: each wrong proof from one address makes the next answer wait longer.
struct ProofThrottle {
    private struct Record {
        var failureCount: Int
        var lastFailureAt: NIODeadline
        var answeredUntil: NIODeadline
    }

    /// Addresses that are remembered; with more, the oldest are forgotten first.
    private static let recordMaximum = 4_096

    private let limits: HubLimits
    private var records: [String: Record] = [:]

    init(limits: HubLimits) { self.limits = limits }

    /// Counts a wrong proof.
    ///
    /// - Returns: when it may be answered. Answers to one address stand in line, so that many connections gain nothing; no wait is longer than the
    ///   longest delay, so that connections do not pile up either.
    mutating func failed(host: String, now: NIODeadline) -> NIODeadline {
        if records.count >= Self.recordMaximum, records[host] == nil { dropOldest() }
        var record = records[host] ?? Record(failureCount: 0, lastFailureAt: now, answeredUntil: now)
        record.failureCount += 1
        record.lastFailureAt = now
        let doublings = record.failureCount - limits.promptProofFailures - 1
        if doublings >= 0 {
            let delay = limits.firstProofDelay * (1 << min(doublings, 16))
            let inLine = max(record.answeredUntil, now) + min(delay, limits.longestProofDelay)
            record.answeredUntil = min(inLine, now + limits.longestProofDelay)
        } else {
            record.answeredUntil = now
        }
        records[host] = record
        return record.answeredUntil
    }

    /// Until when an address gets no challenge; `now` where it may have one. Who hangs up on a late answer waits here instead.
    func nextChallenge(host: String, now: NIODeadline) -> NIODeadline { max(records[host]?.answeredUntil ?? now, now) }

    mutating func forgive(_ now: NIODeadline) {
        guard !records.isEmpty else { return }
        records = records.filter { $0.value.lastFailureAt + limits.proofForgiveness > now }
    }

    private mutating func dropOldest() {
        if let oldest = records.min(by: { $0.value.lastFailureAt < $1.value.lastFailureAt }) {
            records[oldest.key] = nil
        }
    }
}

/// An answer to a wrong proof, or a challenge after one, that is not given yet.
struct DelayedAnswer {
    let client: HubConnection
    let due: NIODeadline
    let give: () -> Void
}
