import Federation
import HubProtocol
import MessagePack
import NIOCore
import TestSupport
import Testing

@testable import Bridge
@testable import Hub

/// A bridge in virtual time. It does what the bridge's driver and its links do, but that its links come up when a test says so.
final class TestBridge {
    struct Ending {
        let side: Side
        let isMain: Bool
        let failure: HubClientFailure?
    }

    let relay: BridgeRelay
    private unowned let bench: Bench
    private var hubs: [Side: TestHub]
    /// What the hubs at its ends are like, and which of them lie in its process.
    var dialects: [Side: Dialect] = [.first: .stinger, .second: .stinger]
    var hosted: Set<Side> = []
    /// The hub takes no further connections of this bridge.
    var refusesFurther: Set<Side> = []
    /// Of the wires that come.
    var delay = TimeAmount.zero
    /// Cuts what comes from hubs into pieces; nil: as the hub wrote it.
    var cutter: SeededGenerator?

    private(set) var wires: [Wire] = []
    private(set) var endings: [Ending] = []
    private var log: [BridgeNews] = []
    private(set) var hubNews: [(side: Side, news: BridgeNews)] = []
    private(set) var reading: [Side: Bool] = [:]
    private var nonce = 0

    init(_ settings: RelaySettings, first: TestHub, second: TestHub, on bench: Bench) {
        self.bench = bench
        hubs = [.first: first, .second: second]
        relay = BridgeRelay(settings: settings, now: bench.now)
    }

    private func hub(_ side: Side) -> TestHub {
        guard let hub = hubs[side] else { preconditionFailure("a bridge has two sides") }
        return hub
    }

    // MARK: Links

    /// The next connection of a link leads to another hub.
    func setHub(_ side: Side, _ hub: TestHub) { hubs[side] = hub }

    /// Lets a link come up. What it brings follows as the bench settles.
    func up(_ side: Side, channelBinding: [UInt8]? = nil) {
        relay.advance(to: bench.now)
        nonce += 1
        let text = String(nonce, radix: 16)
        let nonce = String(repeating: "0", count: 8 - text.count) + text
        let port: RelayPort
        let client: TestClient
        if hosted.contains(side) {
            client = hub(side).attach(relay.clientID(nonce: nonce))
            port = relay.attached(side, clientID: client.id, hubID: hub(side).hub.id.text)
        } else {
            port = relay.connected(side, nonce: nonce, channelBinding: channelBinding)
            client = hub(side).connect(port.clientID)
        }
        add(Wire(port: port, client: client, dialect: dialects[side] ?? .stinger))
    }

    private func add(_ wire: Wire) {
        wire.delay = delay
        wires.append(wire)
        if !relay.mayRead(wire.port.side) { wire.client.stopTaking() }
    }

    /// The connection of a link, holders aside.
    func wire(_ side: Side) -> Wire? { wires.first { $0.port.side == side && $0.port.isMain } }
    func holders(_ side: Side) -> [Wire] { wires.filter { $0.port.side == side && !$0.port.isMain } }

    /// Loses a link, with all its connections; both sides notice at once.
    func down(_ side: Side) {
        for wire in wires where wire.port.side == side { lose(wire) }
    }

    func lose(_ wire: Wire) {
        wire.client.hangUp()
        relay.advance(to: bench.now)
        end(wire, "the connection was cut")
    }

    private func end(_ wire: Wire, _ words: String) {
        wires.removeAll { $0 === wire }
        relay.closed(wire.port, because: words)
    }

    // MARK: Moving on

    /// Moves everything that can move now.
    ///
    /// - Returns: whether something did.
    func step() -> Bool {
        var hasMoved = false
        relay.advance(to: bench.now)
        for wire in wires {
            if wire.arriveAtHub(now: bench.now) { hasMoved = true }
            while let bytes = wire.arriveAtBridge(now: bench.now) {
                receive(bytes, from: wire.port)
                hasMoved = true
            }
            if wire.port.isWritable == wire.client.isPaused {
                relay.setWritable(wire.port, !wire.client.isPaused)
                hasMoved = true
            }
            if wire.client.isGone, wires.contains(where: { $0 === wire }) {
                end(wire, "the hub closed the connection")
                hasMoved = true
            }
        }
        return carryOut() || hasMoved
    }

    private func receive(_ bytes: ByteBuffer, from port: RelayPort) {
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = cutter.map { cutter in
                var generator = cutter
                defer { self.cutter = generator }
                return Int.random(in: 1...min(40, rest.readableBytes), using: &generator)
            }
            guard var piece = rest.readSlice(length: count ?? rest.readableBytes) else { return }
            relay.received(&piece, from: port)
            if cutter != nil { _ = carryOut() }
        }
    }

    private func carryOut() -> Bool {
        var hasMoved = false
        repeat {
            relay.settle()
            while let output = relay.nextOutput() {
                hasMoved = true
                carryOut(output)
            }
        } while relay.needsSettling
        return hasMoved
    }

    private func carryOut(_ output: RelayOutput) {
        switch output {
        case .send(let port):
            wires.first { $0.port === port }?.send(port.session.output, now: bench.now)
            port.session.output.clear()
        case .close(let port, let failure):
            endings.append(Ending(side: port.side, isMain: port.isMain, failure: failure))
            guard let wire = wires.first(where: { $0.port === port }) else { return }
            // What was said before goes first.
            _ = wire.arriveAtHub(now: bench.now)
            wire.client.hangUp()
            end(wire, failure.map { "\($0)" } ?? "closed")
        case .open(let port):
            guard !refusesFurther.contains(port.side) else {
                relay.closed(port, because: "connection refused")
                return
            }
            add(
                Wire(
                    port: port,
                    client: hub(port.side).connect(port.clientID),
                    dialect: dialects[port.side] ?? .stinger
                )
            )
            relay.opened(port)
        case .setReading(let side, let isReading):
            reading[side] = isReading
            for wire in wires where wire.port.side == side {
                if isReading { wire.client.goOnTaking() } else { wire.client.stopTaking() }
            }
        case .tell(let side?, let news):
            hubNews.append((side, news))
            hub(side).announce(news.event.rawValue, news.fields.map { ($0.key, $0.value) }, isError: news.isError)
        case .tell(nil, let news): log.append(news)
        }
    }

    // MARK: Time

    var nextDeadline: NIODeadline { wires.compactMap(\.nextArrival).reduce(relay.nextDeadline, min) }

    func ring() {
        guard relay.nextDeadline <= bench.now else { return }
        relay.advance(to: bench.now)
        relay.deadlineReached()
    }

    // MARK: Looking in

    /// The news since the last time.
    func takeNews() -> [BridgeNews] {
        defer { log = [] }
        return log
    }

    /// What is registered on one side for the other.
    func proxies(_ side: Side) -> Set<EndpointKey> {
        Set(relay.end(side).proxies.values.filter { $0.state == .registered }.map(\.key))
    }

    func drops(_ drop: RelayDrop) -> UInt64 { relay.counts[drop] }
}

extension BridgeNews {
    subscript(key: String) -> String? { fields.first { $0.key.description == key }?.value }
}
