import Federation
import MQTTProtocol
import NIOCore

/// The end of a message's way: handing it to its destination, and what becomes of it there.
extension TopicRelay {
    func hand(_ parts: MessageParts, to destination: BrokerEnd, isNew: Bool) -> TopicRelayFate {
        let rule = parts.tag.rule
        let source = other(destination).side
        func dropped(_ reason: TopicDropReason) -> TopicRelayFate {
            accounts.drop(reason, rule: rule, from: source, wasWaiting: !isNew)
            endPassage(parts.tag, .failed)
            return .settled
        }
        if parts.qos == .atMostOnce, !destination.isUp { return dropped(.linkDown) }
        if holdBehindRefused(parts, on: destination) {
            if isNew { accounts.waits(rule, from: source) }
            return .underWay
        }
        let outcome = destination.session.publish(
            topic: parts.topic,
            properties: parts.properties,
            payload: parts.payload,
            qos: parts.qos,
            isRetained: parts.isRetained,
            expiresAt: parts.expiresAt,
            tag: parts.tag.rawValue,
            now: now
        )
        switch outcome {
        case .writtenWithoutRetain, .queuedWithoutRetain: noteLosses(parts, losesRetain: true, to: destination)
        case .written, .queued:
            if parts.qos > destination.maximumQoS { noteLosses(parts, losesRetain: false, to: destination) }
        case .refused: break
        }
        switch outcome {
        case .written, .writtenWithoutRetain:
            accounts.pass(rule: rule, from: source, wasWaiting: !isNew)
            endPassage(parts.tag, .passed(isConfirmed: false))
            expectEcho(parts, destination)
            return .settled
        case .queued, .queuedWithoutRetain:
            if isNew { accounts.waits(rule, from: source) }
            expectEcho(parts, destination)
            return .underWay
        case .refused(let refusal):
            sayRefused(
                refusal.words,
                topic: parts.topic,
                payloadByteCount: parts.payload.count,
                parts.tag,
                destination
            )
            return dropped(refusal.dropReason)
        }
    }

    private func expectEcho(_ parts: MessageParts, _ destination: BrokerEnd) {
        guard destination.hasEchoes, case .carried(let rule) = rules.match(from: destination.side, topic: parts.topic)
        else { return }
        let ticket = destination.echo.expect(
            topic: parts.topic,
            payload: parts.payload,
            qos: Swift.min(parts.qos, traits[rule].qos),
            now: now
        )
        if parts.qos != .atMostOnce { tickets[parts.tag] = ticket }
    }

    // MARK: Done

    /// A message of QoS 1 or 2 is done.
    func finished(_ tag: MessageTag, _ reason: ReasonCode, on destination: BrokerEnd) {
        guard !tag.isOwn else { return }
        let source = other(destination)
        let ticket = takeTicket(tag)
        if reason.isError {
            if let ticket { destination.echo.forget(ticket) }
            // What the broker refuses comes another way: this is too large for a connection that came up while it waited.
            accounts.drop(.packetTooLarge, rule: tag.rule, from: source.side, wasWaiting: true)
            endPassage(tag, .failed)
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            sayRefused(
                MQTTClientSession.PublishRefusal.packetTooLarge.words,
                topic: none,
                payloadByteCount: 0,
                tag,
                destination
            )
            attemptEnded(tag, on: destination)
        } else {
            if let ticket { destination.echo.acknowledged(ticket, now: now) }
            accounts.pass(rule: tag.rule, from: source.side, wasWaiting: true)
            endPassage(tag, .passed(isConfirmed: true))
            taken(tag, on: destination)
        }
        acknowledge(source, tag.packetID, tag.epoch)
    }

    func takeTicket(_ tag: MessageTag) -> EchoWindow.Ticket? {
        tickets.isEmpty ? nil : tickets.removeValue(forKey: tag)
    }

    func expired(_ tag: MessageTag, on destination: BrokerEnd) {
        guard !tag.isOwn else { return }
        let source = other(destination)
        if let ticket = takeTicket(tag) { destination.echo.forget(ticket) }
        accounts.drop(.expired, rule: tag.rule, from: source.side, wasWaiting: true)
        endPassage(tag, .failed)
        acknowledge(source, tag.packetID, tag.epoch)
        attemptEnded(tag, on: destination)
    }
}

extension MQTTClientSession.PublishRefusal {
    var dropReason: TopicDropReason {
        switch self {
        case .notConnected: .linkDown
        case .packetTooLarge: .packetTooLarge
        case .topicNameInvalid: .invalidTopic
        }
    }

    var words: String {
        switch self {
        case .notConnected: "there is no connection"
        case .packetTooLarge:
            "it is larger than the broker takes; raise its limit, or keep large messages out of the rule (`max_payload`)"
        case .topicNameInvalid: "its topic would be no valid name there"
        }
    }
}

extension UnsafeRawBufferPointer {
    /// A topic in a log line: cut, and without control characters.
    var words: String {
        String(decoding: prefix(200), as: UTF8.self).unicodeScalars
            .map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined()
    }
}
