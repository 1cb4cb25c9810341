import NIOCore
import TestSupport
import Testing
import Transport

@Suite("Waiting before a redial")
struct BackoffTests {
    @Test("is bounded by 1 s, then twice as much each time, at most a minute")
    func bounds() {
        var backoff = Backoff()
        var generator = HighestGenerator()
        let waits = (0..<9).map { _ in backoff.next(using: &generator) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        backoff.reset()
        #expect(backoff.next(using: &generator) == .seconds(1))
    }

    @Test("takes any time below the bound", arguments: [1, 2, 3] as [UInt64])
    func jitter(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var shares: [Int64] = []
        for _ in 0..<400 {
            var backoff = Backoff(base: .milliseconds(1_000), cap: .seconds(1))
            shares.append(backoff.next(using: &generator).nanoseconds / 100_000_000)
        }
        // Each tenth of the range is hit: 400 draws miss one of ten with a chance of 10 * 0.9^400.
        #expect(Set(shares).isSuperset(of: 0..<10))
        #expect(shares.allSatisfy { (0...10).contains($0) })
    }

    @Test("does not overflow, however large the cap")
    func largeCap() {
        var backoff = Backoff(base: .nanoseconds(.max / 2 + 1), cap: .nanoseconds(.max))
        var generator = HighestGenerator()
        #expect(backoff.next(using: &generator) == .nanoseconds(.max / 2 + 1))
        #expect(backoff.next(using: &generator) == .nanoseconds(.max))
        #expect(backoff.next(using: &generator) == .nanoseconds(.max))
    }

    @Test("is the same for the same seed")
    func seeded() {
        func waits() -> [TimeAmount] {
            var backoff = Backoff()
            var generator = SeededGenerator(seed: 7)
            return (0..<10).map { _ in backoff.next(using: &generator) }
        }
        #expect(waits() == waits())
        #expect(Set(waits()).count == 10)
    }
}

@Suite("The plan of redials")
struct RedialPlanTests {
    private static let first = HubAddress.tcp(host: "first", port: 1)
    private static let second = HubAddress.tls(host: "second", port: 2)
    private var generator = HighestGenerator()

    /// Carries the plan out with addresses that all fail.
    private mutating func steps(
        _ plan: inout RedialPlan<HubAddress>,
        count: Int,
        isFault: Bool = false
    ) -> [RedialPlan<HubAddress>.Step] {
        (0..<count).map { _ in
            let step = plan.next(using: &generator)
            if case .dial = step { plan.ended(after: .zero, isConfigurationFault: isFault) }
            return step
        }
    }

    @Test("dials at once, and waits longer after every failure")
    mutating func oneAddress() {
        var plan = RedialPlan(addresses: [Self.first])
        #expect(
            steps(&plan, count: 6) == [
                .dial(Self.first), .wait(.seconds(1)), .dial(Self.first), .wait(.seconds(2)), .dial(Self.first),
                .wait(.seconds(4)),
            ]
        )
    }

    @Test("dials the next address at once, and waits after a round")
    mutating func twoAddresses() {
        var plan = RedialPlan(addresses: [Self.first, Self.second])
        #expect(
            steps(&plan, count: 7) == [
                .dial(Self.first), .dial(Self.second), .wait(.seconds(1)), .dial(Self.first), .dial(Self.second),
                .wait(.seconds(2)), .dial(Self.first),
            ]
        )
    }

    @Test("says the same until it was told how it ended")
    mutating func sameStep() {
        var plan = RedialPlan(addresses: [Self.first, Self.second])
        #expect(plan.next(using: &generator) == .dial(Self.first))
        #expect(plan.next(using: &generator) == .dial(Self.first))
    }

    @Test("goes to the next address at once when a connection that held is lost")
    mutating func lostLater() {
        var plan = RedialPlan(addresses: [Self.first, Self.second])
        _ = steps(&plan, count: 9)
        #expect(plan.next(using: &generator) == .dial(Self.first))
        plan.ended(after: RedialPlan<HubAddress>.steadyUptime, isConfigurationFault: false)
        #expect(steps(&plan, count: 3) == [.dial(Self.second), .wait(.seconds(1)), .dial(Self.first)])
    }

    @Test("waits a little when the only address is lost: others lost it too")
    mutating func onlyOneLost() {
        var plan = RedialPlan(addresses: [Self.first])
        _ = steps(&plan, count: 10)
        #expect(plan.next(using: &generator) == .dial(Self.first))
        plan.ended(after: .hours(1), isConfigurationFault: false)
        #expect(steps(&plan, count: 2) == [.wait(.seconds(1)), .dial(Self.first)])
    }

    @Test("does not take a connection for a success that is gone at once")
    mutating func flapping() {
        var plan = RedialPlan(addresses: [Self.first, Self.second])
        var waits: [RedialPlan<HubAddress>.Step] = []
        while waits.count < 3 {
            let step = plan.next(using: &generator)
            switch step {
            case .dial:
                plan.ended(after: RedialPlan<HubAddress>.steadyUptime - .nanoseconds(1), isConfigurationFault: false)
            case .wait: waits.append(step)
            }
        }
        #expect(waits == [.wait(.seconds(1)), .wait(.seconds(2)), .wait(.seconds(4))])
    }

    @Test("waits long at once where only a change of configuration helps, everywhere")
    mutating func faults() {
        var plan = RedialPlan(addresses: [Self.first, Self.second])
        #expect(
            steps(&plan, count: 4, isFault: true) == [
                .dial(Self.first), .dial(Self.second), .wait(.seconds(60)), .dial(Self.first),
            ]
        )
    }

    @Test("keeps trying where one address may come back by itself")
    mutating func mixedFaults() {
        var plan = RedialPlan(addresses: [Self.first, Self.second])
        #expect(plan.next(using: &generator) == .dial(Self.first))
        plan.ended(after: .zero, isConfigurationFault: true)
        #expect(plan.next(using: &generator) == .dial(Self.second))
        plan.ended(after: .zero, isConfigurationFault: false)
        #expect(plan.next(using: &generator) == .wait(.seconds(1)))
    }
}
