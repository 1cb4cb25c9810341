import Federation
import MQTTProtocol
import NIOCore

/// Agreeing with the other bridges of both brokers on who carries what, so that each broker gets each message once (`BrokerGraph`).
extension TopicRelay {
    /// Of a broker's own topics that came before it was known what the broker is called.
    private static let earlyMaximum = 1_000

    // MARK: What links bring

    /// A link is up. What stands on its broker has been heard, except what is being said just now.
    func joinRoutes(_ end: BrokerEnd) {
        guard settings.coordinates, let id = end.brokerID else {
            updateCarriesAll()
            return decideUndecided()
        }
        end.newsDue = now + Self.newsInterval
        graph.linkUp(end.side, id: id, keepsPath: end.version == .v5, now: now)
        let early = end.earlyRoutes
        end.earlyRoutes = []
        for message in early { hear(message, end) }
        graphChanged()
    }

    func leaveRoutes(_ end: BrokerEnd) {
        guard settings.coordinates else { return }
        end.hasLooked = false
        end.isLooking = false
        end.earlyRoutes = []
        end.watchedSigns = []
        graph.linkDown(end.side, now: now)
        graphChanged()
    }

    /// A message of our own goes behind everything that others have said so far; not before this bridge has told of itself, so that of two that
    /// come up together at least one sees the other.
    private func look(_ end: BrokerEnd) {
        guard end.isUp, !end.hasLooked, !end.isLooking, graph.hasTold(on: end.side) else { return }
        guard end.hearing != .deaf else { return looked(end) }
        end.isLooking = true
        sendProbe(end)
    }

    func looked(_ end: BrokerEnd) {
        end.isLooking = false
        end.hasLooked = true
        graph.firstLookDone(end.side, now: now)
        graphChanged()
    }

    func heardRoutes(_ message: RoutesMessage, _ end: BrokerEnd) {
        guard settings.coordinates else { return }
        guard end.isUp else {
            if end.earlyRoutes.count < Self.earlyMaximum { end.earlyRoutes.append(message) }
            return
        }
        hear(message, end)
        graphChanged()
    }

    private func hear(_ message: RoutesMessage, _ end: BrokerEnd) {
        switch message {
        case .routes(let key, let text):
            let fault = graph.heard(text: text, key: key, on: end.side, now: now)
            if let fault {
                sayOnce(
                    "routes \(end.side) \(key)",
                    .warning,
                    "what another bridge tells of its routes can't be read: messages may come twice or not at all",
                    [("peer", end.settings.name), ("topic", key), ("reason", "\(fault)")]
                )
            }
            watchSigns(end)
        case .sign(let topic, let isUp): graph.heardSign(topic, isUp: isUp, on: end.side, now: now)
        }
    }

    /// Signs on topics of the users' own choice are not among those that every bridge listens to.
    private func watchSigns(_ end: BrokerEnd) {
        let unknown = graph.signs(on: end.side).filter {
            !BridgeTopics.isState($0) && $0 != end.settings.stateTopic && !end.watchedSigns.contains($0)
        }
        guard !unknown.isEmpty else { return }
        end.watchedSigns.formUnion(unknown)
        askForNews(unknown.sorted(), end)
    }

    /// Every subscription brings what is stored. News has QoS 0, and a broker may leave it out where much waits for the bridge: it is asked for again
    /// from time to time.
    private static let newsInterval = TimeAmount.seconds(60)

    private func askForNews(_ filters: [String], _ end: BrokerEnd) {
        var options = SubscriptionOptions()
        options.qos = .atMostOnce
        for batch in filters.chunks(of: Self.filtersPerPacket) {
            let entries = batch.map { SubscribePacket.Entry(filter: $0, options: options) }
            _ = end.session.subscribe(entries, identifier: nil)
        }
    }

    // MARK: What the graph wants

    func graphChanged() {
        guard settings.coordinates else { return }
        while let telling = graph.nextTelling(now: now) { tell(telling.text, end(telling.side)) }
        graphDeadline = graph.nextDeadline
        for end in [first, second] { look(end) }
        updateCarriesAll()
        guard graph.isSettled else {
            isAgreed = false
            return
        }
        decideUndecided()
        guard !isAgreed, !isStopping else { return }
        isAgreed = true
        if !graph.isAlone { say(.notice, "bridges have agreed on who carries what", [("bridges", graph.summary)]) }
        // What others brought so far may be this bridge's to bring now.
        beginReading()
    }

    private func tell(_ text: [UInt8], _ end: BrokerEnd) {
        let isTaken = publishOwn(end.topics.routes, payload: text, qos: .atLeastOnce, isRetained: true, on: end)
        guard !isTaken else { return }
        sayOnce(
            "tell \(end.side)",
            .warning,
            "the bridge could not tell others on this broker what it carries: messages may come twice",
            [("peer", end.settings.name), ("topic", end.topics.routes), ("bytes", "\(text.count)")]
        )
    }

    /// Nothing is to be left to a bridge that goes.
    func clearRoutes() {
        guard settings.coordinates else { return }
        graph.leave(now: now)
        graphChanged()
    }

    var nextRoutesDeadline: NIODeadline {
        guard settings.coordinates else { return .distantFuture }
        return Swift.min(graphDeadline, undecidedExpiry, newsDeadline(of: first), newsDeadline(of: second))
    }

    private func newsDeadline(of end: BrokerEnd) -> NIODeadline { end.isUp ? end.newsDue : .distantFuture }

    func routesDeadlineReached() {
        guard settings.coordinates else { return }
        if undecidedExpiry <= now { dropExpiredUndecided() }
        for end in [first, second] where newsDeadline(of: end) <= now {
            end.newsDue = now + Self.newsInterval
            askForNews([BridgeTopics.allRoutes, BridgeTopics.allStates] + end.watchedSigns.sorted(), end)
        }
        graphDeadline = graph.nextDeadline
        guard graphDeadline <= now else { return }
        graph.deadlineReached(now: now)
        graphChanged()
    }

    // MARK: Messages

    /// Whether it is known without asking that this bridge carries what its rules say.
    func updateCarriesAll() {
        carriesAll = knowsBrokers && (!settings.coordinates || graph.isAlone && graph.isSettled)
    }

    /// Without the brokers' ids there is no path to be written or read.
    private var knowsBrokers: Bool { first.brokerID != nil && second.brokerID != nil }

    func verdict(_ message: ReceivedMessage, from source: BrokerEnd) -> BrokerGraph.Verdict {
        guard knowsBrokers else { return .wait }
        return verdict(message.topic, message.properties, from: source)
    }

    func verdict(
        _ topic: UnsafeRawBufferPointer,
        _ properties: UnsafeRawBufferPointer,
        from source: BrokerEnd
    ) -> BrokerGraph.Verdict {
        guard settings.coordinates else { return .carry }
        let path = Self.pathValue(in: properties).flatMap { try? StingerPath($0) }
        return graph.verdict(topic: topic, path: path, from: source.side)
    }

    /// Keeps a message until it is clear who carries it. Those of QoS 1 and 2 are bounded by what their broker has in flight.
    func holdUndecided(_ message: ReceivedMessage, from source: BrokerEnd) -> TopicRelayFate {
        if Swift.min(message.qos, rules.rules[message.rule].qos) == .atMostOnce {
            guard first.isUp, second.isUp else { return loseUndecided(message, .linkDown, source) }
            let isFull =
                undecided.count >= settings.limits.heldMaximum || heldByteCount >= settings.limits.waitingByteMaximum
            guard !isFull else { return loseUndecided(message, .overloaded, source) }
        }
        let held = UndecidedMessage(message, from: source.side)
        accounts.waits(message.rule, from: source.side)
        heldByteCount += held.bytes.count
        undecided.append(held)
        if let expiresAt = message.expiresAt { undecidedExpiry = Swift.min(undecidedExpiry, expiresAt) }
        return .underWay
    }

    /// Looking costs time for each message that waits.
    private static let sweepInterval = TimeAmount.seconds(1)

    private func dropExpiredUndecided() {
        let waiting = undecided
        undecided = []
        undecidedExpiry = .distantFuture
        for held in waiting {
            guard let expiresAt = held.expiresAt, expiresAt <= now else {
                undecided.append(held)
                if let expiresAt = held.expiresAt {
                    undecidedExpiry = Swift.min(undecidedExpiry, Swift.max(expiresAt, now + Self.sweepInterval))
                }
                continue
            }
            heldByteCount -= held.bytes.count
            accounts.drop(.expired, rule: held.rule, from: held.source, wasWaiting: true)
            acknowledge(end(held.source), held.packetID, held.epoch)
        }
    }

    private func loseUndecided(
        _ message: ReceivedMessage,
        _ reason: TopicDropReason,
        _ source: BrokerEnd
    ) -> TopicRelayFate {
        accounts.drop(reason, rule: message.rule, from: source.side)
        return .settled
    }

    func decideUndecided() {
        guard !undecided.isEmpty else { return }
        let waiting = undecided
        undecided = []
        for message in waiting { decide(message) }
    }

    private func decide(_ held: UndecidedMessage) {
        let source = end(held.source)
        heldByteCount -= held.bytes.count
        accounts.waited(held.rule, from: held.source)
        let fate = held.withMessage { message in
            if let expiresAt = message.expiresAt, expiresAt <= now { return loseUndecided(message, .expired, source) }
            switch verdict(message, from: source) {
            case .carry: return forward(message, from: source)
            case .standBy: return loseUndecided(message, .duplicateWay, source)
            case .wait: return holdUndecided(message, from: source)
            }
        }
        switch fate {
        case .settled: acknowledge(source, held.packetID, held.epoch)
        case .underWay, .left: break
        }
        while let tag = pushedOut.popLast() { acknowledge(source, tag.packetID, tag.epoch) }
    }
}

/// What bridges say on a broker for each other.
enum RoutesMessage {
    /// What the bridge of this topic joins; empty: nothing any more.
    case routes(key: String, text: [UInt8])
    /// Whether the bridge with this state topic has both its links.
    case sign(topic: String, isUp: Bool)
}
