package import NIOCore

/// Lets through so many messages a second on average, and so many at once. A clock that jumps back gives nothing and takes nothing; one that
/// jumps ahead fills the bucket, no further.
package struct TokenBucket: Sendable {
    /// Tokens a nanosecond.
    private let rate: Double
    /// Tokens that it holds.
    private let burst: Double
    private var tokens: Double
    private var last: NIODeadline

    /// It begins full.
    ///
    /// - Parameters:
    ///   - rate: tokens a second; what is not more than 0 gives none beyond the first `burst`.
    ///   - burst: tokens at once; at least 1.
    package init(rate: Double, burst: Int, now: NIODeadline) {
        self.rate = rate > 0 ? rate / 1e9 : 0
        self.burst = Double(max(burst, 1))
        tokens = self.burst
        last = now
    }

    package init(_ limit: TopicRule.RateLimit, now: NIODeadline) {
        self.init(rate: limit.rate, burst: limit.burst, now: now)
    }

    /// - Returns: whether there was a token; it is gone then.
    package mutating func take(now: NIODeadline) -> Bool {
        fill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// When `take` will next find a token, if nobody else takes it: `now` when there is one, `distantFuture` when never.
    package mutating func nextToken(now: NIODeadline) -> NIODeadline {
        fill(now)
        guard tokens < 1 else { return now }
        // One more, because a sum of parts may end a little below the whole.
        let wait = ((1 - tokens) / rate).rounded(.up) + 1
        // Beyond a year nobody waits, and the sum would leave the clock's range.
        guard wait < 365 * 86_400e9 else { return .distantFuture }
        return now + .nanoseconds(Int64(wait))
    }

    private mutating func fill(_ now: NIODeadline) {
        if now > last { tokens = min(burst, tokens + Double((now - last).nanoseconds) * rate) }
        last = now
    }
}
