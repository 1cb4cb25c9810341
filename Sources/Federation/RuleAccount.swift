/// What became of the messages that one rule took from one side.
package struct RuleAccount: Equatable, Sendable {
    package let taken: UInt64
    package let passed: UInt64
    /// Those that are still to be passed or dropped.
    package let waiting: Int64
    private let dropCounts: [UInt64]
    private let lossCounts: [UInt64]

    init(taken: UInt64, passed: UInt64, waiting: Int64, dropCounts: [UInt64], lossCounts: [UInt64]) {
        self.taken = taken
        self.passed = passed
        self.waiting = waiting
        self.dropCounts = dropCounts
        self.lossCounts = lossCounts
    }

    package func dropped(_ reason: TopicDropReason) -> UInt64 { dropCounts[reason.rawValue] }
    package var dropped: UInt64 { dropCounts.reduce(0, &+) }
    package func lost(_ loss: TopicLoss) -> UInt64 { lossCounts[loss.rawValue] }

    /// In = out + dropped + waiting.
    package var isBalanced: Bool { waiting >= 0 && taken == passed &+ dropped &+ UInt64(waiting) }
}
