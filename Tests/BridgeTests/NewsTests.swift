import Federation
import HubProtocol
import NIOCore
import Testing

@testable import Bridge

/// What a bridge tells people.
@Suite struct NewsTests {
    @Test func linksAndRegistrationsAreTold() {
        let pair = Pair()
        #expect(pair.bridge.takeNews().filter { $0.event == .linkUp }.map { $0["peer"] } == ["peer west", "peer east"])
        let provider = pair.program("p", on: .first, "c")
        provider.provide("c", "e")
        pair.bench.settle()
        let relayed = pair.bridge.takeNews()
        #expect(relayed.map(\.event) == [.registrationRelayed])
        #expect(relayed.first?["bridge"] == "b")
        #expect(relayed.first?["kind"] == "event")
        #expect(relayed.first?["channel"] == "c")
        #expect(relayed.first?["name"] == "e")
        #expect(relayed.first?["peer"] == "peer east")
        #expect(relayed.first?["path"] == "west")
        provider.hangUp()
        pair.bench.settle()
        #expect(pair.bridge.takeNews().map(\.event) == [.registrationWithdrawn])
        pair.bridge.down(.second)
        pair.bench.settle()
        let down = pair.bridge.takeNews()
        #expect(down.map(\.event) == [.linkDown])
        #expect(down.first?["hub"] == "east")
        #expect(down.first?["reason"] == "the connection was cut")
    }

    @Test func whoListensOnAHubHearsThem() {
        let pair = Pair()
        let listener = pair.east.stinger("watcher")
        listener.join(StingerExtensions.newsChannel)
        pair.program("p", on: .first, "c").provide("c", "e")
        let heard = pair.bench.take(listener).filter { $0.type == "broadcast" }
        #expect(heard.map { $0["event"] } == ["registration_relayed"])
        #expect(heard.first?["data"]?["name"] == "e")
    }

    @Test func onAHostedHubTheyAreTheHubsOwn() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west"), bench.addHub("east"))
        let bridge = bench.addBridge("b", west, east)
        bridge.hosted = [.first]
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(2))
        let watcher = west.client("watcher")
        watcher.join("__comm_ipc_system")
        watcher.join("__comm_ipc_errors")
        bench.quiet()
        bridge.down(.second)
        let heard = bench.take(watcher)
        #expect(heard.map { $0["event"] } == ["link_down"])
        #expect(heard.first?["channel"] == "__comm_ipc_errors")
        #expect(heard.first?["data"]?["peer"] == "peer east")
        #expect(bridge.hubNews.allSatisfy { $0.side == .first })
    }

    @Test func dropsAreReportedNowAndThen() {
        let pair = Pair(rules: [.rule("c", .in)])
        let sender = pair.program("a", on: .first, "c")
        pair.program("z", on: .second, "c").join("c")
        pair.bench.pass(.seconds(1))
        _ = pair.bridge.takeNews()
        for _ in 0..<3 { sender.broadcast("c", 1) }
        pair.bench.pass(.seconds(1))
        #expect(pair.bridge.takeNews().filter { $0.event == .dropped }.map { $0["counts"] } == ["not_allowed=3"])
        sender.broadcast("c", 1)
        sender.send("ping")
        pair.bench.pass(.seconds(30))
        sender.send("ping")
        #expect(pair.bridge.takeNews().filter { $0.event == .dropped } == [])
        pair.bench.pass(.seconds(31))
        #expect(pair.bridge.takeNews().filter { $0.event == .dropped }.map { $0["counts"] } == ["not_allowed=4"])
        pair.bench.pass(.seconds(50))
        #expect(pair.bridge.takeNews().filter { $0.event == .dropped } == [])
    }

    /// A bridge that comes to a hub with other bridges on it drops nothing of anybody's.
    @Test func otherBridgesWordsAreNotDrops() {
        let bench = Bench()
        let (west, east) = (bench.addHub("west"), bench.addHub("east"))
        let bridges = ["one", "two"].map { bench.addBridge($0, west, east) }
        for bridge in bridges {
            bridge.delay = .milliseconds(20)
            bridge.up(.first)
            bridge.up(.second)
        }
        bench.pass(.seconds(20))
        #expect(bridges.map(\.relay.counts.dropSummary) == ["", ""])
    }
}
