/// How much the readings of retained messages have found, since the ledger was made.
package struct RetainedCounts: Equatable, Sendable {
    /// Comparisons of both sides that came to their end.
    package var readings = 0
    /// Messages that readings, not live traffic, took across.
    package var published = 0
    package var cleared = 0
    /// Topics that both sides had changed.
    package var conflicts = 0
    /// Topics that were seen on one side or both in the last reading, where the sides differ and are left so: the rule does not let the
    /// difference cross, or it comes from a message that expired.
    package var differing = 0
    /// Agreements that could not be remembered for `topicMaximum`.
    package var unremembered = 0
    /// Topics that a reading did not compare for `topicMaximum`.
    package var overlooked = 0

    package init() {}
}
