import NIOCore
import TestSupport
import Testing
import Transport

@Suite("The plan of redials of a broker")
struct BrokerRedialPlanTests {
    private typealias Plan = RedialPlan<BrokerAddress>

    private static let addresses: [BrokerAddress] = [
        .tcp(host: "a", port: 1), .tcp(host: "b", port: 1), .tcp(host: "c", port: 1),
    ]
    private static let other = BrokerAddress.tcp(host: "other", port: 1)
    private static let another = BrokerAddress.tcp(host: "another", port: 1)
    private var generator = HighestGenerator()

    private static func plan(_ order: AddressOrder = .inTurn, count: Int = 3) -> Plan {
        .toBroker(Array(addresses.prefix(count)), order: order)
    }

    /// The hosts dialled, and the waits in milliseconds, while nothing answers.
    private mutating func outage(_ plan: inout Plan, steps: Int, isFault: Bool = false) -> String {
        (0..<steps).map { _ in
            switch plan.next(using: &generator) {
            case .dial(let address):
                plan.ended(after: .zero, isConfigurationFault: isFault)
                return host(address)
            case .wait(let time): return "\(time.nanoseconds / 1_000_000)"
            }
        }.joined(separator: " ")
    }

    private func host(_ address: BrokerAddress) -> String {
        switch address {
        case .tcp(let host, _), .tls(let host, _): host
        case .unix(let path): path
        }
    }

    /// Dials, and the connection holds for so long.
    private mutating func connect(_ plan: inout Plan, for uptime: TimeAmount = .hours(1)) -> String? {
        guard case .dial(let address) = plan.next(using: &generator) else { return nil }
        plan.ended(after: uptime, isConfigurationFault: false)
        return host(address)
    }

    // MARK: Orders

    @Test("keeps to the broker that it had, in turn")
    mutating func inTurn() {
        var plan = Self.plan()
        #expect(outage(&plan, steps: 1) == "a")
        #expect(connect(&plan) == "b")
        #expect(outage(&plan, steps: 6) == "100 b c a 400 b")
    }

    @Test("takes the one after the last, round robin")
    mutating func roundRobin() {
        var plan = Self.plan(.roundRobin)
        #expect(connect(&plan) == "a")
        #expect(connect(&plan) == "b")
        #expect(connect(&plan) == "c")
        #expect(connect(&plan) == "a")
        #expect(outage(&plan, steps: 5) == "b c a 400 b")
    }

    @Test("begins each round with the first, where it is to return there")
    mutating func returnToFirst() {
        var plan = Self.plan(.returnToFirst)
        #expect(outage(&plan, steps: 1) == "a")
        #expect(connect(&plan) == "b")
        #expect(outage(&plan, steps: 6) == "a b c 400 a b")
        #expect(connect(&plan) == "c")
        #expect(connect(&plan) == "a")
        #expect(outage(&plan, steps: 2) == "100 a")
    }

    @Test("redials the only broker quickly once, then with waits", arguments: AddressOrder.allCases)
    mutating func single(_ order: AddressOrder) {
        var plan = Self.plan(order, count: 1)
        #expect(connect(&plan) == "a")
        #expect(outage(&plan, steps: 6) == "100 a 400 a 400 a")
        #expect(plan.retryFirstAfter == nil)
    }

    @Test("does not redial quickly what was gone at once")
    mutating func flapping() {
        var plan = Self.plan(count: 1)
        #expect(connect(&plan, for: Plan.steadyUptime - .nanoseconds(1)) == "a")
        #expect(outage(&plan, steps: 2) == "400 a")
    }

    @Test("waits long where only a change of configuration helps")
    mutating func faults() {
        var plan = Self.plan(count: 1)
        #expect(outage(&plan, steps: 4, isFault: true) == "a 60000 a 60000")
    }

    // MARK: Times

    @Test("waits up to 0.4 s for ten seconds and more, then longer, at most a minute")
    mutating func bounds() {
        var plan = Self.plan(count: 1)
        let waits = outage(&plan, steps: 120).split(separator: " ").compactMap { Int($0) }
        #expect(waits.prefix(50).allSatisfy { $0 == 400 })
        #expect(waits.dropFirst(50) == [800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 60_000, 60_000, 60_000])
    }

    /// When a network that was cut for `seconds` is back, the next dial is never far. Waits are the only time that passes: nobody answers, but
    /// refusals come at once.
    @Test("dials within 0.4 s after the network is back, however the cut falls", arguments: [0.05, 0.3, 1, 3, 5])
    func shortOutages(_ seconds: Double) {
        var longest = TimeAmount.zero
        var sum: Int64 = 0
        for seed in 0..<1_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var plan = Self.plan(count: 1)
            _ = plan.next(using: &generator)
            plan.ended(after: .minutes(1), isConfigurationFault: false)
            let back = TimeAmount.nanoseconds(Int64(seconds * 1e9))
            var now = TimeAmount.zero
            var dialed: TimeAmount?
            while dialed == nil {
                switch plan.next(using: &generator) {
                case .wait(let time): now = now + time
                case .dial:
                    if now >= back { dialed = now } else { plan.ended(after: .zero, isConfigurationFault: false) }
                }
            }
            let late = (dialed ?? .zero) - back
            longest = max(longest, late)
            sum += late.nanoseconds
        }
        #expect(longest <= .milliseconds(400))
        #expect(sum / 1_000 < 200_000_000, "\(seconds) s: \(sum / 1_000) ns on average")
    }

    @Test("spreads redials after a loss over a tenth of a second")
    func quickWaits() {
        var tenths: Set<Int64> = []
        for seed in 0..<400 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var plan = Self.plan(count: 1)
            _ = plan.next(using: &generator)
            plan.ended(after: Plan.steadyUptime, isConfigurationFault: false)
            guard case .wait(let time) = plan.next(using: &generator) else {
                Issue.record("no wait")
                return
            }
            #expect(time <= .milliseconds(100))
            tenths.insert(time.nanoseconds / 10_000_000)
        }
        #expect(tenths.isSuperset(of: 0..<10))
    }

    @Test("takes any first wait that a person may set", arguments: [1, 1_000_000, 60_000_000_000] as [Int64])
    mutating func oddFirstWaits(_ nanoseconds: Int64) {
        var plan = Plan.toBroker(Self.addresses, first: .nanoseconds(nanoseconds), longest: .seconds(60))
        #expect(connect(&plan) == "a")
        guard case .wait(let time) = plan.next(using: &generator) else {
            Issue.record("no wait")
            return
        }
        #expect(time == min(.nanoseconds(nanoseconds), .milliseconds(100)))
    }

    // MARK: The first one

    @Test("looks for the first after a minute while another is connected, less often when that ends badly")
    mutating func retryFirst() {
        var plan = Self.plan(.returnToFirst)
        #expect(plan.next(using: &generator) == .dial(Self.addresses[0]))
        #expect(plan.retryFirstAfter == nil)
        plan.ended(after: .zero, isConfigurationFault: false)
        #expect(plan.next(using: &generator) == .dial(Self.addresses[1]))
        for expected in [60, 120, 240, 480, 960, 1_920, 3_840, 3_840] as [Int64] {
            #expect(plan.retryFirstAfter == .seconds(expected))
            plan.returnToFirst()
            plan.ended(after: .minutes(1), isConfigurationFault: false)
            #expect(outage(&plan, steps: 1) == "a")
            #expect(plan.next(using: &generator) == .dial(Self.addresses[1]))
        }
        plan.ended(after: .zero, isConfigurationFault: false)
        #expect(outage(&plan, steps: 2) == "c 400")
        #expect(connect(&plan) == "a")
        #expect(outage(&plan, steps: 2) == "100 a")
        #expect(plan.retryFirstAfter == .seconds(60))
    }

    @Test("counts no outage of the first as a bad return")
    mutating func outageIsNoReturn() {
        var plan = Self.plan(.returnToFirst)
        _ = outage(&plan, steps: 41)
        #expect(plan.next(using: &generator) == .dial(Self.addresses[1]))
        #expect(plan.retryFirstAfter == .seconds(60))
    }

    @Test("does not look for the first in other orders", arguments: [AddressOrder.inTurn, .roundRobin])
    mutating func noRetry(_ order: AddressOrder) {
        var plan = Self.plan(order)
        #expect(outage(&plan, steps: 1) == "a")
        #expect(plan.next(using: &generator) == .dial(Self.addresses[1]))
        #expect(plan.retryFirstAfter == nil)
    }

    // MARK: Redirects

    @Test("follows each reference once, at once, then goes on with the list")
    mutating func redirects() {
        var plan = Self.plan(count: 2)
        #expect(outage(&plan, steps: 1) == "a")
        plan.redirect(to: [Self.other, Self.another])
        #expect(outage(&plan, steps: 5) == "other another b 400 a")
    }

    @Test("goes back to the list, at once, after a reference that held")
    mutating func heldReference() {
        var plan = Self.plan(count: 1)
        #expect(outage(&plan, steps: 1) == "a")
        plan.redirect(to: [Self.other, Self.another])
        #expect(connect(&plan) == "other")
        #expect(outage(&plan, steps: 2) == "a 400")
    }

    @Test("does not follow two brokers for ever that name each other")
    mutating func circle() {
        var plan = Self.plan(count: 1)
        var steps: [String] = []
        while steps.count < 12 {
            switch plan.next(using: &generator) {
            case .dial(let address):
                plan.ended(after: .seconds(1), isConfigurationFault: false)
                plan.redirect(to: [address == Self.other ? Self.addresses[0] : Self.other])
                steps.append(host(address))
            case .wait(let time): steps.append("\(time.nanoseconds / 1_000_000)")
            }
        }
        #expect(steps == ["a", "other", "a", "other", "400", "a", "other", "a", "other", "400", "a", "other"])
    }

    @Test("takes an empty reference for none")
    mutating func noReference() {
        var plan = Self.plan(count: 1)
        #expect(outage(&plan, steps: 1) == "a")
        plan.redirect(to: [])
        #expect(outage(&plan, steps: 2) == "400 a")
    }
}
