import Federation
import NIOCore
import Testing

@testable import Bridge

/// Broadcasts on their way across.
@Suite struct BroadcastTests {
    @Test(arguments: Side.allCases) func aBroadcastCrossesOnce(from side: Side) {
        let pair = Pair()
        let (sender, receiver) = (pair.program("a", on: side, "c"), pair.program("z", on: side.other, "c"))
        pair.bench.pass(.seconds(1))
        pair.bench.quiet()
        sender.send("broadcast", ["channel": "c", "event": "e", "data": ["x": 1.5], "extra": [1, "two"]])
        let frame = pair.bench.takeOne(receiver)
        let hubs: [TestValue] = side == .first ? ["west", "east"] : ["east", "west"]
        #expect(frame["data"] == ["x": 1.5])
        #expect(frame["extra"] == [1, "two"])
        #expect(frame["path"] == .array(hubs))
        #expect(frame["origin_server_id"] == hubs[0])
        #expect(pair.bench.take(sender) == [])
        #expect(pair.bridge.relay.counts.relayed == 1)
        #expect(pair.bridge.relay.counts.dropSummary == "")
    }
}
