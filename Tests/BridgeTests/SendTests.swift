import Federation
import NIOCore
import Testing

@testable import Bridge

/// Messages to a provider that want no answer.
@Suite struct SendTests {
    private func scene(
        _ side: Side = .first,
        dialect: Dialect = .stinger,
        rules: [ChannelRule] = [.everything]
    )
        -> (pair: Pair, sender: TestClient, provider: TestClient)
    {
        let pair = Pair(rules: rules, dialects: (dialect, dialect))
        let (sender, provider) = (pair.program("a", on: side), pair.program("p", on: side.other, "c"))
        provider.provide("c", "e")
        pair.bench.pass(.seconds(3))
        pair.bench.quiet()
        return (pair, sender, provider)
    }

    @Test(arguments: Side.allCases, Dialect.allCases) func aSendReachesTheProvider(from side: Side, dialect: Dialect) {
        let (pair, sender, provider) = scene(side, dialect: dialect)
        sender.send("send", ["channel": "c", "event": "e", "data": [1, nil], "extra": true])
        let frame = pair.bench.takeOne(provider)
        #expect(frame.type == "send")
        #expect(frame["data"] == [1, nil])
        #expect(frame["extra"] == true)
        #expect(frame["path"] == (side == .first ? ["west", "east"] : ["east", "west"]))
        #expect(pair.bench.take(sender) == [])
    }

    @Test func aRenamedChannelHasItsOtherName() {
        let (pair, sender, provider) = scene(rules: [.rule("near", rename: "c")])
        sender.send("send", ["channel": "near", "event": "e", "data": 1])
        #expect(pair.bench.takeOne(provider)["channel"] == "c")
    }

    @Test func aSendThatHasBeenThereIsDropped() {
        let (pair, sender, provider) = scene()
        sender.send("send", ["channel": "c", "event": "e", "data": 1, "path": ["east"]])
        #expect(pair.bench.take(provider) == [])
        #expect(pair.bridge.drops(.loop) == 1)
    }

    @Test func aSendToNobodyIsCounted() {
        let (pair, _, provider) = scene()
        guard let port = pair.bridge.wire(.first)?.port else { return }
        var bytes = ByteBuffer()
        bytes.writeFrame(["type": "send", "channel": "c", "event": "other", "data": 1, "sender_id": "a"])
        pair.bridge.relay.received(&bytes, from: port)
        #expect(pair.bench.take(provider) == [])
        #expect(pair.bridge.drops(.noProvider) == 1)
    }
}
