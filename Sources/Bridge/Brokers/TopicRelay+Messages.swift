import Federation
import MQTTProtocol
import NIOCore

/// The way of a message: from one broker, through the rules, to the other.
extension TopicRelay {
    func receive(_ message: MQTTClientSession.IncomingMessage, from source: BrokerEnd) {
        let isAcknowledged = message.view.qos != .atMostOnce
        if isAcknowledged { source.unacknowledgedCount += 1 } else { source.bursts.messageCount += 1 }
        var own: OwnMessage?
        // The session is lent meanwhile: what would change it waits until after.
        let fate = source.session.withMessage(message) { topic, properties, payload in
            if isOwnTopic(topic, source) {
                own = receiveOwn(topic, payload, isStored: message.view.isRetained, from: source)
                return TopicRelayFate.settled
            }
            return carry(message, topic, properties, payload, from: source)
        }
        switch fate {
        case .settled: if isAcknowledged { acknowledge(source, message.view.packetID, message.epoch) }
        case .underWay: break
        case .left: source.unacknowledgedCount -= 1
        }
        while let tag = pushedOut.popLast() { acknowledge(source, tag.packetID, tag.epoch) }
        if let own { take(own, source) }
    }

    func acknowledge(_ source: BrokerEnd, _ packetID: UInt16, _ epoch: UInt32) {
        // One of a session that the broker has lost meanwhile is nobody's.
        guard packetID != 0, epoch >= source.countedEpoch else { return }
        source.session.acknowledge(packetID: packetID, epoch: epoch, reason: .success)
        source.unacknowledgedCount -= 1
    }

    private func carry(
        _ message: MQTTClientSession.IncomingMessage,
        _ topic: UnsafeRawBufferPointer,
        _ properties: UnsafeRawBufferPointer,
        _ payload: UnsafeRawBufferPointer,
        from source: BrokerEnd
    ) -> TopicRelayFate {
        let view = message.view
        let isEcho = source.hasEchoes && isEcho(view, topic, payload, from: source)
        let rule: Int
        switch rules.match(from: source.side, topic: topic) {
        case .carried(let found): rule = found
        // Its filter brings them, and they stay.
        case .excluded, .reserved: return .settled
        case .noRule, .otherDirection:
            // The echo of a message that may go the one way only is nobody's.
            if !isEcho { unmatched(topic, source) }
            return .settled
        }
        // With 3.1.1 the flag says that the message was stored: those are read on a connection of their own.
        if view.isRetained, source.version == .v3_1_1, !source.settings.session.hasBridgeBit { return .settled }
        if isStopping, view.qos != .atMostOnce, !isEcho { return .left }
        accounts.took(rule, from: source.side)
        if isEcho { return drop(.echo, rule, source) }
        if source.subscriptions.hasIdentifiers, isSecondCopy(properties, rule, source) {
            return drop(.duplicateSubscription, rule, source)
        }
        var expiresAt = view.messageExpiry.map { now + .seconds(Int64($0)) }
        if let limit = traits[rule].messageExpiry { expiresAt = Swift.min(expiresAt ?? .distantFuture, now + limit) }
        let received = ReceivedMessage(
            topic: topic,
            properties: properties,
            payload: payload,
            qos: view.qos,
            isRetained: view.isRetained,
            expiresAt: expiresAt,
            rule: rule,
            packetID: view.packetID,
            epoch: message.epoch
        )
        if carriesAll { return forward(received, from: source) }
        switch verdict(received, from: source) {
        case .carry: return forward(received, from: source)
        case .standBy: return drop(.duplicateWay, rule, source)
        case .wait: return holdUndecided(received, from: source)
        }
    }

    private func isEcho(
        _ view: PublishView,
        _ topic: UnsafeRawBufferPointer,
        _ payload: UnsafeRawBufferPointer,
        from source: BrokerEnd
    ) -> Bool {
        source.echo.isEcho(
            topic: topic,
            payload: payload,
            packetID: view.qos == .atLeastOnce ? view.packetID : 0,
            isDuplicate: view.isDuplicate,
            now: now
        )
    }

    /// This bridge carries it.
    func forward(_ message: ReceivedMessage, from source: BrokerEnd) -> TopicRelayFate {
        let rule = message.rule
        let destination = other(source)
        if let reason = stop(message, from: source, to: destination) { return drop(reason, rule, source) }
        let traits = traits[rule]
        let isRetained = message.isRetained && traits.retain == .keep

        let isRenamed = !traits.isIdentity
        if isRenamed {
            topicScratch.removeAll(keepingCapacity: true)
            guard rules.rename(matched: rule, from: source.side, topic: message.topic, into: &topicScratch) else {
                return drop(.invalidTopic, rule, source)
            }
        }
        let hasProperties = !message.properties.isEmpty
        if hasProperties { adapt(message.properties, rule, from: source, to: destination) }

        let settlesStored = isRetained && traits.isCompared
        if settlesStored { ownSerial &+= 1 }
        let tag = MessageTag(
            rule: rule,
            isFromSecond: source.side == .second,
            // A message that nobody awaits is told apart by a number of ours.
            epoch: settlesStored && message.packetID == 0 ? ownSerial : message.epoch,
            packetID: message.packetID
        )
        return withParts(message.topic, isRenamed: isRenamed, hasProperties: hasProperties, of: source) {
            name,
            properties in
            let parts = MessageParts(
                topic: name,
                properties: properties,
                payload: message.payload,
                qos: Swift.min(message.qos, traits.qos),
                isRetained: isRetained,
                expiresAt: message.expiresAt,
                tag: tag
            )
            if settlesStored { beginPassage(parts, topic: message.topic, from: source) }
            return limit(parts, rule: rule, from: source, to: destination)
        }
    }

    /// Why a message goes no further.
    private func stop(
        _ message: ReceivedMessage,
        from source: BrokerEnd,
        to destination: BrokerEnd
    ) -> TopicDropReason? {
        if !message.properties.isEmpty, let fault = pathFault(message.properties, from: source, to: destination) {
            return fault
        }
        let traits = traits[message.rule]
        if message.isRetained, traits.retain == .drop { return .retained }
        return message.payload.count > traits.payloadByteMaximum ? .payloadTooLarge : nil
    }

    private func drop(_ reason: TopicDropReason, _ rule: Int, _ source: BrokerEnd) -> TopicRelayFate {
        accounts.drop(reason, rule: rule, from: source.side)
        return .settled
    }

    private func adapt(
        _ properties: UnsafeRawBufferPointer,
        _ rule: Int,
        from source: BrokerEnd,
        to destination: BrokerEnd
    ) {
        switch destination.version {
        case .v5:
            propertyScratch.removeAll(keepingCapacity: true)
            var bytes: [UInt8] = []
            swap(&bytes, &propertyScratch)
            writeProperties(properties, rule: rule, from: source, into: &bytes)
            swap(&bytes, &propertyScratch)
        case .v3_1_1: if carriesMore(properties) { lost(rule, source) }
        }
    }

    /// The name and the properties that a message has on the other side: what was written for them, or what it came with, or the path alone.
    private func withParts<Result>(
        _ topic: UnsafeRawBufferPointer,
        isRenamed: Bool,
        hasProperties: Bool,
        of source: BrokerEnd,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result
    ) -> Result {
        guard isRenamed || hasProperties else { return body(topic, source.pathProperty.bytes) }
        // Copies of the arrays keep their bytes in place while the relay goes on.
        let name = topicScratch
        let properties = propertyScratch
        return name.withUnsafeBytes { name in
            properties.withUnsafeBytes { properties in
                body(isRenamed ? name : topic, hasProperties ? properties : source.pathProperty.bytes)
            }
        }
    }

    /// A subscription that no rule has: of an earlier configuration, which the broker still keeps in our session.
    private func unmatched(_ topic: UnsafeRawBufferPointer, _ source: BrokerEnd) {
        unmatchedCount &+= 1
        sayOnce(
            "unmatched \(source.settings.name)",
            .warning,
            """
            the broker sends messages that no rule names: its session of this bridge has subscriptions of an earlier configuration; \
            run once with `clean_start: true` to be rid of them
            """,
            [("peer", source.settings.name), ("topic", topic.words)]
        )
    }

    private func lost(_ rule: Int, _ source: BrokerEnd) {
        accounts.lost(rule, from: source.side, .properties)
        sayOnce(
            "properties \(rule) \(source.side)",
            .warning,
            "properties of messages are lost: \(other(source).settings.name) speaks MQTT 3.1.1, which has none",
            [("peer", source.settings.name), ("rule", "\(rule + 1)")]
        )
    }
}
