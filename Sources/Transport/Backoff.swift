package import NIOCore

/// How long to wait before the next try: a random time from nothing up to a bound that doubles with every try ("full jitter"), so that many
/// that lost the same hub do not come back in step. Draws no time and no chance by itself.
package struct Backoff: Equatable, Sendable {
    /// The first bound.
    package let base: TimeAmount
    /// The last one.
    package let cap: TimeAmount
    /// So many waits have the first bound before it begins to double: short outages then end soon after the network is back.
    package let patience: Int
    private var bound: TimeAmount
    private var drawn = 0

    /// - Precondition: 0 < base <= cap, 0 < patience.
    package init(base: TimeAmount = .seconds(1), cap: TimeAmount = .seconds(60), patience: Int = 1) {
        precondition(base > .zero && base <= cap && patience > 0)
        self.base = base
        self.cap = cap
        self.patience = patience
        bound = base
    }

    package mutating func next(using generator: inout some RandomNumberGenerator) -> TimeAmount {
        defer {
            drawn = min(drawn + 1, patience)
            if drawn == patience { bound = bound.nanoseconds > cap.nanoseconds / 2 ? cap : bound * 2 }
        }
        return .nanoseconds(.random(in: 0...bound.nanoseconds, using: &generator))
    }

    /// After a success: the next wait is short again.
    package mutating func reset() {
        bound = base
        drawn = 0
    }
}
