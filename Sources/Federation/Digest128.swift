/// The first 128 bits of a SHA-256: the same in every process, and never the same for two different texts in practice.
///
/// Whoever has the bytes computes it; here it is compared only.
package struct Digest128: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
