/// What the rules must do with one channel; held against them at each check and each reload.
package struct Expectation: Equatable, Sendable {
    package enum Verdict: String, CaseIterable, Sendable {
        case allowed, stopped
    }

    /// The hub on which messages start.
    package let from: String
    /// The hub that they reach or not; nil: any that a bridge joins to `from`.
    package let to: String?
    package let channel: String
    /// nil: the channel as such.
    package let event: String?
    package let verdict: Verdict
    package let origin: Origin
}
