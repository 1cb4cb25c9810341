package import NIOCore

/// How long to wait before the next try: a random time from nothing up to a bound that doubles with every try ("full jitter"), so that many
/// that lost the same hub do not come back in step. Draws no time and no chance by itself.
package struct Backoff: Equatable, Sendable {
    /// The first bound.
    package let base: TimeAmount
    /// The last one.
    package let cap: TimeAmount
    private var bound: TimeAmount

    /// - Precondition: 0 < base <= cap.
    package init(base: TimeAmount = .seconds(1), cap: TimeAmount = .seconds(60)) {
        precondition(base > .zero && base <= cap)
        self.base = base
        self.cap = cap
        bound = base
    }

    package mutating func next(using generator: inout some RandomNumberGenerator) -> TimeAmount {
        defer { bound = bound.nanoseconds > cap.nanoseconds / 2 ? cap : bound * 2 }
        return .nanoseconds(.random(in: 0...bound.nanoseconds, using: &generator))
    }

    /// After a success: the next wait is short again.
    package mutating func reset() { bound = base }
}
