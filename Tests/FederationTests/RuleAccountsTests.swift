import Federation
import Testing

@Suite struct RuleAccountsTests {
    @Test func everyMessageIsSomewhere() {
        var accounts = RuleAccounts(ruleCount: 2)
        #expect(accounts.isBalanced)
        accounts.took(1, from: .second)
        #expect(!accounts.isBalanced)
        accounts.waits(1, from: .second)
        #expect(accounts.isBalanced)
        #expect(accounts.waiting == 1)
        accounts.waited(1, from: .second)
        accounts.dropped(1, from: .second, .expired)
        accounts.lost(1, from: .second, .qos)
        #expect(accounts.isBalanced)
        let account = accounts.account(1, from: .second)
        #expect(account.taken == 1)
        #expect(account.dropped == 1)
        #expect(account.dropped(.expired) == 1)
        #expect(account.lost(.qos) == 1)
        #expect(accounts.account(1, from: .first) == RuleAccounts(ruleCount: 1).account(0, from: .first))
    }

    @Test func tooMuchIsNoBalanceEither() {
        var accounts = RuleAccounts(ruleCount: 1)
        accounts.passed(0, from: .first)
        #expect(!accounts.isBalanced)
        accounts = RuleAccounts(ruleCount: 1)
        accounts.waited(0, from: .first)
        #expect(accounts.waiting == -1)
        #expect(!accounts.isBalanced)
    }

    /// Counters lie one behind the other: none may be another's.
    @Test func eachCounterIsItsOwn() {
        var accounts = RuleAccounts(ruleCount: 3)
        var number: UInt64 = 0
        var wanted: [UInt64] = []
        for rule in 0..<3 {
            for side in Side.allCases {
                for reason in TopicDropReason.allCases {
                    number += 1
                    wanted.append(number)
                    for _ in 0..<number { accounts.dropped(rule, from: side, reason) }
                }
                for loss in TopicLoss.allCases {
                    number += 1
                    wanted.append(number)
                    for _ in 0..<number { accounts.lost(rule, from: side, loss) }
                }
                for _ in 0..<number { accounts.took(rule, from: side) }
                for _ in 0...number { accounts.passed(rule, from: side) }
            }
        }
        var found: [UInt64] = []
        for rule in 0..<3 {
            for side in Side.allCases {
                let account = accounts.account(rule, from: side)
                found += TopicDropReason.allCases.map(account.dropped) + TopicLoss.allCases.map(account.lost)
                #expect(account.taken == found.last)
                #expect(account.passed == account.taken + 1)
                #expect(account.waiting == 0)
            }
        }
        #expect(found == wanted)
    }

    @Test func eachReasonHasWordsOfItsOwn() {
        #expect(Set(TopicDropReason.allCases.map(\.words)).count == TopicDropReason.allCases.count)
        #expect(Set(TopicLoss.allCases.map(\.words)).count == TopicLoss.allCases.count)
    }
}
