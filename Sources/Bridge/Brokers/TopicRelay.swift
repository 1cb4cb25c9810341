package import Federation
import MQTTProtocol
package import NIOCore

/// A bridge between two brokers: takes what one sends, decides, and hands it to the other.
///
/// Without I/O and clock: whoever drives it feeds it what connections bring (`connected`, `receive`, `disconnected`, `deadlineReached`), and then
/// carries out what it wants: the bytes of each side (`takeOutput`), whether to read from it (`mayRead`), and `nextOutput`. Confined to one loop.
///
/// A message of QoS 1 or 2 is acknowledged to its source when its destination has acknowledged it: what is on its way here is still held by the
/// broker it came from, and lost with nobody's death.
package final class TopicRelay {
    package let settings: TopicRelaySettings
    let first: BrokerEnd
    let second: BrokerEnd
    // Every message touches what is not checked for overlapping accesses: nothing here is lent to anybody who could come back.
    @exclusivity(unchecked) var rules: TopicRules
    let traits: [RuleTraits]
    @exclusivity(unchecked) package internal(set) var accounts: RuleAccounts
    @exclusivity(unchecked) var now: NIODeadline
    /// By rule and direction: what waits for the rule's rate.
    var limiters: [HeldMessages?]
    let hasLimits: Bool
    /// Sums over everything that waits by rules' rates or the pace after an outage.
    var heldByteCount = 0
    var outputs: CircularBuffer<TopicRelayOutput> = []
    var said: Set<String> = []
    /// When the accounts are next looked at, and how they were last said.
    var nextReport: NIODeadline
    var reportedSummary = ""
    var reportedUnusualCount: UInt64 = 0
    /// Messages that no rule names.
    var unmatchedCount: UInt64 = 0
    var isStopping = false
    /// Tells this process from others of the same name.
    let instance: String
    // Other bridges of both brokers.
    var graph: BrokerGraph
    /// Both brokers are known and no other bridge is: no message has to be asked for.
    var carriesAll = false
    /// The bridges agree on who carries what, as far as this one knows.
    var isAgreed = false
    var undecided: CircularBuffer<UndecidedMessage> = []
    /// When the first of them may expire.
    var undecidedExpiry = NIODeadline.distantFuture
    /// The graph's, as of its last change.
    var graphDeadline = NIODeadline.distantFuture
    // What is stored on both sides.
    /// The rules that keep retained messages, by index.
    let readRules: Set<Int>
    var ledger: RetainedLedger
    var reading: RetainedReadingPass?
    /// When the next reading begins, if one is wanted.
    var readingDue: NIODeadline?
    /// The next one begins no earlier.
    var readingPauseEnd: NIODeadline
    /// When it is looked whether what has gathered in an outage has crossed; nil: it has.
    var catchUpDue: NIODeadline?
    var catchUpEnd: NIODeadline
    /// Bytes of the largest stored message that a broker has shown.
    var shownByteMaximum = 1
    /// As it was told last.
    var toldCounts = RetainedCounts()
    /// What an earlier process remembered, until it is known whether it is about these brokers.
    var restored: RetainedMemoryFile.Content?
    /// What the ledger's memory is about; nil: the links have never been up together.
    var memoryScope: Digest128?
    /// Messages on their way across that settle what both sides hold.
    @exclusivity(unchecked) var passages: [MessageTag: RetainedPassage] = [:]
    /// Of messages that the bridge itself publishes by a rule.
    var ownSerial: UInt32 = 0
    /// Messages of QoS 1 and 2 that a broker without No Local will send back.
    @exclusivity(unchecked) var tickets: [MessageTag: EchoWindow.Ticket] = [:]
    /// Room for a name and for properties on their way, used again and again.
    @exclusivity(unchecked) var topicScratch: [UInt8] = []
    @exclusivity(unchecked) var propertyScratch: [UInt8] = []
    /// Messages that were pushed out by newer ones, to be acknowledged to their source.
    @exclusivity(unchecked) var pushedOut: [MessageTag] = []

    /// - Parameter instance: a few random characters.
    package init(
        settings: TopicRelaySettings,
        instance: String,
        restored: RetainedMemoryFile.Content? = nil,
        now: NIODeadline
    ) {
        self.settings = settings
        self.instance = instance
        self.restored = restored
        self.now = now
        nextReport = now + .minutes(1)
        readingPauseEnd = now
        catchUpEnd = now
        traits = settings.rules.rules.enumerated().map { index, rule in
            RuleTraits(rule, isIdentity: settings.rules.isIdentity(index))
        }
        let traits = traits
        readRules = Set(traits.indices.filter { traits[$0].isCompared })
        ledger = RetainedLedger(rules: settings.rules.rules.map { RetainedLedger.Rule($0) })
        ledger.beginCatchingUp()
        rules = settings.rules
        first = BrokerEnd(
            side: .first,
            settings: settings.first,
            rules: settings.rules,
            bridge: settings.id,
            now: now
        )
        second = BrokerEnd(
            side: .second,
            settings: settings.second,
            rules: settings.rules,
            bridge: settings.id,
            now: now
        )
        var graph = BrokerGraph.Settings(
            name: settings.id,
            nonce: Digest128(hashing: [Array(instance.utf8), Array(settings.id.utf8)]).high,
            rules: settings.rules.rules,
            firstKey: first.topics.routes,
            secondKey: second.topics.routes
        )
        graph.firstSign = settings.first.stateTopic
        graph.secondSign = settings.second.stateTopic
        self.graph = BrokerGraph(graph)
        accounts = RuleAccounts(ruleCount: settings.rules.rules.count)
        hasLimits = settings.rules.rules.contains { $0.rateLimit != nil }
        limiters = settings.rules.rules.flatMap { rule -> [HeldMessages?] in
            guard let limit = rule.rateLimit else { return [nil, nil] }
            let held = HeldMessages(rate: limit.rate, burst: limit.burst, now: now)
            return [held, held]
        }
        for end in [first, second] { nameBroker(end) }
    }

    func end(_ side: Side) -> BrokerEnd {
        switch side {
        case .first: first
        case .second: second
        }
    }

    func other(_ end: BrokerEnd) -> BrokerEnd { end.side == .first ? second : first }

    // MARK: What comes in

    /// Tells what time it is; before anything else is called in an event.
    package func advance(to now: NIODeadline) { self.now = now }

    /// A connection to a broker stands.
    package func connected(_ port: TopicPort) {
        if port.isReading { return readingConnected(port.side) }
        let end = end(port.side)
        end.phase = .connecting
        end.isWritable = true
        end.lastHeard = now
        end.session.connected(now: now)
    }

    package func receive(_ bytes: inout ByteBuffer, on port: TopicPort) {
        if port.isReading { return readingReceived(&bytes, port.side) }
        let end = end(port.side)
        end.lastHeard = now
        end.session.receive(&bytes, now: now)
        takeEvents(of: end)
        if ledger.hasDecisions { carryOutDecisions() }
    }

    package func disconnected(_ port: TopicPort, because words: String) {
        if port.isReading { return readingDisconnected(port.side, words) }
        let end = end(port.side)
        end.session.disconnected(now: now)
        takeEvents(of: end)
        wentDown(end, because: words)
    }

    /// What it means if a connection ends now, without a reason: nil unless the broker has yet to answer its CONNECT.
    func hangUp(_ port: TopicPort) -> MQTTSessionFailure? {
        port.isReading ? reading?[port.side]?.session.hangUp : end(port.side).session.hangUp
    }

    package func setWritable(_ side: Side, _ isWritable: Bool) {
        end(side).isWritable = isWritable
        if isWritable, ledger.hasDecisions { carryOutDecisions() }
    }

    // MARK: What goes out

    /// All bytes for a broker since the last call; nil: none.
    package func takeOutput(_ port: TopicPort) -> ByteBuffer? {
        port.isReading ? reading?[port.side]?.session.takeOutput() : end(port.side).session.takeOutput()
    }

    package func nextOutput() -> TopicRelayOutput? { outputs.popFirst() }

    /// Whether to go on reading from a broker: no, while the other side takes nothing, or too much of it waits here.
    package func mayRead(_ side: Side) -> Bool {
        let end = end(side)
        let destination = other(end)
        if isStopping && messagesInFlight == 0 { return end.phase != .up }
        // What a link needs to come up is heard even then, and a broker may send what it has kept for us before it.
        guard end.isUp, !isAwaitingOthers(end) else {
            return waitingByteCount(from: end) < 2 * settings.limits.waitingByteMaximum
        }
        if destination.isUp && !destination.isWritable { return false }
        if hasRoom(for: end) { return true }
        // Either side's acknowledgements make room for the other's messages: with neither of two full ones read, nothing would ever move again.
        return destination.isUp && !hasRoom(for: destination)
            && (heldByteCount < settings.limits.waitingByteMaximum || !undecided.isEmpty)
    }

    /// What other bridges say lies behind messages that cannot be acknowledged before it is known.
    private func isAwaitingOthers(_ end: BrokerEnd) -> Bool {
        settings.coordinates && other(end).isUp && (end.isLooking || !graph.isSettled)
    }

    private func hasRoom(for source: BrokerEnd) -> Bool {
        source.unacknowledgedCount < settings.limits.unacknowledgedMaximum
            && waitingByteCount(from: source) < settings.limits.waitingByteMaximum
    }

    private func waitingByteCount(from source: BrokerEnd) -> Int {
        other(source).session.outboxByteCount + heldByteCount
    }

    /// What was read from a broker has been taken in, and its output taken.
    ///
    /// - Returns: how long the next read is to wait, so that more comes with it; nil: not at all.
    package func readEnded(_ side: Side) -> TimeAmount? {
        let pause = end(side).bursts.readEnded(now: now)
        // Whoever waits for an acknowledgement, on either side, sends nothing until it has it.
        return messagesInFlight == 0 ? pause : nil
    }

    /// Messages under way: a stop waits for them. Those for a broker that is away are none: they stay with the one that they came from.
    package var messagesInFlight: Int {
        (second.isUp ? first.unacknowledgedCount : 0) + (first.isUp ? second.unacknowledgedCount : 0)
    }

    // MARK: Events

    func takeEvents(of end: BrokerEnd) {
        while let event = end.session.nextEvent() {
            switch event {
            case .message(let message): receive(message, from: end)
            case .finished(let tag, let reason): finished(MessageTag(rawValue: tag), reason, on: end)
            case .refused(let message): refused(message, on: end)
            case .expired(let tag): expired(MessageTag(rawValue: tag), on: end)
            case .connected(let connected): brokerAccepted(connected, end)
            case .subscribed(let packetID, let codes): subscribed(packetID, codes, end)
            case .unsubscribed: end.staleFilters = []
            case .closed(let failure): sessionClosed(failure, end)
            }
        }
    }

    /// Takes no new messages from now on; those under way may end.
    package func drain() {
        isStopping = true
        clearRoutes()
        tellStates()
    }

    /// Says farewell to both brokers.
    package func end() {
        if !isStopping { clearRoutes() }
        isStopping = true
        endReading()
        for end in [first, second] {
            if end.isUp { tellStates() }
            end.session.end(reason: .success)
            takeEvents(of: end)
        }
    }

    func say(_ level: TopicRelayOutput.Level, _ words: String, _ fields: [(String, String)] = []) {
        outputs.append(.tell(level, words, fields))
    }

    /// For what could be said of every message.
    func sayOnce(_ key: String, _ level: TopicRelayOutput.Level, _ words: String, _ fields: [(String, String)] = []) {
        guard said.count < settings.limits.saidMaximum, said.insert(key).inserted else { return }
        say(level, words, fields)
    }
}
