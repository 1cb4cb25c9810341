import MQTTProtocol
import NIOCore
import Testing

@testable import Federation

@Suite struct BrokerGraphTests {
    private static func verdict(_ bridge: SimulatedBrokers.Bridge) -> BrokerGraph.Verdict? {
        Array("a".utf8).withUnsafeBytes { bridge.graph?.verdict(topic: $0, path: nil, from: .first) }
    }

    private static func pair() throws -> SimulatedBrokers {
        let world = SimulatedBrokers(versions: [false, false], seed: 1)
        for _ in 0..<2 { world.add(0, 1, [try OneCopyTests.rule("#")]) }
        return world
    }

    /// Who is alone waits for nothing but its first look.
    @Test func alone() throws {
        let world = try Self.pair()
        world.start(world.bridges[0])
        #expect(Self.verdict(world.bridges[0]) == .wait)
        world.run(for: .milliseconds(100))
        #expect(Self.verdict(world.bridges[0]) == .carry)
        #expect(world.bridges[0].graph?.isAlone == true)
        #expect(world.bridges[0].graph?.nextDeadline == .distantFuture)
    }

    /// Who carried stops at once for one that goes before it, and that one waits until all know.
    @Test func handingOver() throws {
        let world = try Self.pair()
        world.start(world.bridges[1])
        world.run(for: .seconds(3))
        #expect(Self.verdict(world.bridges[1]) == .carry)
        world.start(world.bridges[0])
        world.run(for: .milliseconds(200))
        #expect(Self.verdict(world.bridges[1]) == .standBy)
        #expect(Self.verdict(world.bridges[0]) == .wait)
        world.run(for: .seconds(2))
        #expect(Self.verdict(world.bridges[1]) == .standBy)
        #expect(Self.verdict(world.bridges[0]) == .carry)
        world.kill(world.bridges[0])
        world.run(for: .seconds(2))
        #expect(Self.verdict(world.bridges[1]) == .carry)
    }

    /// While its link is down a bridge tells nothing, and the others do without it.
    @Test func halfABridge() throws {
        let world = try Self.pair()
        for bridge in world.bridges { world.start(bridge) }
        world.run(for: .seconds(3))
        let bridge = world.bridges[0]
        #expect(world.retainedText(bridge.key(.second), on: 1) != nil)
        world.linkDown(bridge, .first)
        world.run(for: .seconds(3))
        #expect(world.retainedText(bridge.key(.first), on: 0) == nil)
        #expect(world.retainedText(bridge.key(.second), on: 1) == nil)
        #expect(Self.verdict(world.bridges[1]) == .carry)
        world.linkUp(bridge, .first)
        world.run(for: .seconds(3))
        #expect(Self.verdict(world.bridges[1]) == .standBy)
        #expect(Self.verdict(bridge) == .carry)
    }

    /// The late will of a connection that was taken over clears the own routes: they are told again.
    @Test func lateWill() throws {
        let world = try Self.pair()
        for bridge in world.bridges { world.start(bridge) }
        world.run(for: .seconds(3))
        let key = world.bridges[0].key(.first)
        world.publish([], key, on: 0)
        #expect(world.retainedText(key, on: 0) == nil)
        world.run(for: .seconds(3))
        #expect(world.retainedText(key, on: 0) != nil)
        OneCopyTests.expectOneCopy(world, ["a"], "after the will")
    }

    /// A bridge that is gone is forgotten by those that had it from each other, round a ring of bridges as well.
    @Test func nobodyIsRememberedRoundARing() throws {
        let world = SimulatedBrokers(versions: Array(repeating: true, count: 5), seed: 4)
        for broker in 0..<4 { world.add(broker, (broker + 1) % 4, [try OneCopyTests.rule("#")]) }
        let leaf = world.add(0, 4, [try OneCopyTests.rule("#")])
        for bridge in world.bridges { world.start(bridge) }
        world.run(for: .seconds(5))
        let before = world.tellingCount
        world.run(for: .seconds(60))
        #expect(world.tellingCount == before)
        world.kill(leaf)
        world.run(for: .seconds(5))
        for bridge in world.bridges where bridge !== leaf {
            for side in Side.allCases {
                let broker = try #require(bridge.ends[side])
                let text = try #require(world.retainedText(bridge.key(side), on: broker))
                let description = try RoutesDescription(parsing: text, BrokerGraphLimits())
                #expect(!description.repeated.contains { $0.edge.name == "b4" })
            }
        }
        #expect(world.tellingCount - before < 100)
    }

    /// What can't be read stands for no bridge, and is counted.
    @Test func unreadable() throws {
        let world = try Self.pair()
        for bridge in world.bridges { world.start(bridge) }
        world.run(for: .seconds(3))
        #expect(world.bridges[1].graph?.isAlone == false)
        for side in Side.allCases {
            world.publish([1, 2], world.bridges[0].key(side), on: try #require(world.bridges[0].ends[side]))
        }
        world.run(for: .milliseconds(100))
        #expect(world.bridges[1].graph?.isAlone == true)
        #expect(world.bridges[1].graph?.unreadableCount == 2)
        world.run(for: .seconds(3))
        #expect(world.bridges[1].graph?.isAlone == false)
    }

    /// More descriptions than are kept change nothing.
    @Test func flooded() throws {
        let world = try Self.pair()
        world.start(world.bridges[0])
        world.run(for: .seconds(3))
        let other = BridgeEdge(
            name: "n",
            nonce: 7,
            sequence: 1,
            first: BridgeEdge.End(id: "x", keepsPath: true),
            second: BridgeEdge.End(id: "y", keepsPath: true),
            rules: []
        )
        let text = RoutesDescription(own: other).text(BrokerGraphLimits())
        for number in 0..<600 { world.publish(text, "stinger/bridge/x/\(number)/routes", on: 0) }
        world.run(for: .seconds(3))
        #expect(world.bridges[0].graph?.overflowCount == 100)
        #expect(Self.verdict(world.bridges[0]) == .carry)
    }
}
