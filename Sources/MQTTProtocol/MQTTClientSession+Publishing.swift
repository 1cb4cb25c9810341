package import NIOCore

extension MQTTClientSession {
    package var outboxCount: Int { outbox.count }
    package var inFlightCount: Int { inFlight.count }

    /// Publishes a message. QoS 0 goes to the output at once. QoS 1 and 2 are kept until the broker has them, over as many connections as it takes;
    /// those that wait are unbounded here: `outboxCount` and `outboxByteCount` are for the caller to look at.
    ///
    /// - Parameters:
    ///   - properties: encoded properties of MQTT 5 without their length, topic alias, message expiry and subscription identifier; 3.1.1 leaves
    ///     them out.
    ///   - expiresAt: the broker is told how long it is until then, counted when the message goes out.
    ///   - tag: comes back with `.finished`, `.refused` or `.expired`, exactly once for each message that was queued.
    package mutating func publish(
        topic: UnsafeRawBufferPointer,
        properties: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer,
        qos: QoS,
        isRetained: Bool,
        expiresAt: NIODeadline?,
        tag: UInt64,
        now: NIODeadline
    ) -> PublishOutcome {
        self.now = now
        let parts = PublishParts(topic: topic, properties: properties, payload: payload)
        guard parts.hasTopicName else { return .refused(.topicNameInvalid) }
        guard phase == .connected else {
            guard qos != .atMostOnce else { return .refused(.notConnected) }
            outbox.append(SessionMessage(parts, qos: qos, isRetained: isRetained, expiresAt: expiresAt, tag: tag))
            return .queued
        }
        guard fits(parts, qos: qos, hasExpiry: expiresAt != nil) else { return .refused(.packetTooLarge) }
        let losesRetain = isRetained && !granted.isRetainAvailable
        guard qos != .atMostOnce, !isLoweredAtOnce else {
            write(parts, qos: .atMostOnce, isRetained: isRetained, expiresAt: expiresAt)
            return losesRetain ? .writtenWithoutRetain : .written
        }
        outbox.append(SessionMessage(parts, qos: qos, isRetained: isRetained, expiresAt: expiresAt, tag: tag))
        sendWaiting()
        return losesRetain ? .queuedWithoutRetain : .queued
    }

    /// Where the broker takes QoS 0 only, a message of QoS 1 or 2 need not wait, unless others do that came before it.
    private var isLoweredAtOnce: Bool {
        granted.maximumQoS == .atMostOnce && !isHoldingPublishes && outbox.isEmpty && resends.isEmpty
    }

    // MARK: Writing

    /// The protocol's own bound, where the broker has none: the largest Variable Byte Integer and what precedes it.
    private static var packetByteMaximum: Int { 268_435_455 + 5 }

    @inline(__always)
    private func fits(_ parts: PublishParts, qos: QoS, hasExpiry: Bool) -> Bool {
        parts.packetByteCount(qos: qos, hasExpiry: hasExpiry, version: version.current)
            <= min(granted.packetByteMaximum ?? .max, Self.packetByteMaximum)
    }

    private func fits(_ message: SessionMessage) -> Bool {
        // A closure that took the session along would copy it.
        let maximum = min(granted.packetByteMaximum ?? .max, Self.packetByteMaximum)
        let version = version.current
        return message.withParts {
            $0.packetByteCount(qos: message.qos, hasExpiry: message.expiresAt != nil, version: version) <= maximum
        }
    }

    @inline(__always)
    private mutating func write(
        _ parts: PublishParts,
        qos: QoS,
        isRetained: Bool,
        expiresAt: NIODeadline?,
        isDuplicate: Bool = false,
        packetID: UInt16 = 0
    ) {
        prepareOutput()
        if qos != .atMostOnce { publishedAt = now }
        let use = alias(for: parts, qos: qos, hasExpiry: expiresAt != nil)
        let isTopicKnown = use?.isKnown ?? false
        do throws(MQTTProtocolError) {
            try output.writePublish(
                topic: isTopicKnown ? UnsafeRawBufferPointer(start: nil, count: 0) : parts.topic,
                topicAlias: use?.alias ?? 0,
                properties: parts.properties,
                messageExpiry: expiresAt.map { secondsLeft(until: $0) },
                payload: parts.payload,
                qos: qos,
                isRetained: isRetained && granted.isRetainAvailable,
                isDuplicate: isDuplicate,
                packetID: packetID,
                version: version.current
            )
        } catch {
            // Not reached: `fits` was asked before. Nothing would have been written.
        }
    }

    @inline(__always)
    private mutating func alias(for parts: PublishParts, qos: QoS, hasExpiry: Bool) -> OutgoingTopicAliases.Use? {
        if let maximum = granted.packetByteMaximum {
            // A packet that fits by a hair has no room for an alias beside its topic: 3 bytes, and one for the length of either part.
            let byteCount = parts.packetByteCount(qos: qos, hasExpiry: hasExpiry, version: version.current)
            guard byteCount + 5 <= maximum else { return nil }
        }
        return outgoingAliases.use(for: parts.topic)
    }

    /// Rounded up, so that a message that passes at once keeps its life; 0 would be a life that is over.
    private func secondsLeft(until expiresAt: NIODeadline) -> UInt32 {
        let nanoseconds = max((expiresAt - now).nanoseconds, 1)
        return UInt32(clamping: (nanoseconds - 1) / 1_000_000_000 + 1)
    }

    // MARK: What waits

    /// Lets messages of QoS 1 and 2 go: with `holdsPublishes` each connection begins with them held, so that its owner can have its
    /// subscriptions acknowledged first.
    package mutating func releasePublishes(now: NIODeadline) {
        self.now = now
        isHoldingPublishes = false
        sendWaiting()
    }

    /// Sends what the broker's receive maximum has room for: first, in their order, what was in flight when the connection was lost.
    mutating func sendWaiting() {
        guard phase == .connected, !isHoldingPublishes, sendAgain() else { return }
        while let message = outbox.first {
            guard !message.isExpired(at: now) else {
                outbox.removeFirst()
                pendingEvents.append(.expired(tag: message.tag))
                continue
            }
            guard fits(message) else {
                outbox.removeFirst()
                pendingEvents.append(.finished(tag: message.tag, .packetTooLarge))
                continue
            }
            guard sendFirst(message) else { return }
        }
    }

    /// - Returns: false when there is no room for it now.
    private mutating func sendFirst(_ message: SessionMessage) -> Bool {
        let qos = min(message.qos, granted.maximumQoS)
        guard qos != .atMostOnce else {
            outbox.removeFirst()
            write(message, qos: qos)
            pendingEvents.append(.finished(tag: message.tag, .success))
            return true
        }
        guard qos == .atLeastOnce || !releasesStaleIDs() else { return false }
        let step = qos == .atLeastOnce ? SessionInFlight.Step.awaitingPubAck : .awaitingPubRec
        guard inFlight.sentCount < sendMaximum, let packetID = inFlight.insert(message, step: step) else {
            return false
        }
        outbox.removeFirst()
        write(message, qos: qos, packetID: packetID)
        return true
    }

    private mutating func write(
        _ message: SessionMessage,
        qos: QoS,
        isDuplicate: Bool = false,
        packetID: UInt16 = 0
    ) {
        message.withParts { parts in
            write(
                parts,
                qos: qos,
                isRetained: message.isRetained,
                expiresAt: message.expiresAt,
                isDuplicate: isDuplicate,
                packetID: packetID
            )
        }
    }

    /// - Returns: whether the first message of QoS 2 has to wait for the broker to release identifiers.
    private mutating func releasesStaleIDs() -> Bool {
        switch staleIDs.state {
        case .none: return false
        case .releasing: return true
        case .suspected:
            staleIDs.begin(window: inFlight.window)
            for packetID in 1...inFlight.window { putOutAcknowledgement(.pubRel, UInt16(packetID)) }
            return true
        }
    }

    /// - Returns: whether all that was in flight is out again.
    private mutating func sendAgain() -> Bool {
        while let packetID = resends.first {
            guard let entry = inFlight[packetID] else {
                _ = resends.popFirst()
                continue
            }
            switch entry.step {
            case .awaitingPubComp: putOutAcknowledgement(.pubRel, packetID)
            case .awaitingPubAck, .awaitingPubRec:
                guard inFlight.sentCount < sendMaximum else { return false }
                guard sendAgain(entry, packetID) else { continue }
            }
            inFlight.setSent(packetID)
            _ = resends.popFirst()
        }
        return true
    }

    /// - Returns: false when the message left the table: this connection takes it at QoS 0 only, or not at all.
    private mutating func sendAgain(_ entry: SessionInFlight.Entry, _ packetID: UInt16) -> Bool {
        let message = entry.message
        guard fits(message) else {
            finish(packetID, message, .packetTooLarge)
            return false
        }
        let qos = min(entry.step == .awaitingPubAck ? .atLeastOnce : .exactlyOnce, granted.maximumQoS)
        switch qos {
        case .atMostOnce:
            write(message, qos: qos)
            finish(packetID, message, .success)
            return false
        case .atLeastOnce: inFlight.setStep(.awaitingPubAck, packetID)
        case .exactlyOnce: break
        }
        write(message, qos: qos, isDuplicate: true, packetID: packetID)
        return true
    }

    private var sendMaximum: Int { suspicion.isCareful ? 1 : granted.receiveMaximum }

    // MARK: Hanging up

    /// The other side ends the connection: is it for what it was just sent?
    mutating func hungUp() {
        guard now - publishedAt < Self.hangUpTime else { return }
        let unanswered = inFlight.unanswered
        guard suspicion.connectionEnded(unansweredCount: unanswered.count, inFlightCount: inFlight.count),
            let packetID = unanswered.first, let entry = inFlight[packetID]
        else { return }
        switch entry.step {
        case .awaitingPubAck: answered(packetID, entry.message, .unspecifiedError, endsConnections: true)
        case .awaitingPubRec: inFlight.giveUp(packetID)
        case .awaitingPubComp: break
        }
    }

    /// A broker hangs up at once. When the way to it is lost that takes longer to be seen.
    private static var hangUpTime: TimeAmount { .seconds(5) }

    // MARK: Acknowledgements of ours

    /// The broker's answer to PUBLISH ends the matter.
    private mutating func answered(
        _ packetID: UInt16,
        _ message: SessionMessage,
        _ reason: ReasonCode,
        endsConnections: Bool = false
    ) {
        guard reason.isError else { return finish(packetID, message, reason) }
        inFlight.remove(packetID)
        suspicion.finished()
        pendingEvents.append(.refused(RefusedMessage(message, reason, endsConnections: endsConnections)))
    }

    private mutating func finish(_ packetID: UInt16, _ message: SessionMessage, _ reason: ReasonCode) {
        inFlight.remove(packetID)
        suspicion.finished()
        pendingEvents.append(.finished(tag: message.tag, reason))
    }

    mutating func receive(_ packet: AcknowledgementPacket) {
        switch packet.kind {
        case .pubAck: receivePubAck(packet)
        case .pubRec: receivePubRec(packet)
        case .pubRel: receivePubRel(packet)
        case .pubComp: receivePubComp(packet)
        }
    }

    private mutating func receivePubAck(_ packet: AcknowledgementPacket) {
        // One that is not known belongs to an earlier life, and needs no answer.
        guard let entry = inFlight[packet.packetID] else { return }
        switch entry.step {
        case .awaitingPubAck:
            suspicion.answered()
            answered(packet.packetID, entry.message, packet.reason)
            sendWaiting()
        case .awaitingPubRec, .awaitingPubComp: failAcknowledgement("PUBACK for a message of QoS 2")
        }
    }

    private mutating func receivePubRec(_ packet: AcknowledgementPacket) {
        guard let entry = inFlight[packet.packetID] else {
            // Of an earlier life: the broker is let go of it (MQTT 5.0, 3.6.2.1).
            if !packet.reason.isError { putOutAcknowledgement(.pubRel, packet.packetID, .packetIdentifierNotFound) }
            return
        }
        switch entry.step {
        case .awaitingPubAck: failAcknowledgement("PUBREC for a message of QoS 1")
        case .awaitingPubComp: putOutAcknowledgement(.pubRel, packet.packetID)
        case .awaitingPubRec:
            suspicion.answered()
            guard !packet.reason.isError else {
                answered(packet.packetID, entry.message, packet.reason)
                return sendWaiting()
            }
            inFlight.setReleased(packet.packetID)
            putOutAcknowledgement(.pubRel, packet.packetID)
        }
    }

    private mutating func receivePubComp(_ packet: AcknowledgementPacket) {
        if staleIDs.completed(packet.packetID) {
            if staleIDs.state == .none { sendWaiting() }
            return
        }
        guard let entry = inFlight[packet.packetID] else { return }
        switch entry.step {
        case .awaitingPubAck, .awaitingPubRec: failAcknowledgement("PUBCOMP for a message that was not released")
        case .awaitingPubComp:
            if entry.isGivenUp {
                // Whatever it says: mosquitto says success to what it does not know.
                answered(packet.packetID, entry.message, .unspecifiedError, endsConnections: true)
            } else {
                // "Packet identifier not found" too: the broker had taken the message, and an earlier PUBCOMP of its was lost.
                finish(packet.packetID, entry.message, .success)
            }
            sendWaiting()
        }
    }

    private mutating func failAcknowledgement(_ words: String) { fail(MQTTProtocolError(.protocolError, words)) }
}
