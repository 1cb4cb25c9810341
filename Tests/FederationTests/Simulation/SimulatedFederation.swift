import NIOCore
import TestSupport

@testable import Federation

/// Hubs, programs and bridges, and the time that passes for them: everything drawn from one seed.
final class SimulatedFederation {
    let seed: UInt64
    let limits: RouteLimits
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    var queue = EventQueue()
    private var generator: SeededGenerator
    private(set) var hubs: [SimulatedHub] = []
    private(set) var bridges: [SimulatedBridge] = []
    private(set) var programs: [SimulatedProgram] = []
    private var nextNumber = 0
    private(set) var lastChange: NIODeadline

    /// One way between a client and a hub.
    var delayMaximum = TimeAmount.milliseconds(100)
    /// Whether a message may come twice: only where delays are longer than the silence of a takeover.
    var toleratesDuplicates = false
    /// Faults of the federation, the first few.
    private(set) var faults: [String] = []
    private(set) var duplicateCount = 0
    private(set) var droppedCount = 0
    var callCount = 0
    var deliveryCount = 0
    var outcomeCounts: [String: Int] = [:]
    /// What the bridges told each other.
    private(set) var cost = Cost()

    struct Cost {
        /// By their senders, and by all who heard them; signs of life apart.
        var changes = 0
        var changesHeard = 0
        var offersHeard = 0
        var bytesHeard = 0
        var beats = 0
    }

    init(seed: UInt64, limits: RouteLimits = RouteLimits()) {
        self.seed = seed
        self.limits = limits
        generator = SeededGenerator(seed: seed)
        lastChange = now
    }

    // MARK: Building

    func addHub(reportsDepartures: Bool = true) {
        hubs.append(SimulatedHub(self, index: hubs.count, reportsDepartures: reportsDepartures))
    }

    func addBridge(_ first: Int, _ second: Int, _ rules: [ChannelRule] = [.everything]) {
        bridges.append(
            SimulatedBridge(
                self,
                index: bridges.count,
                between: (hubs[first], hubs[second]),
                rules: ChannelRules(rules)
            )
        )
    }

    func addProgram(
        on hub: Int,
        channels: [String] = [],
        endpoints: [EndpointKey] = [],
        interests: [EndpointKey] = []
    ) {
        programs.append(
            SimulatedProgram(
                self,
                on: hubs[hub],
                name: "p\(programs.count)",
                channels: channels,
                endpoints: endpoints,
                interests: interests
            )
        )
    }

    func start() {
        for program in programs { program.start() }
        for bridge in bridges { after(.milliseconds(pick(0...500))) { bridge.start() } }
    }

    // MARK: Chance

    func pick(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &generator) }
    func pick(_ count: Int) -> Int { .random(in: 0..<count, using: &generator) }
    func chance(_ percent: Int) -> Bool { pick(100) < percent }
    func delay() -> TimeAmount { .nanoseconds(pick(100_000...delayMaximum.nanoseconds)) }

    func makeNumber() -> Int {
        nextNumber += 1
        return nextNumber
    }

    // MARK: Time

    func after(_ time: TimeAmount, _ body: @escaping () -> Void) { queue.add(now + time, .act(body)) }

    func run(_ time: TimeAmount) {
        let end = now + time
        while let next = queue.nextTime, next <= end, faults.isEmpty { step() }
        now = max(now, end)
    }

    private func step() {
        guard let (time, event) = queue.take() else { return }
        now = time
        switch event {
        case .atHub(let wire, let word): wire.hub.receive(word, from: wire)
        case .atClient(let wire, let word):
            if wire.isOpenAtClient, !wire.isCut { wire.client.receive(word, from: wire) }
        case .wake(let bridge): bridge.wake()
        case .act(let body): body()
        }
    }

    /// Longer than the longest silence of a takeover.
    static let quiet = TimeAmount.seconds(6)

    /// Runs until nothing has changed for a while.
    ///
    /// - Returns: how long changes went on.
    func runUntilQuiet(atMost: TimeAmount = .seconds(180)) -> TimeAmount {
        let begin = now
        changed()
        while faults.isEmpty, now - lastChange < Self.quiet {
            run(.milliseconds(500))
            if now - begin > atMost {
                fail("not quiet after \(atMost.nanoseconds / 1_000_000_000) s")
            }
        }
        return lastChange - begin
    }

    // MARK: What goes on

    func changed() { lastChange = now }

    func dropped() { droppedCount += 1 }

    func fail(_ words: String) {
        if faults.count < 5 {
            faults.append("\(words) (at \((now - .uptimeNanoseconds(0)).nanoseconds / 1_000_000) ms)")
        }
    }

    func duplicate(_ words: String) {
        duplicateCount += 1
        if !toleratesDuplicates { fail(words) }
    }

    func count(_ change: OfferChange?, receivers: Int) {
        guard let change else {
            cost.beats += 1
            return
        }
        cost.changes += 1
        cost.changesHeard += receivers
        cost.offersHeard += receivers * (change.offered.count + change.withdrawn.count)
        cost.bytesHeard += receivers * Self.byteCount(change)
    }

    /// About as many as msgpack would take.
    private static func byteCount(_ change: OfferChange) -> Int {
        let keys = change.offered.map(\.key) + change.withdrawn
        let names = keys.reduce(0) { $0 + $1.channel.utf8.count + $1.name.utf8.count + 4 }
        let paths = change.offered.reduce(0) { $0 + $1.path.reduce(1) { $0 + $1.utf8.count + 1 } }
        return 100 + names + paths
    }
}
