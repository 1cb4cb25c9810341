import Foundation
import NIOCore
import Testing

@testable import Federation

/// Federations in which things go wrong, from seeds. A failure names the seed, and what was built from it.
@Suite struct SimulationTests {
    /// Some that are always tried, and one that is not; `STINGER_SIMULATION_SEEDS` says how many, `STINGER_SIMULATION_SEED` which alone.
    static func seeds(_ count: Int) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let only = environment["STINGER_SIMULATION_SEED"].flatMap({ UInt64($0) }) { return [only] }
        let asked = environment["STINGER_SIMULATION_SEEDS"].flatMap { Int($0) }
        return Array((1...).prefix(max(0, asked ?? count))) + [.random(in: 0 ... .max)]
    }

    @Test(arguments: Topology.allCases, Trouble.allCases)
    func smallFederations(topology: Topology, trouble: Trouble) {
        for seed in Self.seeds(1) { Self.small(topology, trouble, seed: seed) }
    }

    static func small(_ topology: Topology, _ trouble: Trouble, seed: UInt64) {
        let world = SimulatedFederation(seed: seed)
        world.build(topology)
        world.start()
        _ = world.runUntilQuiet()
        world.check(isPlain: true)
        for _ in 0..<3 {
            world.talk(every: .milliseconds(20), for: .seconds(12))
            world.run(.seconds(1))
            world.cause(trouble)
            world.run(.seconds(11))
            _ = world.runUntilQuiet()
            world.check(isPlain: true)
        }
        world.heal()
        _ = world.runUntilQuiet()
        world.check(isPlain: true)
        report(world, "SimulationTests.small(.\(topology), .\(trouble), seed: \(seed))")
    }

    @Test(arguments: [true, false]) func meshes(isPlain: Bool) {
        for seed in Self.seeds(1) { Self.mesh(isPlain: isPlain, seed: seed) }
    }

    static func mesh(isPlain: Bool, seed: UInt64) {
        let world = SimulatedFederation(seed: seed)
        world.buildMesh(hubs: 30, bridges: 45, populated: 9, isPlain: isPlain)
        churn(world, troubles: Trouble.allCases.filter { !$0.isBeyondDelays }, isPlain: isPlain)
        report(world, "SimulationTests.mesh(isPlain: \(isPlain), seed: \(seed))")
    }

    /// With messages that come two seconds late while ways change, some come twice; everything else holds.
    @Test func stalledMeshes() {
        for seed in Self.seeds(0) { Self.stalledMesh(seed: seed) }
    }

    static func stalledMesh(seed: UInt64) {
        let world = SimulatedFederation(seed: seed)
        world.toleratesDuplicates = true
        world.buildMesh(hubs: 30, bridges: 45, populated: 9, isPlain: false)
        churn(world, troubles: Trouble.allCases, isPlain: false)
        report(world, "SimulationTests.stalledMesh(seed: \(seed))")
    }

    /// The oracle sees what it is there to see: without the silence of takeovers, messages do come twice.
    @Test func withoutSilenceMessagesComeTwice() {
        #expect((1...6).contains { Self.duplicates(holdDown: .nanoseconds(0), seed: $0) > 0 })
    }

    static func duplicates(holdDown: TimeAmount, seed: UInt64) -> Int {
        var limits = RouteLimits()
        limits.holdDown = holdDown
        let world = SimulatedFederation(seed: seed, limits: limits)
        world.toleratesDuplicates = true
        world.build(.sideBySide)
        world.start()
        _ = world.runUntilQuiet()
        shake(world, troubles: [.kill, .restart, .cut], count: 10)
        return world.duplicateCount
    }

    static func churn(_ world: SimulatedFederation, troubles: [Trouble], isPlain: Bool) {
        world.start()
        _ = world.runUntilQuiet()
        world.check(isPlain: isPlain)
        for _ in 0..<2 {
            shake(world, troubles: troubles, count: 15)
            world.check(isPlain: isPlain)
        }
        world.heal()
        _ = world.runUntilQuiet()
        world.check(isPlain: isPlain)
    }

    /// One trouble after the other, some before the last one is over, while programs talk.
    static func shake(_ world: SimulatedFederation, troubles: [Trouble], count: Int) {
        world.talk(every: .milliseconds(10), for: .seconds(Int64(count) + 5))
        for _ in 0..<count {
            world.run(.milliseconds(world.pick(0...2_000)))
            world.cause(troubles[world.pick(troubles.count)])
        }
        world.run(.seconds(10))
        _ = world.runUntilQuiet()
    }

    static func report(_ world: SimulatedFederation, _ replay: String) {
        #expect(
            world.faults.isEmpty,
            "STINGER_SIMULATION_SEED=\(world.seed), \(replay)\n\(world.faults.joined(separator: "\n"))"
        )
        // Else nothing was looked at.
        #expect(world.deliveryCount > 100 && world.callCount > 100, "\(replay)")
    }
}
