import MQTTProtocol
import NIOCore
import TestSupport
import Testing

@testable import Federation

/// Each broker gets each message once, whatever the shape, when nothing has changed for a moment.
@Suite struct OneCopyTests {
    static func rule(_ filter: String, _ direction: Direction = .both, second: String = "") throws -> TopicRule {
        try TopicRule(filter: #require(TopicFilter(filter)), direction: direction, secondPrefix: second)
    }

    static func world(_ count: Int, _ seed: UInt64) -> (world: SimulatedBrokers, random: SeededGenerator) {
        var random = SeededGenerator(seed: seed)
        // One third has all versions 5, one third 3.1.1, one third both.
        let versions = (0..<count).map { _ in seed % 3 == 0 || (seed % 3 == 1 && Bool.random(using: &random)) }
        return (SimulatedBrokers(versions: versions, seed: random.next()), random)
    }

    /// Each place that can be reached has one copy, and nothing else has any.
    static func expectOneCopy(_ world: SimulatedBrokers, _ topics: [String], _ comment: Comment) {
        for topic in topics {
            for broker in world.versions.indices {
                let copies = world.copies(of: topic, from: broker)
                let expected = Dictionary(uniqueKeysWithValues: world.reach(of: topic, from: broker).map { ($0, 1) })
                #expect(copies == expected, "\(topic) from \(broker): \(comment)")
            }
        }
        #expect(world.waitCount == 0, comment)
    }

    private static func startAll(_ world: SimulatedBrokers, _ random: inout SeededGenerator) {
        for bridge in world.bridges.shuffled(using: &random) {
            world.start(bridge)
            if Bool.random(using: &random) { world.run(for: .milliseconds(.random(in: 0...300, using: &random))) }
        }
    }

    @Test(arguments: 3...6, UInt64(1)...6) func ring(count: Int, seed: UInt64) throws {
        var (world, random) = Self.world(count, seed)
        for broker in 0..<count { world.add(broker, (broker + 1) % count, [try Self.rule("#")]) }
        Self.startAll(world, &random)
        world.run(for: .seconds(5))
        Self.expectOneCopy(world, ["a", "a/b"], "seed \(seed)")
    }

    @Test(arguments: 2...4, UInt64(1)...6) func sideBySide(count: Int, seed: UInt64) throws {
        var (world, random) = Self.world(2, seed)
        for number in 0..<count { world.add(number % 2, 1 - number % 2, [try Self.rule("#")]) }
        Self.startAll(world, &random)
        world.run(for: .seconds(5))
        Self.expectOneCopy(world, ["a"], "seed \(seed)")
    }

    /// Rules of different filters and directions; some topics know other ways than others.
    @Test(arguments: UInt64(1)...60) func mesh(seed: UInt64) throws {
        var (world, random) = Self.world(Int(2 + seed % 5), seed)
        let filters = ["#", "a/#", "+/x", "a/x", "b/#"]
        for _ in 0..<Int.random(in: 2...10, using: &random) {
            let ends = Array(world.versions.indices.shuffled(using: &random).prefix(2))
            let filter = filters.randomElement(using: &random) ?? "#"
            world.add(ends[0], ends[1], [try Self.rule(filter)])
        }
        Self.startAll(world, &random)
        world.run(for: .seconds(5))
        Self.expectOneCopy(world, ["a/x", "a/y", "b/x", "c"], "seed \(seed)")
    }

    /// Where paths are kept, this holds for ways in one direction as well.
    @Test(arguments: UInt64(1)...120) func meshOfOneWays(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 2...6, using: &random)
        let world = SimulatedBrokers(versions: Array(repeating: true, count: count), seed: random.next())
        for _ in 0..<Int.random(in: 2...12, using: &random) {
            let ends = Array(world.versions.indices.shuffled(using: &random).prefix(2))
            let direction: Direction = [.out, .out, .in, .both].randomElement(using: &random) ?? .out
            world.add(ends[0], ends[1], [try Self.rule(Bool.random(using: &random) ? "#" : "a/#", direction)])
        }
        Self.startAll(world, &random)
        world.run(for: .seconds(5))
        Self.expectOneCopy(world, ["a/x", "b"], "seed \(seed)")
    }

    /// Without paths, a way in one direction may bring a second copy where several lead to one broker, but nothing goes round; and without
    /// circles, nothing is lost.
    @Test(arguments: UInt64(1)...120) func oneWaysWithoutPaths(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 2...6, using: &random)
        let versions = (0..<count).map { _ in Bool.random(using: &random) }
        let world = SimulatedBrokers(versions: versions, seed: random.next())
        let hasCircles = Bool.random(using: &random)
        for _ in 0..<Int.random(in: 2...12, using: &random) {
            let ends = Array(world.versions.indices.shuffled(using: &random).prefix(2)).sorted()
            let isBack = hasCircles && Bool.random(using: &random)
            world.add(ends[0], ends[1], [try Self.rule("#", isBack ? .in : .out)])
        }
        Self.startAll(world, &random)
        world.run(for: .seconds(5))
        for broker in versions.indices {
            let copies = world.copies(of: "a", from: broker, maximum: 200)
            // At most one for each way through a graph without circles.
            #expect(copies.values.reduce(0, +) < 200, "seed \(seed)")
            if !hasCircles { #expect(Set(copies.keys) == world.reach(of: "a", from: broker), "seed \(seed)") }
        }
    }

    /// Bridges die, come back and lose links; each time the rest finds its way again, and those that come back find theirs.
    @Test(arguments: UInt64(1)...40) func changes(seed: UInt64) throws {
        print("seed \(seed)")
        var (world, random) = Self.world(Int(2 + seed % 4), seed)
        let count = world.versions.count
        for broker in 0..<count { world.add(broker, (broker + 1) % count, [try Self.rule("#")]) }
        for _ in 0..<2 { world.add(0, count - 1, [try Self.rule("#")]) }
        Self.startAll(world, &random)
        for _ in 0..<6 {
            for bridge in world.bridges where Int.random(in: 0..<3, using: &random) == 0 {
                if bridge.graph == nil {
                    world.start(bridge)
                } else if Bool.random(using: &random) {
                    world.kill(bridge)
                } else {
                    let side: Side = Bool.random(using: &random) ? .first : .second
                    world.linkDown(bridge, side)
                    world.run(for: .milliseconds(.random(in: 1...1_500, using: &random)))
                    world.linkUp(bridge, side)
                }
                if Bool.random(using: &random) { world.run(for: .milliseconds(.random(in: 0...800, using: &random))) }
            }
            world.run(for: .seconds(5))
            Self.expectOneCopy(world, ["a"], "seed \(seed)")
        }
    }

    /// Also while the graph changes, nothing goes round: more than a few copies of a message at one broker there never are.
    @Test(arguments: UInt64(1)...20) func restless(seed: UInt64) throws {
        var (world, random) = Self.world(4, seed)
        for broker in 0..<4 { world.add(broker, (broker + 1) % 4, [try Self.rule("#")]) }
        Self.startAll(world, &random)
        for _ in 0..<200 {
            let bridge = world.bridges[Int.random(in: 0..<4, using: &random)]
            if bridge.graph == nil {
                world.start(bridge)
            } else if Int.random(in: 0..<4, using: &random) == 0 {
                world.kill(bridge)
            }
            world.run(for: .milliseconds(.random(in: 0...600, using: &random)))
            let total = world.copies(of: "a", from: 0, maximum: 50).values.reduce(0, +)
            #expect(total < 50, "seed \(seed)")
        }
    }

    /// A prefix that is added in each round: names without end, which a path stops, and without one that each broker is taken once.
    @Test(arguments: [true, false]) func growingNames(keepsPath: Bool) throws {
        let world = SimulatedBrokers(versions: Array(repeating: keepsPath, count: 3), seed: 1)
        world.add(0, 1, [try Self.rule("#")])
        world.add(1, 2, [try Self.rule("#", second: "p/")])
        world.add(2, 0, [try Self.rule("#")])
        for bridge in world.bridges { world.start(bridge) }
        world.run(for: .seconds(5))
        let copies = world.copies(of: "x", from: 0)
        #expect(copies.values.allSatisfy { $0 == 1 })
        #expect(Set(copies.keys.map(\.broker)) == [0, 1, 2])
        #expect(copies.count == (keepsPath ? 4 : 3))
    }

    /// Two bridges with prefixes of their own: both names are wanted.
    @Test func prefixesSideBySide() throws {
        let world = SimulatedBrokers(versions: [false, false], seed: 1)
        world.add(0, 1, [try Self.rule("#", .out, second: "p/")])
        world.add(0, 1, [try Self.rule("#", .out, second: "q/")])
        for bridge in world.bridges { world.start(bridge) }
        world.run(for: .seconds(5))
        Self.expectOneCopy(world, ["x"], "both names")
        #expect(world.copies(of: "x", from: 0).count == 3)
    }
}
