import Federation
import MQTTProtocol

/// What a bridge subscribes to: its rules' topics, and the bridges' own.
extension TopicRelay {
    static let filtersPerPacket = 100

    func subscribe(_ end: BrokerEnd, _ connected: MQTTClientSession.Connected) {
        end.subscribing = [:]
        end.behindProbe = 0
        end.missingIdentifiers = []
        var plain = ownFilters(end).map { filter in
            var options = SubscriptionOptions()
            // Acknowledged in their order, they would wait behind a message that waits for what they say.
            options.qos = .atMostOnce
            return (SubscriptionPurpose.own(filter), options)
        }
        var identified: [(SubscriptionPurpose, SubscriptionOptions, UInt32)] = []
        // With 3.1.1 every SUBSCRIBE brings all stored messages again: once for a session is enough.
        let isKnown = end.version == .v3_1_1 && end.isSubscribed
        // A narrower filter can stand where the wider one that covers it cannot.
        let carried =
            connected.hasWildcardSubscriptions
            ? end.subscriptions : CarriedSubscriptions(settings.rules, end.side, all: true)
        for entry in isKnown ? [] : carried.entries {
            let wanted = entry.wanted
            var options = SubscriptionOptions()
            options.qos = wanted.qos
            // Our own messages need not come back; shared subscriptions cannot ask for that (MQTT 5.0, 3.8.3.1).
            options.noLocal = end.version == .v5 && wanted.share == nil
            options.retainAsPublished = end.version == .v5
            // Stored messages are read on a connection of their own.
            options.retainHandling = .doNotSend
            let purpose = SubscriptionPurpose.rules(wanted.rules, filter: wanted.text)
            // Where there are no wildcards, no two overlap.
            if let identifier = entry.identifier, connected.hasSubscriptionIdentifiers,
                connected.hasWildcardSubscriptions
            {
                identified.append((purpose, options, identifier))
            } else {
                plain.append((purpose, options))
            }
        }
        plain = plain.filter { isAvailable($0.0, connected, end) }
        for batch in plain.chunks(of: Self.filtersPerPacket) { put(Array(batch), identifier: nil, end) }
        for (purpose, options, identifier) in identified where isAvailable(purpose, connected, end) {
            put([(purpose, options)], identifier: identifier, end)
        }
    }

    private func put(
        _ batch: [(purpose: SubscriptionPurpose, options: SubscriptionOptions)],
        identifier: UInt32?,
        _ end: BrokerEnd
    ) {
        let entries = batch.map { SubscribePacket.Entry(filter: $0.purpose.filter, options: $0.options) }
        guard end.session.isConnected else { return }
        let packetID = end.session.subscribe(entries, identifier: identifier)
        guard packetID == 0 else {
            end.subscribing[packetID] = batch.map(\.purpose)
            return
        }
        // More than the broker takes in a packet.
        guard batch.count > 1 else {
            if let purpose = batch.first?.purpose { refused(purpose, .packetTooLarge, end) }
            return
        }
        put(Array(batch[..<(batch.count / 2)]), identifier: identifier, end)
        put(Array(batch[(batch.count / 2)...]), identifier: identifier, end)
    }

    private func ownFilters(_ end: BrokerEnd) -> [String] {
        var filters = [end.topics.probe, BridgeTopics.brokerID]
        if settings.coordinates { filters += [BridgeTopics.allRoutes, BridgeTopics.allStates] }
        // Where two filters have one topic, brokers may send its messages twice.
        if let state = end.settings.stateTopic, !settings.coordinates || !BridgeTopics.isState(state) {
            filters.append(state)
        }
        return filters
    }

    /// What would only end the connection is not asked for.
    private func isAvailable(
        _ purpose: SubscriptionPurpose,
        _ connected: MQTTClientSession.Connected,
        _ end: BrokerEnd
    ) -> Bool {
        guard let reason = connected.reasonAgainst(purpose.filter) else { return true }
        refused(purpose, reason, end)
        return false
    }

    // MARK: Answers

    func subscribed(_ packetID: UInt16, _ codes: [ReasonCode], _ end: BrokerEnd) {
        if packetID == end.behindProbe, packetID != 0 {
            end.behindProbe = 0
            if end.hearing == .unknown { probeLate(end) }
            return
        }
        guard let purposes = end.subscribing.removeValue(forKey: packetID) else { return }
        for (purpose, code) in zip(purposes, codes) where code.isError { refused(purpose, code, end) }
        subscriptionsSettled(end)
    }

    /// A broker that honours the bridge bit does not send the probe back. Rather than wait for it the bridge asks something behind it: what has an
    /// answer when the probe has not come back shows it.
    func askBehindProbe(_ end: BrokerEnd) {
        guard end.hearing == .unknown else { return }
        var options = SubscriptionOptions()
        options.qos = .atLeastOnce
        let entry = SubscribePacket.Entry(filter: end.topics.probe, options: options)
        end.behindProbe = end.session.subscribe([entry], identifier: nil)
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
            if let identifier = end.subscriptions.identifier(ofRule: rules[0]) {
                end.missingIdentifiers.insert(identifier)
            }
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

    // MARK: Copies

    /// Whether a message is the copy of a subscription that another one of ours brings as well (MQTT 5.0, 3.3.4): the one of the first rule that
    /// matches counts.
    func isSecondCopy(_ properties: UnsafeRawBufferPointer, _ rule: Int, _ source: BrokerEnd) -> Bool {
        guard let wanted = source.subscriptions.identifier(ofRule: rule), !source.missingIdentifiers.contains(wanted)
        else { return false }
        var isMarked = false
        var walker = PropertyWalker(properties, 0..<properties.count, in: nil)
        while let item = try? walker.next() {
            guard item.id == .subscriptionIdentifier else { continue }
            if item.number == wanted { return false }
            isMarked = true
        }
        return isMarked
    }

    // MARK: What is wanted no longer

    /// Ends the subscriptions that an earlier configuration has left in the session, as far as they are known or likely.
    func unsubscribeStale(_ end: BrokerEnd, _ connected: MQTTClientSession.Connected) {
        guard connected.sessionPresent else {
            end.staleFilters = []
            return
        }
        unsubscribe(end.staleFilters.sorted(), end)
    }

    /// Ends all subscriptions, before a farewell for good: else the broker would go on keeping messages for nobody.
    package func forget() {
        for end in [first, second] where end.isUp {
            unsubscribe(end.subscriptions.entries.map(\.wanted.text) + ownFilters(end), end)
        }
    }

    private func unsubscribe(_ filters: [String], _ end: BrokerEnd) {
        for batch in filters.chunks(of: Self.filtersPerPacket) { _ = end.session.unsubscribe(Array(batch)) }
    }
}

extension MQTTClientSession.Connected {
    /// Why a broker, by what it says of itself, would end the connection upon such a subscription (MQTT 5.0, 3.2.2.3.11 and 3.2.2.3.13); nil: it
    /// takes it. A broker of 3.1.1 says nothing of itself.
    fileprivate func reasonAgainst(_ filter: String) -> ReasonCode? {
        guard version == .v5 else { return nil }
        if SharedSubscription.isShared(filter), !hasSharedSubscriptions { return .sharedSubscriptionsNotSupported }
        if TopicFilter(filter)?.isLiteral == false, !hasWildcardSubscriptions {
            return .wildcardSubscriptionsNotSupported
        }
        return nil
    }
}
