import MQTTProtocol
import NIOCore
import TestSupport

@testable import Federation

/// Brokers, and bridges whose graphs hear each other through their retained messages, a while late and each broker's in order.
final class SimulatedBrokers {
    final class Bridge {
        let index: Int
        /// Brokers by number.
        let ends: [Side: Int]
        let rules: [TopicRule]
        var lives = 0
        var graph: BrokerGraph?

        init(index: Int, ends: [Side: Int], rules: [TopicRule]) {
            self.index = index
            self.ends = ends
            self.rules = rules
        }

        func key(_ side: Side) -> String { "stinger/bridge/b\(index)/\(side)/routes" }
    }

    struct Copy: Hashable {
        let broker: Int
        let name: String
    }

    private struct Event {
        let time: NIODeadline
        let number: Int
        let act: () -> Void
    }

    let versions: [Bool]
    private(set) var bridges: [Bridge] = []
    private(set) var now = NIODeadline.uptimeNanoseconds(0)
    private(set) var tellingCount = 0
    private(set) var waitCount = 0
    private var random: SeededGenerator
    private var retained: [[String: [UInt8]]]
    private var events: [Event] = []
    private var eventCount = 0
    /// When the last news of a broker reaches a bridge: they come in order.
    private var lastNews: [Int: NIODeadline] = [:]

    /// - Parameter versions: by broker, whether it keeps paths.
    init(versions: [Bool], seed: UInt64) {
        self.versions = versions
        retained = versions.map { _ in [:] }
        random = SeededGenerator(seed: seed)
    }

    @discardableResult
    func add(_ first: Int, _ second: Int, _ rules: [TopicRule]) -> Bridge {
        let bridge = Bridge(index: bridges.count, ends: [.first: first, .second: second], rules: rules)
        bridges.append(bridge)
        return bridge
    }

    // MARK: Life

    func start(_ bridge: Bridge) {
        bridge.lives += 1
        bridge.graph = BrokerGraph(
            BrokerGraph.Settings(
                name: "b\(bridge.index)",
                nonce: random.next(),
                rules: bridge.rules,
                firstKey: bridge.key(.first),
                secondKey: bridge.key(.second)
            )
        )
        for side in Side.allCases { linkUp(bridge, side) }
    }

    func linkUp(_ bridge: Bridge, _ side: Side) {
        let life = bridge.lives
        schedule(after: delay()) { [self] in
            guard bridge.lives == life, let broker = bridge.ends[side] else { return }
            bridge.graph?.linkUp(side, id: "broker\(broker)", keepsPath: versions[broker], now: now)
            serve(bridge)
            for (key, text) in retained[broker].sorted(by: { $0.key < $1.key }) {
                deliver(text, key, to: bridge, side)
            }
            inOrder(bridge, side) { [self] in bridge.graph?.firstLookDone(side, now: now) }
        }
    }

    /// The connection breaks; the broker publishes the will.
    func linkDown(_ bridge: Bridge, _ side: Side) {
        guard let broker = bridge.ends[side] else { return }
        bridge.graph?.linkDown(side, now: now)
        lastNews[bridge.index * 2 + (side == .first ? 0 : 1)] = nil
        publish([], bridge.key(side), on: broker)
        serve(bridge)
    }

    func kill(_ bridge: Bridge) {
        bridge.graph = nil
        bridge.lives += 1
        for side in Side.allCases {
            guard let broker = bridge.ends[side] else { continue }
            publish([], bridge.key(side), on: broker)
        }
    }

    // MARK: News

    func publish(_ text: [UInt8], _ key: String, on broker: Int) {
        retained[broker][key] = text.isEmpty ? nil : text
        for bridge in bridges where bridge.graph != nil {
            for side in Side.allCases where bridge.ends[side] == broker { deliver(text, key, to: bridge, side) }
        }
    }

    func retainedText(_ key: String, on broker: Int) -> [UInt8]? { retained[broker][key] }

    func retainedCount(on broker: Int) -> Int { retained[broker].count }

    private func deliver(_ text: [UInt8], _ key: String, to bridge: Bridge, _ side: Side) {
        inOrder(bridge, side) { [self] in bridge.graph?.heard(text: text, key: key, on: side, now: now) }
    }

    private func inOrder(_ bridge: Bridge, _ side: Side, _ act: @escaping () -> Void) {
        let place = bridge.index * 2 + (side == .first ? 0 : 1)
        let time = max(now + delay(), lastNews[place] ?? now)
        lastNews[place] = time
        let life = bridge.lives
        schedule(after: time - now) { [self] in
            guard bridge.lives == life else { return }
            act()
            serve(bridge)
        }
    }

    private func serve(_ bridge: Bridge) {
        bridge.graph?.deadlineReached(now: now)
        while let telling = bridge.graph?.nextTelling(now: now) {
            tellingCount += 1
            if let broker = bridge.ends[telling.side] { publish(telling.text, bridge.key(telling.side), on: broker) }
        }
    }

    private func delay() -> TimeAmount { .microseconds(.random(in: 100...20_000, using: &random)) }

    private func schedule(after delay: TimeAmount, _ act: @escaping () -> Void) {
        eventCount += 1
        events.append(Event(time: now + delay, number: eventCount, act: act))
    }

    /// Lets time pass.
    func run(for duration: TimeAmount) {
        let end = now + duration
        while true {
            let event = events.indices.min { one, other in
                (events[one].time, events[one].number) < (events[other].time, events[other].number)
            }
            let deadline = bridges.compactMap { $0.graph?.nextDeadline }.min() ?? .distantFuture
            let eventTime = event.map { events[$0].time } ?? .distantFuture
            guard min(eventTime, deadline) <= end else { break }
            if let event, eventTime <= deadline {
                now = max(now, eventTime)
                events.remove(at: event).act()
            } else {
                now = max(now, deadline)
                for bridge in bridges { serve(bridge) }
            }
        }
        now = end
    }

    // MARK: Messages

    /// Where a message gets that somebody publishes, and how often; the first one is where it began.
    func copies(of name: String, from broker: Int, maximum: Int = 2_000) -> [Copy: Int] {
        var copies: [Copy: Int] = [:]
        var waiting: [(broker: Int, name: [UInt8], path: [UInt8]?, by: Int?)] = [(broker, Array(name.utf8), nil, nil)]
        var total = 0
        while !waiting.isEmpty, total < maximum {
            let message = waiting.removeFirst()
            copies[Copy(broker: message.broker, name: String(decoding: message.name, as: UTF8.self)), default: 0] += 1
            total += 1
            for bridge in bridges where bridge.index != message.by {
                for side in Side.allCases where bridge.ends[side] == message.broker {
                    guard let far = bridge.ends[side.other],
                        let carried = carry(message.name, message.path, by: bridge, from: side)
                    else { continue }
                    waiting.append((far, carried.name, versions[far] ? carried.path : nil, bridge.index))
                }
            }
        }
        return copies
    }

    private func carry(
        _ name: [UInt8],
        _ path: [UInt8]?,
        by bridge: Bridge,
        from side: Side
    ) -> (name: [UInt8], path: [UInt8])? {
        guard let broker = bridge.ends[side], let arrived = TopicRules(bridge.rules).arrival(from: side, name) else {
            return nil
        }
        return (path ?? []).withUnsafeBytes { bytes in
            let path = path == nil ? nil : try? StingerPath(bytes)
            let verdict = name.withUnsafeBytes { bridge.graph?.verdict(topic: $0, path: path, from: side) }
            switch verdict {
            case .carry: break
            case .wait:
                waitCount += 1
                return nil
            case .standBy, nil: return nil
            }
            var value: [UInt8] = []
            let isWritten = StingerPath.escaped("broker\(broker)").withUnsafeBytes { id in
                StingerPath.append(id, to: path, into: &value)
            }
            return isWritten ? (arrived.name, value) : nil
        }
    }

    /// The brokers and names that a message could get to if each way were taken, found without the graph.
    func reach(of name: String, from broker: Int) -> Set<Copy> {
        var found: Set = [Copy(broker: broker, name: name)]
        var waiting = Array(found)
        while let place = waiting.popLast() {
            for bridge in bridges where bridge.graph != nil {
                for side in Side.allCases where bridge.ends[side] == place.broker {
                    guard let far = bridge.ends[side.other],
                        let arrived = TopicRules(bridge.rules).arrival(from: side, Array(place.name.utf8))
                    else { continue }
                    let next = Copy(broker: far, name: String(decoding: arrived.name, as: UTF8.self))
                    if found.insert(next).inserted { waiting.append(next) }
                }
            }
        }
        return found
    }
}
