import Foundation
import NIOCore
import Testing

@testable import Federation

/// What it costs to agree, as federations grow. `make simulate HUBS=1000` goes further than the ordinary test.
@Suite struct ScaleTests {
    static let sizes = [10, 30, 100, 300, 1_000]

    @Test func growth() {
        let largest = ProcessInfo.processInfo.environment["STINGER_SIMULATION_HUBS"].flatMap { Int($0) } ?? 30
        var rows: [Row] = []
        for hubs in Self.sizes + [largest] where hubs <= largest && rows.last?.hubs != hubs {
            rows.append(Self.grow(hubs: hubs, seed: UInt64(hubs)))
        }
        print(Row.table(rows))
    }

    static func grow(hubs: Int, seed: UInt64) -> Row {
        let world = SimulatedFederation(seed: seed)
        let populated = min(40, max(4, hubs / 5))
        world.buildMesh(hubs: hubs, bridges: hubs * 3 / 2, populated: populated, isPlain: true)
        world.start()
        let convergence = world.runUntilQuiet()
        let cost = world.cost
        world.check(isPlain: true)
        // A bridge dies that many ways lead through.
        let busiest = world.bridges.max { $0.carriedCount < $1.carriedCount }
        let before = world.cost
        busiest?.kill()
        let repair = world.runUntilQuiet()
        let after = world.cost
        world.check(isPlain: true)
        SimulationTests.shake(world, troubles: Trouble.allCases.filter { !$0.isBeyondDelays }, count: 5 + hubs / 20)
        world.check(isPlain: true)
        SimulationTests.report(world, "ScaleTests.grow(hubs: \(hubs), seed: \(seed))")
        return Row(
            hubs: hubs,
            bridges: world.bridges.count,
            convergence: convergence,
            words: cost.changesHeard,
            offers: cost.offersHeard,
            bytes: cost.bytesHeard,
            worstTable: world.bridges.map(\.worstTableSize).max() ?? 0,
            repair: repair,
            repairWords: after.changesHeard - before.changesHeard,
            repairOffers: after.offersHeard - before.offersHeard
        )
    }

    struct Row {
        let hubs: Int
        let bridges: Int
        let convergence: TimeAmount
        let words: Int
        let offers: Int
        let bytes: Int
        let worstTable: Int
        let repair: TimeAmount
        let repairWords: Int
        let repairOffers: Int

        private var text: String {
            let seconds = { (time: TimeAmount) in "\(Double(time.nanoseconds / 10_000_000) / 100) s" }
            return
                "| \(hubs) | \(bridges) | \(seconds(convergence)) | \(words) | \(offers) | \(bytes / 1_000) | \(worstTable) "
                + "| \(seconds(repair)) | \(repairWords) | \(repairOffers) |"
        }

        static func table(_ rows: [Row]) -> String {
            let head = """
                | hubs | bridges | quiet after | words heard | offers in them | KB | largest table | a death: quiet after | words | offers |
                |---|---|---|---|---|---|---|---|---|---|
                """
            return head + "\n" + rows.map(\.text).joined(separator: "\n")
        }
    }
}
