import Federation
import MQTTProtocol
import NIOCore

/// Coming up: CONNACK, SUBACK for everything, a message of our own heard again, and only then messages.
extension TopicRelay {
    func brokerAccepted(_ connected: MQTTClientSession.Connected, _ end: BrokerEnd) {
        end.version = connected.version
        end.keepsRetained = connected.isRetainAvailable
        end.correctionCount = 0
        end.echo.linkUp(sessionPresent: connected.sessionPresent, now: now)
        if !connected.sessionPresent || connected.mayBeFresh {
            end.hasFreshSession = true
            end.isSubscribed = false
        }
        if !connected.sessionPresent {
            // What this session had not acknowledged is gone from it, and what it sends again is new to us.
            end.unacknowledgedCount = 0
            end.countedEpoch = connected.epoch
        }
        end.phase = .subscribing
        end.stepDeadline = now + end.settings.answerTimeout
        end.hasEchoes = connected.version == .v3_1_1 && !end.honoursMark
        subscribe(end, connected)
        subscriptionsSettled(end)
    }

    private func subscribe(_ end: BrokerEnd, _ connected: MQTTClientSession.Connected) {
        end.subscribing = [:]
        let own = ownFilters(end).map { filter in
            var options = SubscriptionOptions()
            options.qos = .atLeastOnce
            return (SubscriptionPurpose.own(filter), options)
        }
        var carried: [(SubscriptionPurpose, SubscriptionOptions)] = []
        for wanted in settings.rules.subscriptions(on: end.side, widestOnly: true) {
            let purpose = SubscriptionPurpose.rules(wanted.rules, filter: wanted.text)
            if let reason = connected.reasonAgainst(wanted) {
                refused(purpose, reason, end)
                continue
            }
            var options = SubscriptionOptions()
            options.qos = wanted.qos
            // Our own messages need not come back; shared subscriptions cannot ask for that (MQTT 5.0, 3.8.3.1).
            options.noLocal = end.version == .v5 && wanted.share == nil
            options.retainAsPublished = end.version == .v5
            // Stored messages are read on a connection of their own.
            options.retainHandling = .doNotSend
            carried.append((purpose, options))
        }
        // With 3.1.1 every SUBSCRIBE brings all stored messages again: once for a session is enough.
        let isKnown = end.version == .v3_1_1 && end.isSubscribed
        for batch in (isKnown ? own : own + carried).chunks(of: Self.filtersPerPacket) { ask(batch, end) }
    }

    /// A broker may take smaller packets than these filters need.
    private func ask(_ batch: ArraySlice<(SubscriptionPurpose, SubscriptionOptions)>, _ end: BrokerEnd) {
        guard end.session.isConnected, let first = batch.first else { return }
        let entries = batch.map { SubscribePacket.Entry(filter: $0.0.filter, options: $0.1) }
        let packetID = end.session.subscribe(entries, identifier: nil)
        if packetID != 0 {
            end.subscribing[packetID] = batch.map(\.0)
        } else if batch.count > 1 {
            ask(batch.prefix(batch.count / 2), end)
            ask(batch.dropFirst(batch.count / 2), end)
        } else {
            refused(first.0, .packetTooLarge, end)
        }
    }

    static let filtersPerPacket = 100

    private func ownFilters(_ end: BrokerEnd) -> [String] {
        var filters = [end.topics.probe, BridgeTopics.brokerID]
        if settings.coordinates { filters += [BridgeTopics.allRoutes, BridgeTopics.allStates] }
        // Where two filters have one topic, brokers may send its messages twice.
        if let state = end.settings.stateTopic, !settings.coordinates || !BridgeTopics.isState(state) {
            filters.append(state)
        }
        return filters
    }

    func subscribed(_ packetID: UInt16, _ codes: [ReasonCode], _ end: BrokerEnd) {
        guard let purposes = end.subscribing.removeValue(forKey: packetID) else { return }
        for (purpose, code) in zip(purposes, codes) where code.isError { refused(purpose, code, end) }
        subscriptionsSettled(end)
    }

    /// One filter that is refused costs the others nothing.
    private func refused(_ purpose: SubscriptionPurpose, _ code: ReasonCode, _ end: BrokerEnd) {
        let isNew = end.refused.insert(purpose.filter).inserted
        switch purpose {
        case .own(end.topics.probe):
            end.hearing = .deaf
            guard isNew else { return }
            say(
                .warning,
                "the broker does not let the bridge hear its own message: whether the link works is known by pings only",
                [("peer", end.settings.name), ("topic", purpose.filter), ("reason", code.words)]
            )
        case .own:
            guard isNew else { return }
            say(
                .warning,
                "the broker refused a subscription that bridges need to agree with each other",
                [("peer", end.settings.name), ("filter", purpose.filter), ("reason", code.words)]
            )
        case .rules(let rules, let filter):
            guard isNew else { return }
            say(
                .warning,
                "the broker refused a subscription: nothing comes from there by it; allow it, or take the rule out",
                [
                    ("peer", end.settings.name), ("rule", rules.map { "\($0 + 1)" }.joined(separator: ", ")),
                    ("filter", filter), ("reason", code.words),
                ]
            )
        }
    }

    private func subscriptionsSettled(_ end: BrokerEnd) {
        guard end.phase == .subscribing, end.subscribing.isEmpty else { return }
        end.isSubscribed = true
        end.phase = .probing
        if end.hearing == .deaf { cameUp(end) } else { sendProbe(end) }
    }

    // MARK: Hearing our own message

    func sendProbe(_ end: BrokerEnd) {
        end.probeCount &+= 1
        end.probeDeadline = now + end.settings.answerTimeout
        end.stepDeadline = nil
        publishOwn(end.topics.probe, payload: Array(probeWords(end).utf8), qos: .atMostOnce, isRetained: false, on: end)
    }

    private func probeWords(_ end: BrokerEnd) -> String { "\(instance) \(end.probeCount)" }

    func probeReturned(_ payload: UnsafeRawBufferPointer, _ end: BrokerEnd) {
        guard !fenceReturned(payload, end) else { return }
        guard payload.elementsEqual(probeWords(end).utf8) else { return }
        end.probeDeadline = nil
        // A broker that was asked for no echoes and sends this one sends all.
        end.hearing = .heard
        if end.phase == .probing { cameUp(end) } else if end.isLooking { looked(end) }
    }

    func probeLate(_ end: BrokerEnd) {
        end.probeDeadline = nil
        switch end.hearing {
        case .heard:
            close(
                end,
                "the broker takes messages and no longer delivers them: a message of the bridge's own did not come back"
            )
        case .unknown, .deaf:
            end.hearing = .deaf
            if end.settings.session.hasBridgeBit {
                end.honoursMark = true
                end.hasEchoes = false
            } else {
                say(
                    .warning,
                    "a message of the bridge's own did not come back: may it publish and subscribe there? The link counts as up",
                    [("peer", end.settings.name), ("topic", end.topics.probe)]
                )
            }
            if end.phase == .probing { cameUp(end) } else if end.isLooking { looked(end) }
        }
    }

    // MARK: Up and down

    private func cameUp(_ end: BrokerEnd) {
        end.phase = .up
        end.stepDeadline = nil
        settleBrokerID(end)
        end.session.releasePublishes(now: now)
        outputs.append(.steady(end.side))
        say(.notice, "connected", [("peer", end.settings.name), ("protocol", "\(end.version)")])
        if first.isUp, second.isUp { takeMemory() }
        joinRoutes(end)
        if first.isUp, second.isUp { joined() }
        tellStates()
    }

    /// Both sides are up.
    private func joined() {
        beginDrain()
        beginReading()
    }

    func wentDown(_ end: BrokerEnd, because words: String) {
        let wasUp = end.isUp
        noteMemoryScope()
        end.phase = .offline
        end.subscribing = [:]
        end.probeDeadline = nil
        end.stepDeadline = nil
        end.publishedState = nil
        end.fence = nil
        end.echo.linkCut(inFlight: end.session.inFlightCount)
        leaveRoutes(end)
        ledger.connectionLost(to: end.side)
        endReading()
        if wasUp { say(.warning, "connection lost", [("peer", end.settings.name), ("reason", words)]) }
        tellStates()
    }

    func sessionClosed(_ failure: MQTTSessionFailure, _ end: BrokerEnd) {
        outputs.append(.close(end.side, failure))
    }

    /// Ends a connection that does not do what it should; the link dials again.
    func close(_ end: BrokerEnd, _ words: String) {
        say(.warning, words, [("peer", end.settings.name)])
        end.session.end(reason: .unspecifiedError)
        takeEvents(of: end)
    }

    /// The link is to go to another address.
    func giveUp(_ side: Side) {
        let end = end(side)
        end.session.end(reason: .success)
        takeEvents(of: end)
    }

    // MARK: State topics

    private static let correctionMaximum = 10

    /// `1` on a broker's state topic says that the bridge joins it to the other one now; the broker itself says `0` by the will.
    func tellStates() {
        for end in [first, second] where end.isUp { tellState(end, first.isUp && second.isUp && !isStopping) }
    }

    private func tellState(_ end: BrokerEnd, _ state: Bool) {
        guard let topic = end.settings.stateTopic, end.publishedState != state else { return }
        end.publishedState = state
        publishOwn(topic, payload: [UInt8(ascii: state ? "1" : "0")], qos: .atLeastOnce, isRetained: true, on: end)
    }

    /// Somebody, most likely the will of our own last connection, has said something on our state topic.
    func heardState(_ payload: UnsafeRawBufferPointer, _ end: BrokerEnd) {
        guard end.isUp, let state = end.publishedState else { return }
        guard !payload.elementsEqual([UInt8(ascii: state ? "1" : "0")]) else { return }
        // Where it is our own last word but one, the last one is still to come, and what we say again is the same. Two bridges of one name would
        // go on correcting each other.
        guard end.correctionCount < Self.correctionMaximum else { return }
        end.correctionCount += 1
        end.publishedState = nil
        tellState(end, state)
    }

    // MARK: Our own messages

    @discardableResult
    func publishOwn(
        _ topic: String,
        payload: [UInt8],
        qos: QoS,
        isRetained: Bool,
        expiresAfter: TimeAmount? = nil,
        on end: BrokerEnd
    ) -> Bool {
        var topic = topic
        let outcome = topic.withUTF8 { name in
            payload.withUnsafeBytes { payload in
                end.session.publish(
                    topic: UnsafeRawBufferPointer(name),
                    properties: UnsafeRawBufferPointer(start: nil, count: 0),
                    payload: payload,
                    qos: qos,
                    isRetained: isRetained,
                    expiresAt: expiresAfter.map { now + $0 },
                    tag: MessageTag.own.rawValue,
                    now: now
                )
            }
        }
        switch outcome {
        case .written, .queued, .writtenWithoutRetain, .queuedWithoutRetain: return true
        case .refused: return false
        }
    }
}

extension Array {
    func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}

extension MQTTClientSession.Connected {
    /// Why a broker, by what it says of itself, would end the connection upon such a subscription (MQTT 5.0, 3.2.2.3.11 and 3.2.2.3.13); nil: it
    /// takes it. A broker of 3.1.1 says nothing of itself.
    fileprivate func reasonAgainst(_ wanted: TopicRules.Wanted) -> ReasonCode? {
        guard version == .v5 else { return nil }
        if wanted.share != nil, !hasSharedSubscriptions { return .sharedSubscriptionsNotSupported }
        if !wanted.filter.isLiteral, !hasWildcardSubscriptions { return .wildcardSubscriptionsNotSupported }
        return nil
    }
}
