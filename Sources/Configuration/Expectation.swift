/// What the rules must do with one channel or topic; held against them at each check and each reload.
package struct Expectation: Equatable, Sendable {
    package enum Verdict: String, CaseIterable, Sendable {
        case allowed, stopped
    }

    package enum Subject: Equatable, Sendable {
        /// Of hubs. `event` is nil where the channel as such is meant.
        case channel(String, event: String?)
        /// Of brokers.
        case topic(String)
    }

    /// The hub or broker on which messages start.
    package let from: String
    /// The one that they reach or not; nil: any that a bridge joins to `from`.
    package let to: String?
    package let subject: Subject
    package let verdict: Verdict
    package let origin: Origin
}
