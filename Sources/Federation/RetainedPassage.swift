/// A retained message, or the clearing of one, on its way from one side to the other: kept by whoever publishes it, and handed back to the
/// ledger when the other side has it, or will not get it.
package struct RetainedPassage: Equatable, Sendable {
    /// Of the topic, as it is named on the first side.
    package let key: Digest128
    /// nil: a clearing.
    package let digest: Digest128?
    package let hasExpiry: Bool
    package let from: Side
    /// Counts up over all passages.
    let serial: UInt64
}
