import Federation
import MQTTProtocol
import NIOCore
import TestBrokers
import TestSupport

@testable import Bridge

/// A relay between two brokers in memory, in a time of its own. It is driven as its driver does it, and looked at after each step: that its books
/// balance, that it wants nothing over and over, that the brokers find nothing wrong.
final class TopicBench {
    let settings: TopicBenchSettings
    let relay: TopicRelay
    private let brokers: [Side: TestBroker]
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private(set) var wires: [TopicPort: TopicWire] = [:]
    /// Connections whose end the relay does not wait for.
    private var farewells: [TopicWire] = []
    /// What was said to people.
    private(set) var told: [Told] = []
    /// What a bridge may never do.
    private(set) var faults: [String] = []
    /// Why the relay has ended connections.
    private(set) var endings: [String] = []
    private(set) var connectionCount: [TopicPort: Int] = [:]
    private var dialsAt: [TopicPort: NIODeadline] = [:]
    /// Brokers that cannot be reached.
    private var unreachable: Set<Side> = []
    private var writable: [Side: Bool] = [:]
    /// Other bridges on the same brokers.
    private var companions: [TopicBench] = []
    var generator: SeededGenerator

    struct Told: Equatable {
        let level: TopicRelayOutput.Level
        let words: String
        let fields: [String: String]
    }

    init(
        _ settings: TopicBenchSettings,
        first: TestBroker = TestBroker(),
        second: TestBroker = TestBroker(),
        instance: String = "instance",
        restored: RetainedMemoryFile.Content? = nil,
        seed: UInt64 = 1
    ) {
        self.settings = settings
        brokers = [.first: first, .second: second]
        generator = SeededGenerator(seed: seed)
        relay = TopicRelay(settings: settings.relaySettings, instance: instance, restored: restored, now: now)
        for side in Side.allCases { dialsAt[TopicPort(side)] = now }
    }

    convenience init(_ rules: TopicRule..., first: MQTTVersion = .v5, second: MQTTVersion = .v5) {
        self.init(TopicBenchSettings(rules, first, second))
    }

    func broker(_ side: Side) -> TestBroker { brokers[side]! }

    func clientID(_ side: Side) -> String {
        settings[side].clientID(ofBridge: settings.id, peer: TopicBenchSettings.name(side))
    }

    /// What the main connection to a broker has carried towards it.
    func packets(_ side: Side) -> [MQTTPacket] { wires[TopicPort(side)]?.connection.packets ?? [] }

    func add(_ companion: TopicBench) { companions.append(companion) }
}

// MARK: - Time

extension TopicBench {
    /// Lets time pass, from one thing that happens to the next.
    func run(_ time: TimeAmount) {
        let end = now + time
        while now < end {
            settle()
            advance(to: Swift.min(end, Swift.max(nextEvent, now + .microseconds(100))))
        }
        settle()
    }

    /// - Returns: whether it came about in that time.
    @discardableResult
    func run(until condition: () -> Bool, within time: TimeAmount = .seconds(30)) -> Bool {
        let end = now + time
        settle()
        while !condition() {
            guard now < end else { return false }
            advance(to: Swift.min(end, Swift.max(nextEvent, now + .microseconds(100))))
            settle()
        }
        return true
    }

    private func advance(to time: NIODeadline) {
        for bench in [self] + companions { bench.step(to: time) }
    }

    private var nextEvent: NIODeadline { ([self] + companions).map(\.ownNextEvent).min() ?? .distantFuture }

    private var ownNextEvent: NIODeadline {
        var next = relay.nextDeadline
        for (port, wire) in wires { next = Swift.min(next, wire.nextArrival(mayRead: mayRead(port))) }
        for wire in farewells { next = Swift.min(next, wire.nextArrival(mayRead: false)) }
        for (port, time) in dialsAt where !unreachable.contains(port.side) { next = Swift.min(next, time) }
        return next
    }

    private func mayRead(_ port: TopicPort) -> Bool {
        port.isReading ? relay.mayReadStored() : relay.mayRead(port.side)
    }

    private func step(to time: NIODeadline) {
        now = time
        for (port, dialTime) in dialsAt where dialTime <= now && !unreachable.contains(port.side) { dial(port) }
        for wire in wires.values + farewells { _ = wire.deliverUp(now: now) }
        farewells.removeAll { wire in
            if wire.isDone { wire.connection.transportClosed() }
            return wire.isDone
        }
        for port in wires.keys { hear(port) }
        for (port, wire) in wires {
            if wire.isDone { hangUp(port, because: "done") } else if wire.isOver { hangUp(port, because: "it hung up") }
        }
        if relay.nextDeadline <= now { ring() }
        settleAlone()
    }

    private func dial(_ port: TopicPort) {
        dialsAt[port] = nil
        wires[port] = TopicWire(to: broker(port.side))
        connectionCount[port, default: 0] += 1
        writable[port.side] = true
        relay.advance(to: now)
        relay.connected(port)
        settleAlone()
    }

    private func hear(_ port: TopicPort) {
        while mayRead(port), let wire = wires[port] {
            let maximum = settings.readMaximum.map { Int.random(in: 1...$0, using: &generator) } ?? .max
            guard var bytes = wire.nextDown(now: now, pieceMaximum: maximum) else { return }
            relay.advance(to: now)
            relay.receive(&bytes, on: port)
            settleAlone()
        }
    }

    private func ring() {
        for _ in 0..<100 where relay.nextDeadline <= now {
            relay.advance(to: now)
            relay.deadlineReached()
            settleAlone()
        }
        if relay.nextDeadline <= now { note("a deadline that has come stays due") }
    }
}

// MARK: - Carrying out what the relay wants

extension TopicBench {
    private func settle() {
        for bench in [self] + companions { bench.settleAlone() }
    }

    private func settleAlone() {
        var isQuiet: Bool
        repeat {
            isQuiet = true
            while let output = relay.nextOutput() {
                carryOut(output)
                isQuiet = false
            }
            for (port, wire) in wires {
                if let bytes = relay.takeOutput(port) {
                    wire.sendUp(bytes, arrivesAt: now + settings.delay)
                    isQuiet = false
                }
            }
            for wire in wires.values where wire.collect(arrivesAt: now + settings.delay) { isQuiet = false }
            updateWritability()
        } while !isQuiet
        check()
    }

    private func carryOut(_ output: TopicRelayOutput) {
        switch output {
        case .beginReading(let side):
            let port = TopicPort(side, isReading: true)
            if wires[port] == nil { dialsAt[port] = now }
        case .endReading(let side, let farewell):
            let port = TopicPort(side, isReading: true)
            dialsAt[port] = nil
            guard let wire = wires.removeValue(forKey: port) else { return }
            if let farewell { wire.sendUp(farewell, arrivesAt: now + settings.delay) }
            wire.isEnding = true
            farewells.append(wire)
        case .close(let side, let failure):
            if let failure { endings.append("\(side): \(failure)") }
            let port = TopicPort(side)
            guard let wire = wires[port] else { return }
            if let bytes = relay.takeOutput(port) { wire.sendUp(bytes, arrivesAt: now + settings.delay) }
            wire.isEnding = true
        case .steady: break
        case .tell(let level, let words, let fields):
            told.append(Told(level: level, words: words, fields: Dictionary(fields) { _, last in last }))
        }
    }

    /// As a socket of 64 KiB that is filled, and that takes more when it is half empty.
    private func updateWritability() {
        for side in Side.allCases {
            guard let wire = wires[TopicPort(side)] else { continue }
            let isWritable = wire.upByteCount < (writable[side] == true ? 64 << 10 : 32 << 10)
            guard writable[side] != isWritable else { continue }
            writable[side] = isWritable
            relay.setWritable(side, isWritable)
        }
    }

    private func hangUp(_ port: TopicPort, because words: String) {
        guard let wire = wires.removeValue(forKey: port) else { return }
        wire.connection.transportClosed()
        lost(port, because: words)
    }

    private func lost(_ port: TopicPort, because words: String) {
        if !port.isReading { dialsAt[port] = now + settings.redialTime }
        relay.advance(to: now)
        relay.disconnected(port, because: words)
        settleAlone()
    }

    // MARK: What may never be

    private func check() {
        if !relay.accounts.isBalanced { note("the books do not balance: \(relay.accounts.summary)") }
        for side in Side.allCases {
            for violation in broker(side).violations { note("\(side): \(violation)") }
            if relay.end(side).unacknowledgedCount < 0 { note("\(side): more acknowledged than came") }
        }
    }

    private func note(_ fault: String) { if !faults.contains(fault) { faults.append(fault) } }
}

// MARK: - Trouble

extension TopicBench {
    /// Cuts a connection at any byte of what is on its way.
    func cut(_ side: Side, isReading: Bool = false, isNoticed: Bool = true) {
        let port = TopicPort(side, isReading: isReading)
        guard let wire = wires[port] else { return }
        var rest = wire.cut(&generator, isNoticed: isNoticed)
        if rest.readableBytes > 0, mayRead(port) {
            relay.advance(to: now)
            relay.receive(&rest, on: port)
            // What is wanted now reaches nobody any more.
            while relay.takeOutput(port) != nil {}
        }
        guard wires.removeValue(forKey: port) != nil else { return }
        lost(port, because: "cut")
    }

    /// Cuts, and keeps the broker out of reach until `mend`.
    func part(_ side: Side) {
        unreachable.insert(side)
        cut(side, isReading: true)
        cut(side)
    }

    func mend(_ side: Side) { unreachable.remove(side) }

    /// The broker takes nothing from the socket.
    func stallUp(_ side: Side, _ isStalled: Bool) { wires[TopicPort(side)]?.isStalledUp = isStalled }

    /// What the broker says does not arrive.
    func stallDown(_ side: Side, _ isStalled: Bool) { wires[TopicPort(side)]?.isStalledDown = isStalled }
}
