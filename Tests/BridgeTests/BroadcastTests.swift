import Federation
import NIOCore
import Testing

@testable import Bridge

/// Broadcasts on their way across.
@Suite struct BroadcastTests {
    private func members(
        _ pair: Pair,
        from side: Side,
        _ near: String = "c",
        _ far: String = "c"
    )
        -> (sender: TestClient, receiver: TestClient)
    {
        let clients = (pair.program("a", on: side, near), pair.program("z", on: side.other, far))
        pair.bench.pass(.seconds(3))
        pair.bench.quiet()
        return clients
    }

    @Test(arguments: Side.allCases, Dialect.allCases) func aBroadcastCrossesOnce(from side: Side, dialect: Dialect) {
        let pair = Pair(dialects: (dialect, dialect))
        let (sender, receiver) = members(pair, from: side)
        sender.send("broadcast", ["channel": "c", "event": "e", "data": ["x": 1.5], "extra": [1, "two"]])
        let frame = pair.bench.takeOne(receiver)
        let hubs: [TestValue] = side == .first ? ["west", "east"] : ["east", "west"]
        #expect(frame["data"] == ["x": 1.5])
        #expect(frame["event"] == "e")
        #expect(frame["extra"] == [1, "two"])
        #expect(frame["path"] == .array(hubs))
        #expect(frame["origin_server_id"] == hubs[0])
        #expect(pair.bench.take(sender) == [])
        #expect(pair.bridge.relay.counts.relayed == 1)
        #expect(pair.bridge.relay.counts.dropSummary == "")
    }

    @Test func orderIsKept() {
        let pair = Pair()
        let (sender, receiver) = members(pair, from: .first)
        for number in 0..<100 { sender.broadcast("c", .int(number)) }
        #expect(pair.bench.takeData(receiver) == (0..<100).map { .int($0) })
    }

    @Test(arguments: Dialect.allCases) func aHolderDoesNotRelayASecondTime(dialect: Dialect) {
        let pair = Pair(dialects: (dialect, dialect))
        let (sender, receiver) = members(pair, from: .first)
        // The bridge then has a further connection to the sender's hub, which may hear the channel too.
        receiver.provide("c", "service")
        pair.bench.pass(.seconds(3))
        pair.bench.quiet()
        sender.broadcast("c", 1)
        #expect(pair.bench.takeData(receiver) == [1])
    }

    @Test(arguments: [Direction.out, .in, .both], Side.allCases)
    func aDirectionIsKept(direction: Direction, from side: Side) {
        let pair = Pair(rules: [.rule("c", direction)])
        let (sender, receiver) = members(pair, from: side)
        sender.broadcast("c", 1)
        let mayCross = direction.allows(from: side)
        #expect(pair.bench.takeData(receiver) == (mayCross ? [1] : []))
        #expect(pair.bridge.drops(.notAllowed) == (mayCross ? 0 : 1))
    }

    @Test(arguments: Side.allCases) func aRenamedChannelIsCalledByItsOtherName(from side: Side) {
        let pair = Pair(rules: [.rule("motor.*", rename: "plant.*.motor")])
        let names = (first: "motor.left", second: "plant.left.motor")
        let (near, far) = side == .first ? names : (names.second, names.first)
        let (sender, receiver) = members(pair, from: side, near, far)
        let stranger = pair.program("s", on: side.other, near)
        pair.bench.quiet()
        sender.broadcast(near, 1)
        let frame = pair.bench.takeOne(receiver)
        #expect(frame["channel"] == .string(far))
        #expect(frame["data"] == 1)
        #expect(pair.bench.take(stranger) == [])
    }

    @Test func onlyAllowedEventsCross() {
        let pair = Pair(rules: [.rule("c", events: ["temp*"])])
        let (sender, receiver) = members(pair, from: .first)
        for event in ["temperature", "pressure", "temp"] {
            sender.send("broadcast", ["channel": "c", "event": .string(event), "data": .string(event)])
        }
        #expect(pair.bench.takeData(receiver) == ["temperature", "temp"])
        #expect(pair.bridge.drops(.notAllowed) == 1)
    }

    /// A rule that a broadcast's event falls under by itself names another channel than the one that is carried.
    @Test func anEventOfAnotherRuleDoesNotEndUpOnTheWrongChannel() {
        let pair = Pair(rules: [.rule("c", rename: "d", events: ["one"]), .rule("c", rename: "e")])
        let (sender, receiver) = members(pair, from: .first, "c", "d")
        let other = pair.program("y", on: .second, "e")
        pair.bench.pass(.seconds(1))
        pair.bench.quiet()
        for event in ["one", "two"] as [TestValue] {
            sender.send("broadcast", ["channel": "c", "event": event, "data": event])
        }
        #expect(!pair.bench.takeData(receiver).contains("two"))
        #expect(!pair.bench.takeData(other).contains("one"))
    }

    @Test func systemChannelsStayWhereTheyAre() {
        let pair = Pair()
        let watcher = pair.program("w", on: .second, "__comm_ipc_system")
        pair.bench.pass(.seconds(1))
        pair.bench.quiet()
        let local = pair.program("a", on: .first)
        local.send("register", ["channel": "__comm_ipc_system", "request_id": 1])
        local.provide("c", "e")
        pair.bench.settle()
        // What the watcher hears is of the proxy on its own hub, and of the bridge's doing.
        let heard = pair.bench.take(watcher)
        #expect(heard.allSatisfy { $0["server_id"] == "east" })
    }

    @Test func aBroadcastThatHasBeenThereDoesNotGoBack() {
        let pair = Pair()
        let (sender, receiver) = members(pair, from: .first)
        sender.send("broadcast", ["channel": "c", "event": "e", "data": 1, "path": ["east"]])
        #expect(pair.bench.take(receiver) == [])
        #expect(pair.bridge.drops(.loop) + pair.bridge.drops(.duplicate) == 1)
    }

    @Test func aBroadcastPassesSixteenHubsAndNoMore() {
        let pair = Pair()
        let (sender, receiver) = members(pair, from: .first)
        // It began on this hub, as far as the path tells; the path gets one longer here.
        for count in [14, 15, 16, 17] {
            let path = (0..<count).map { TestValue.string("h\($0)") }
            sender.send("broadcast", ["channel": "c", "event": "e", "data": .int(count), "path": .array(path)])
        }
        _ = pair.bench.take(receiver)
        #expect(pair.bridge.drops(.loop) == 2)
    }

    @Test func withoutALinkABroadcastIsCounted() {
        let pair = Pair()
        let (sender, receiver) = members(pair, from: .first)
        pair.bridge.down(.second)
        sender.broadcast("c", 1)
        pair.bench.settle()
        #expect(pair.bridge.drops(.linkDown) == 1)
        pair.up()
        pair.bench.quiet()
        sender.broadcast("c", 2)
        #expect(pair.bench.takeData(receiver) == [2])
    }

    @Test func onAChannelThatComesLaterTheFirstBroadcastAlreadyCrosses() {
        let pair = Pair()
        let receiver = pair.program("z", on: .second, "new")
        pair.bench.settle()
        let sender = pair.program("a", on: .first, "new")
        pair.bench.pass(.milliseconds(1))
        sender.broadcast("new", 1)
        #expect(pair.bench.takeData(receiver).contains(1))
    }

    @Test func broadcastsCrossBetweenAHostedHubAndAnother() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west"), bench.addHub("east"))
        let bridge = bench.addBridge("b", west, east)
        bridge.hosted = [.first]
        let (a, z) = (west.client("a"), east.client("z"))
        a.join("c")
        z.join("c")
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(2))
        bench.quiet()
        a.broadcast("c", 1)
        z.broadcast("c", 2)
        #expect(bench.takeData(z) == [1])
        #expect(bench.takeData(a) == [2])
    }
}
