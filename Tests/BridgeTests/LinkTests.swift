import Federation
import HubProtocol
import NIOCore
import Testing

@testable import Bridge

/// Links that come up, fall, fill up, or lead to the wrong hub.
@Suite struct LinkTests {
    // MARK: Who is there

    @Test(arguments: Side.allCases) func hubsWithOneIDAreNotJoined(later side: Side) {
        let bench = Bench()
        let (one, two) = (bench.addHub("hub"), bench.addHub("hub"))
        let bridge = bench.addBridge("b", one, two)
        bridge.up(side.other)
        bench.pass(.seconds(1))
        bridge.up(side)
        bench.pass(.seconds(1))
        #expect(bridge.endings.map(\.side) == [side])
        guard case .wrongHub(let id, _)? = bridge.endings.first?.failure?.code else {
            Issue.record("\(bridge.endings)")
            return
        }
        #expect(id == "hub")
        #expect(bridge.endings.first?.failure?.isConfigurationFault == true)
        #expect(bridge.wire(side.other) != nil)
        #expect(!bridge.relay.end(side).isReady)
        #expect(bridge.relay.end(side.other).isReady)
    }

    @Test(arguments: ["west", "other"]) func theExpectedHubHasToBeThere(expected: String) {
        let pair = Pair(bridge: { $0.first.expectedHubID = expected })
        #expect(pair.bridge.relay.end(.first).isReady == (expected == "west"))
        guard expected == "other" else { return }
        let failure = pair.bridge.endings.first?.failure
        #expect(failure == HubClientFailure(.wrongHub(id: "west", why: "the configuration expects other")))
    }

    /// What a hub was called before says nothing about the one that is dialled now.
    @Test func hubsMaySwapTheirIDs() {
        let bench = Bench()
        let (west, east, next) = (bench.addHub("west"), bench.addHub("east"), bench.addHub("west"))
        let bridge = bench.addBridge("b", west, east)
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(1))
        bridge.down(.first)
        bridge.down(.second)
        // The second link now leads to a hub called as the first one was, while the first is still on its way.
        bridge.setHub(.second, next)
        bridge.setHub(.first, east)
        bridge.delay = .milliseconds(100)
        bridge.up(.first)
        bridge.delay = .zero
        bridge.up(.second)
        bench.pass(.seconds(2))
        #expect(bridge.endings.isEmpty)
        #expect(bridge.relay.end(.first).isReady)
        #expect(bridge.relay.end(.second).isReady)
    }

    @Test(arguments: [nil, "wrong", "right"], [false, true]) func secretsAreProved(secret: String?, isMutual: Bool) {
        func key(_ text: String) -> Proof.ConnectionKey { Proof.ConnectionKey(secret: Array(text.utf8)) }
        let pair = Pair(hub: { $0.connectionKey = key("right") }) {
            $0.first.connectionKey = secret.map(key)
            $0.first.requiresHubProof = isMutual
            $0.second.connectionKey = key("right")
        }
        #expect(pair.bridge.relay.end(.first).isReady == (secret == "right"))
        #expect(pair.bridge.relay.end(.second).isReady)
        let expected: HubClientFailure.Code? =
            switch secret {
            case nil: .secretNeeded
            case "right": nil
            default: isMutual ? .wrongHubProof : .wrongSecret
            }
        #expect(pair.bridge.endings.first?.failure?.code == expected)
    }

    @Test func aHubThatDoesNotAnswerIsLeft() {
        let bench = Bench()
        let bridge = bench.addBridge("b", bench.addHub("west"), bench.addHub("east"))
        bridge.up(.first)
        bridge.wire(.first)?.isCutThrough = true
        bench.pass(.seconds(11))
        #expect(bridge.endings.map(\.failure) == [HubClientFailure(.handshakeTimedOut)])
        bridge.up(.first)
        bench.pass(.seconds(1))
        #expect(bridge.relay.end(.first).isReady)
    }

    // MARK: Up and down

    /// What both hubs list of the channel.
    private func tables(_ pair: Pair) -> [TestValue] {
        pair.bench.quiet()
        return Side.allCases.map { side in
            let looker = pair.hub(side).client("looker")
            let sync = looker.join("c").first ?? nil
            looker.hangUp()
            pair.bench.settle()
            // The bridge's client id is another after each connection.
            func owners(_ table: TestValue?) -> TestValue {
                .map(
                    (table ?? nil).entries.mapValues { entry in
                        let isProxy = entry["owner"]?.text?.hasPrefix("stinger-bridge/") ?? false
                        return .map(entry.entries.merging(["owner": isProxy ? "bridge" : entry["owner"] ?? nil]) { $1 })
                    }
                )
            }
            return ["events": owners(sync["events"]), "subscriptions": owners(sync["subscriptions"])]
        }
    }

    @Test(arguments: Side.allCases, Dialect.allCases) func afterAnOutageTheTablesAreAsBefore(
        of side: Side,
        dialect: Dialect
    ) {
        let pair = Pair(dialects: (dialect, dialect))
        let programs = Side.allCases.map { pair.program("p", on: $0, "c") }
        for (index, program) in programs.enumerated() {
            program.provide("c", "event \(index)")
            program.provide("c", "group", isGroup: true)
            program.send("add_subscription", ["channel": "c", "sub_name": "sub \(index)", "request_id": 1])
        }
        pair.bench.pass(.seconds(4))
        let before = tables(pair)
        #expect(before[0]["events"]?.entries.count == 3)
        #expect(before[1]["subscriptions"]?.entries.count == 2)
        for _ in 0..<3 {
            pair.bridge.down(side)
            pair.bench.pass(.seconds(5))
            #expect(tables(pair)[0]["events"]?.entries.count == 2)
            #expect(tables(pair)[1]["events"]?.entries.count == 2)
            pair.up()
            pair.bench.pass(.seconds(4))
            #expect(tables(pair) == before)
        }
        pair.bench.quiet()
        programs[0].broadcast("c", 1)
        programs[1].broadcast("c", 2)
        #expect(pair.bench.takeData(programs[0]) == [2])
        #expect(pair.bench.takeData(programs[1]) == [1])
    }

    /// While the link was down, things changed on the hub beyond.
    @Test func whatChangedDuringTheOutageIsFoundOut() {
        let pair = Pair()
        let (old, stays) = (pair.program("old", on: .second, "c"), pair.program("stays", on: .second, "c"))
        old.provide("c", "old")
        stays.provide("c", "stays")
        pair.bench.pass(.seconds(2))
        #expect(pair.bridge.proxies(.first) == [.event("c", "old"), .event("c", "stays")])
        pair.bridge.down(.second)
        old.hangUp()
        pair.program("new", on: .second, "c").provide("c", "new")
        pair.bench.pass(.seconds(1))
        pair.up()
        #expect(pair.bridge.proxies(.first) == [.event("c", "new"), .event("c", "stays")])
    }

    @Test func nothingIsLeftOnAHubThatTheBridgeLeft() {
        let pair = Pair()
        let program = pair.program("p", on: .first, "c")
        program.provide("c", "e")
        program.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        pair.bench.pass(.seconds(2))
        pair.bridge.down(.second)
        pair.bench.settle()
        let looker = pair.program("looker", on: .second)
        let sync = looker.join("c").first
        #expect(sync?["events"] == [:])
        #expect(sync?["subscriptions"] == [:])
        let end = pair.bridge.relay.end(.second)
        #expect(end.proxies.isEmpty && end.requests.isEmpty && end.holders.isEmpty && end.announced.isEmpty)
    }

    /// A hub that the program's host lost: nothing comes, and nobody is told.
    @Test(arguments: Side.allCases) func aDeadHubIsFoundOutAndTheOtherKept(side: Side) {
        let pair = Pair()
        pair.bridge.wire(side)?.isCutThrough = true
        // Something came at the latest two seconds ago.
        pair.bench.pass(.seconds(22))
        #expect(pair.bridge.endings.isEmpty)
        pair.bench.pass(.seconds(4))
        #expect(pair.bridge.endings.map(\.side) == [side])
        guard case .silent? = pair.bridge.endings.first?.failure?.code else {
            Issue.record("\(pair.bridge.endings)")
            return
        }
        #expect(pair.bridge.relay.end(side.other).isReady)
    }

    @Test func aBridgeThatStoodStillGoesOn() {
        let pair = Pair()
        let (a, z) = (pair.program("a", on: .first, "c"), pair.program("z", on: .second, "c"))
        pair.bench.pass(.seconds(2))
        pair.bench.freeze(.seconds(50))
        for client in [a, z] { client.send("ping") }
        pair.bench.pass(.seconds(5))
        #expect(pair.bridge.endings.isEmpty)
        pair.bench.quiet()
        a.broadcast("c", 1)
        #expect(pair.bench.takeData(z) == [1])
    }

    // MARK: Slow hubs

    @Test(arguments: Side.allCases) func aSideIsNotReadWhileTheOtherTakesNothing(from side: Side) {
        let pair = Pair()
        let (sender, receiver) = (pair.program("a", on: side, "c"), pair.program("z", on: side.other, "c"))
        pair.bench.pass(.seconds(2))
        pair.bench.quiet()
        guard let port = pair.bridge.wire(side.other)?.port, let far = pair.bridge.wire(side.other)?.client else {
            return
        }
        // The hub beyond stops reading from the bridge.
        far.isPaused = true
        pair.bench.settle()
        #expect(!port.isWritable)
        #expect(!pair.bridge.relay.mayRead(side))
        #expect(pair.bridge.relay.mayRead(side.other))
        #expect(pair.bridge.reading == [side: false])
        for number in 0..<10 { sender.broadcast("c", .int(number)) }
        pair.bench.pass(.seconds(1))
        #expect(pair.bench.take(receiver) == [])
        // The other way goes on.
        receiver.broadcast("c", "back")
        #expect(pair.bench.takeData(sender) == ["back"])
        far.isPaused = false
        far.readOn()
        pair.bench.settle()
        #expect(pair.bridge.reading == [side: true])
        #expect(pair.bench.takeData(receiver) == (0..<10).map { .int($0) })
    }

    @Test func aHubThatIsNotReadForLongIsNotSilent() {
        let pair = Pair()
        guard let far = pair.bridge.wire(.second)?.client else { return }
        far.isPaused = true
        pair.bench.pass(.seconds(24))
        far.isPaused = false
        far.readOn()
        pair.bench.pass(.seconds(10))
        #expect(pair.bridge.endings.filter { $0.side == .first }.isEmpty)
        #expect(pair.bridge.relay.end(.first).isReady)
    }

    @Test func aLinkThatIsLostWhileItWasFullHoldsNobodyBack() {
        let pair = Pair()
        guard let far = pair.bridge.wire(.second)?.client else { return }
        far.isPaused = true
        pair.bench.settle()
        #expect(!pair.bridge.relay.mayRead(.first))
        pair.bridge.down(.second)
        pair.bench.settle()
        #expect(pair.bridge.relay.mayRead(.first))
        #expect(pair.bridge.reading == [.first: true])
    }

    @Test func whatWaitsForALinkHasALimit() {
        let pair = Pair(bridge: { $0.limits.outputByteMaximum = 10_000 })
        let (sender, receiver) = (pair.program("a", on: .first, "c"), pair.program("z", on: .second, "c"))
        pair.bench.pass(.seconds(2))
        pair.bench.quiet()
        guard let port = pair.bridge.wire(.first)?.port else { return }
        var bytes = ByteBuffer()
        for _ in 0..<20 {
            bytes.writeFrame([
                "type": "broadcast", "channel": "c", "data": .binary([UInt8](repeating: 1, count: 1_000)),
            ])
        }
        pair.bridge.relay.received(&bytes, from: port)
        pair.bench.settle()
        #expect(pair.bridge.endings.map(\.side) == [.second])
        #expect(pair.bridge.endings.first?.failure.map { "\($0)" }?.contains("10000 bytes") == true)
        #expect(pair.bridge.drops(.overloaded) == 1)
        #expect(pair.bench.take(receiver).allSatisfy { $0.type != "broadcast" })
        pair.up()
        pair.bench.quiet()
        sender.broadcast("c", 1)
        #expect(pair.bench.takeData(receiver) == [1])
    }

    // MARK: What hubs say

    @Test(arguments: Side.allCases) func aMalformedFrameCostsItsHubTheLink(side: Side) {
        let pair = Pair()
        guard let port = pair.bridge.wire(side)?.port else { return }
        var bytes = ByteBuffer(bytes: [0, 0, 0, 2, 0x80, 0x80])
        pair.bridge.relay.received(&bytes, from: port)
        pair.bench.settle()
        #expect(pair.bridge.endings.map(\.side) == [side])
        #expect(pair.bridge.relay.end(side.other).isReady)
        // Whatever comes after it is not listened to.
        var more = ByteBuffer()
        more.writeFrame(["type": "broadcast", "channel": "c", "data": 1])
        pair.bridge.relay.received(&more, from: port)
        #expect(pair.bridge.relay.counts.relayed == 0)
    }

    /// A hub that answers everything with an error must not be answered in turn, for ever.
    @Test func errorsDoNotCauseErrors() {
        let pair = Pair()
        guard let port = pair.bridge.wire(.first)?.port else { return }
        _ = pair.bridge.takeNews()
        for round in 0..<5 {
            let sent = port.session.output.writerIndex
            var bytes = ByteBuffer()
            bytes.writeFrame(["type": "error", "message": "denied: something (at west)"])
            pair.bridge.relay.received(&bytes, from: port)
            #expect(port.session.output.writerIndex == sent, "round \(round)")
            pair.bench.settle()
        }
        #expect(pair.bridge.takeNews().contains { $0["reason"] == "denied: something (at west)" })
    }

    @Test func aChangedPasswordMakesTheBridgeComeBack() {
        let pair = Pair(rules: [.rule("c")])
        let owner = pair.east.client("owner")
        owner.join("d")
        guard let port = pair.bridge.wire(.second)?.port else { return }
        var bytes = ByteBuffer()
        bytes.writeFrame(["type": "error", "message": "Channel password changed, please reconnect"])
        pair.bridge.relay.received(&bytes, from: port)
        pair.bench.settle()
        #expect(pair.bridge.endings.map(\.side) == [.second])
    }
}
