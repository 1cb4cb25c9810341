import Federation
import MQTTProtocol
import NIOCore

/// Agreeing with the other bridges of both brokers on who carries what, so that each broker gets each message once (`BrokerGraph`).
extension TopicRelay {
    /// Whether this bridge has to ask the graph for each message.
    var asksGraph: Bool { !carriesAll }

    /// Of a broker's own topics that came before it was known what the broker is called.
    private static let earlyMaximum = 1_000

    // MARK: What links bring

    /// A link is up. What stands on its broker has been heard, except what is being said just now.
    func joinRoutes(_ end: BrokerEnd) {
        guard settings.coordinates, let id = end.brokerID else { return }
        graph.linkUp(end.side, id: id, keepsPath: end.version == .v5, now: now)
        let early = end.earlyRoutes
        end.earlyRoutes = []
        for message in early { hear(message, end) }
        graphChanged()
        guard first.isUp, second.isUp else { return }
        // Only now this bridge has told of itself: of two that come up together, at least one sees the other.
        for end in [first, second] { look(end) }
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

    /// A message of our own goes behind everything that others have said so far.
    private func look(_ end: BrokerEnd) {
        guard !end.hasLooked, !end.isLooking else { return }
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
        var options = SubscriptionOptions()
        options.qos = .atLeastOnce
        for batch in unknown.sorted().chunks(of: Self.filtersPerPacket) {
            let entries = batch.map { SubscribePacket.Entry(filter: $0, options: options) }
            _ = end.session.subscribe(entries, identifier: nil)
        }
    }

    // MARK: What the graph wants

    func graphChanged() {
        guard settings.coordinates else { return }
        while let telling = graph.nextTelling(now: now) { tell(telling.text, end(telling.side)) }
        carriesAll = graph.isAlone && graph.isSettled
        guard graph.isSettled else {
            isAgreed = false
            return
        }
        decideUndecided()
        guard !isAgreed, !isStopping else { return }
        isAgreed = true
        // What others brought so far may be this bridge's to bring now.
        if first.isUp, second.isUp { beginReading() }
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
        settings.coordinates ? Swift.min(graph.nextDeadline, undecidedExpiry) : .distantFuture
    }

    func routesDeadlineReached() {
        guard settings.coordinates else { return }
        if undecidedExpiry <= now { dropExpiredUndecided() }
        guard graph.nextDeadline <= now else { return }
        graph.deadlineReached(now: now)
        graphChanged()
    }

    // MARK: Messages

    func verdict(
        _ topic: UnsafeRawBufferPointer,
        _ properties: UnsafeRawBufferPointer,
        from source: BrokerEnd
    ) -> BrokerGraph.Verdict {
        let path = Self.pathValue(in: properties).flatMap { try? StingerPath($0) }
        return graph.verdict(topic: topic, path: path, from: source.side)
    }

    /// Keeps a message until it is clear who carries it. Those of QoS 1 and 2 are bounded by what their broker has in flight.
    func holdUndecided(
        _ parts: MessageParts,
        topic: UnsafeRawBufferPointer,
        properties: UnsafeRawBufferPointer,
        from source: BrokerEnd
    ) -> TopicRelayFate {
        let isFull =
            undecided.count >= settings.limits.heldMaximum || heldByteCount >= settings.limits.waitingByteMaximum
        guard parts.qos != .atMostOnce || !isFull else {
            accounts.drop(.overloaded, rule: parts.tag.rule, from: source.side)
            return .settled
        }
        let message = UndecidedMessage(
            topic: Array(topic),
            path: Self.pathValue(in: properties).map { Array($0) },
            message: HeldMessage(parts)
        )
        accounts.waits(parts.tag.rule, from: source.side)
        heldByteCount += message.message.bytes.count
        undecided.append(message)
        if let expiresAt = parts.expiresAt { undecidedExpiry = Swift.min(undecidedExpiry, expiresAt) }
        return .underWay
    }

    /// Looking costs time for each message that waits.
    private static let sweepInterval = TimeAmount.seconds(1)

    private func dropExpiredUndecided() {
        let waiting = undecided
        undecided = []
        undecidedExpiry = .distantFuture
        for message in waiting {
            guard let expiresAt = message.message.expiresAt, expiresAt <= now else {
                undecided.append(message)
                if let expiresAt = message.message.expiresAt {
                    undecidedExpiry = Swift.min(undecidedExpiry, Swift.max(expiresAt, now + Self.sweepInterval))
                }
                continue
            }
            let tag = message.message.tag
            let source = end(tag.source)
            heldByteCount -= message.message.bytes.count
            accounts.drop(.expired, rule: tag.rule, from: source.side, wasWaiting: true)
            acknowledge(source, tag.packetID, tag.epoch)
        }
    }

    private func decideUndecided() {
        guard !undecided.isEmpty else { return }
        let waiting = undecided
        undecided = []
        for message in waiting { decide(message) }
    }

    private func decide(_ undecided: UndecidedMessage) {
        let message = undecided.message
        let tag = message.tag
        let source = end(tag.source)
        heldByteCount -= message.bytes.count
        accounts.waited(tag.rule, from: source.side)
        var fate = TopicRelayFate.settled
        if let expiresAt = message.expiresAt, expiresAt <= now {
            accounts.drop(.expired, rule: tag.rule, from: source.side)
        } else {
            switch verdict(of: undecided, from: source) {
            case .carry:
                fate = message.withParts { parts in
                    if parts.isRetained, readRules.contains(tag.rule) { beginPassage(parts, from: source) }
                    return limit(parts, rule: tag.rule, from: source, to: other(source))
                }
            case .standBy: accounts.drop(.duplicateWay, rule: tag.rule, from: source.side)
            case .wait:
                accounts.waits(tag.rule, from: source.side)
                heldByteCount += message.bytes.count
                self.undecided.append(undecided)
                fate = .underWay
            }
        }
        switch fate {
        case .settled: acknowledge(source, tag.packetID, tag.epoch)
        case .underWay, .left: break
        }
        while let tag = pushedOut.popLast() { acknowledge(source, tag.packetID, tag.epoch) }
    }

    private func verdict(of undecided: UndecidedMessage, from source: BrokerEnd) -> BrokerGraph.Verdict {
        undecided.topic.withUnsafeBytes { topic in
            guard let path = undecided.path else {
                return graph.verdict(topic: topic, path: nil, from: source.side)
            }
            return path.withUnsafeBytes {
                graph.verdict(topic: topic, path: try? StingerPath($0), from: source.side)
            }
        }
    }
}

/// What bridges say on a broker for each other.
enum RoutesMessage {
    /// What the bridge of this topic joins; empty: nothing any more.
    case routes(key: String, text: [UInt8])
    /// Whether the bridge with this state topic has both its links.
    case sign(topic: String, isUp: Bool)
}

/// A message that waits for the bridges to agree on who carries it.
struct UndecidedMessage {
    /// Its name and its path where it came from; the message itself is as its destination gets it.
    let topic: [UInt8]
    let path: [UInt8]?
    let message: HeldMessage
}
