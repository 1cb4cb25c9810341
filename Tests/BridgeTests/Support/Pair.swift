import Federation
import NIOCore
import Testing

@testable import Bridge
@testable import Hub

/// The hubs `west` (first) and `east` (second), and a bridge between them that is up.
struct Pair {
    let bench: Bench
    let west: TestHub
    let east: TestHub
    let bridge: TestBridge

    init(
        rules: [ChannelRule] = [.everything],
        dialects: (west: Dialect, east: Dialect) = (.stinger, .stinger),
        hub: (inout HubSettings) -> Void = { _ in },
        bridge configure: (inout RelaySettings) -> Void = { _ in }
    ) {
        bench = Bench()
        west = bench.addHub("west", hub)
        east = bench.addHub("east", hub)
        bridge = bench.addBridge("b", west, east, rules: rules, configure)
        bridge.dialects = [.first: dialects.west, .second: dialects.east]
        up()
    }

    init(bench: Bench, west: TestHub, east: TestHub, bridge: TestBridge) {
        self.bench = bench
        self.west = west
        self.east = east
        self.bridge = bridge
    }

    /// Lets both links come up, and time enough pass for what follows.
    func up() {
        for side in Side.allCases where bridge.wire(side) == nil { bridge.up(side) }
        bench.pass(.seconds(2))
    }

    func hub(_ side: Side) -> TestHub { side == .first ? west : east }

    /// A program on a hub, which joined the channels.
    func program(_ id: String, on side: Side, _ channels: String...) -> TestClient {
        let client = hub(side).client(id)
        for channel in channels { client.join(channel) }
        return client
    }
}
