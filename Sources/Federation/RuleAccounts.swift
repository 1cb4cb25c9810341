/// The books of one bridge between brokers, for each rule and direction: every message that a rule took is passed, dropped for a reason, or
/// still waits. The entries are made where each of these happens, so that the sum says whether anything was lost in between.
package struct RuleAccounts: Sendable {
    /// Counters of one rule and direction, one behind the other.
    private enum Column {
        static let taken = 0
        static let passed = 1
        static let waits = 2
        static let waited = 3
        static let drops = 4
        static let losses = drops + TopicDropReason.allCases.count
        static let count = losses + TopicLoss.allCases.count
    }

    package let ruleCount: Int
    private var counters: [UInt64]

    package init(ruleCount: Int) {
        self.ruleCount = ruleCount
        counters = [UInt64](repeating: 0, count: ruleCount * 2 * Column.count)
    }

    private func row(_ rule: Int, _ side: Side) -> Int {
        switch side {
        case .first: rule * 2 * Column.count
        case .second: (rule * 2 + 1) * Column.count
        }
    }

    /// A message has come from a side, and this rule decides what becomes of it.
    package mutating func took(_ rule: Int, from side: Side) { counters[row(rule, side) + Column.taken] &+= 1 }

    /// It is the destination's now: written with QoS 0, acknowledged with QoS 1 and 2.
    package mutating func passed(_ rule: Int, from side: Side) { counters[row(rule, side) + Column.passed] &+= 1 }

    package mutating func dropped(_ rule: Int, from side: Side, _ reason: TopicDropReason) {
        counters[row(rule, side) + Column.drops + reason.rawValue] &+= 1
    }

    /// It can be neither passed nor dropped yet.
    package mutating func waits(_ rule: Int, from side: Side) { counters[row(rule, side) + Column.waits] &+= 1 }

    /// It waits no longer; what became of it is told as well.
    package mutating func waited(_ rule: Int, from side: Side) { counters[row(rule, side) + Column.waited] &+= 1 }

    /// It goes on without a part of it; told as well as `passed`.
    package mutating func lost(_ rule: Int, from side: Side, _ loss: TopicLoss) {
        counters[row(rule, side) + Column.losses + loss.rawValue] &+= 1
    }

    package func account(_ rule: Int, from side: Side) -> RuleAccount {
        let row = counters[row(rule, side)..<row(rule, side) + Column.count]
        let start = row.startIndex
        return RuleAccount(
            taken: row[start + Column.taken],
            passed: row[start + Column.passed],
            waiting: Int64(bitPattern: row[start + Column.waits] &- row[start + Column.waited]),
            dropCounts: Array(row[start + Column.drops..<start + Column.losses]),
            lossCounts: Array(row[start + Column.losses..<start + Column.count])
        )
    }

    /// Messages that wait, over all rules.
    package var waiting: Int64 { accounts.reduce(0) { $0 + $1.waiting } }

    /// Whether in = out + dropped + waiting, for every rule and direction.
    package var isBalanced: Bool { accounts.allSatisfy(\.isBalanced) }

    private var accounts: [RuleAccount] {
        (0..<ruleCount).flatMap { rule in Side.allCases.map { account(rule, from: $0) } }
    }
}
