import Federation
import MQTTProtocol
import NIOCore

/// What becomes of messages that their destination answers with an error.
extension TopicRelay {
    private static let refusalInterval = TimeAmount.minutes(1)

    func refused(_ refused: MQTTClientSession.RefusedMessage, on destination: BrokerEnd) {
        let tag = MessageTag(rawValue: refused.tag)
        guard !tag.isOwn else { return }
        let message = HeldMessage(refused)
        if let ticket = takeTicket(tag) { destination.echo.forget(ticket) }
        guard !refused.endsConnections else {
            return giveUp(
                message,
                "the broker hangs up each time that it is sent; may this user publish there, and is it too large? "
                    + "`exclude` or `max_payload` in the rule keep such messages away",
                .refused,
                on: destination
            )
        }
        var waiting = destination.refusedMessages[tag.rule] ?? RefusedMessages(now: now)
        // Acknowledgements leave in the order of their messages, so what is waited for stands in the way of all others from its source, unless there
        // is nobody whom the destination would take a message from.
        guard let patience = refused.reason.patience(whileOthersPass: destination.takenAt > waiting.begunAt) else {
            return giveUp(message, refused.reason, on: destination)
        }
        let hadGivenUp = waiting.hasGivenUp
        let isKept = waiting.refuse(message, patience: patience, now: now)
        destination.refusedMessages[tag.rule] = waiting
        if isKept {
            heldByteCount += message.bytes.count
            return sayRefused("\(refused.reason.words); it is sent again", message, destination)
        }
        giveUp(message, refused.reason, on: destination)
        guard !hadGivenUp else { return }
        say(
            .warning,
            "messages of a rule have been refused for so long that they are no longer sent again until one is taken",
            [("peer", destination.settings.name), ("rule", "\(tag.rule + 1)"), ("reason", refused.reason.words)]
        )
        releaseRefused(tag.rule, on: destination)
    }

    private func giveUp(_ message: HeldMessage, _ reason: ReasonCode, on destination: BrokerEnd) {
        giveUp(
            message,
            reason.adviceForMessage.map { "\(reason.words); \($0)" } ?? reason.words,
            reason == .packetTooLarge ? .packetTooLarge : .refused,
            on: destination
        )
    }

    private func giveUp(_ message: HeldMessage, _ words: String, _ drop: TopicDropReason, on destination: BrokerEnd) {
        let tag = message.tag
        let source = other(destination)
        accounts.drop(drop, rule: tag.rule, from: source.side, wasWaiting: true)
        endPassage(tag, .failed)
        sayRefused(words, message, destination)
        acknowledge(source, tag.packetID, tag.epoch)
        attemptEnded(tag, on: destination)
    }

    /// A message of QoS 1 or 2 waits behind others of its rule that the destination does not take now.
    func holdBehindRefused(_ parts: MessageParts, on destination: BrokerEnd) -> Bool {
        guard !destination.refusedMessages.isEmpty, parts.qos != .atMostOnce else { return false }
        guard let waiting = destination.refusedMessages[parts.tag.rule], !waiting.hasGivenUp else { return false }
        let message = HeldMessage(parts)
        heldByteCount += message.bytes.count
        destination.refusedMessages[parts.tag.rule]?.append(message)
        return true
    }

    /// The destination has taken a message.
    func taken(_ tag: MessageTag, on destination: BrokerEnd) {
        destination.takenAt = now
        guard !destination.refusedMessages.isEmpty else { return }
        let rule = tag.rule
        guard let waiting = destination.refusedMessages[rule] else { return }
        // One that was in flight when another was refused says nothing yet.
        guard waiting.hasGivenUp || waiting.attempt == tag else { return }
        releaseRefused(rule, on: destination)
        destination.refusedMessages[rule] = nil
        say(
            .notice,
            "messages that had been refused are taken again",
            [("peer", destination.settings.name), ("rule", "\(rule + 1)")]
        )
    }

    private func releaseRefused(_ rule: Int, on destination: BrokerEnd) {
        // What is handed over now is not to wait behind itself.
        guard var waiting = destination.refusedMessages.removeValue(forKey: rule) else { return }
        while let message = waiting.removeFirst() { _ = handAgain(message, to: destination) }
        destination.refusedMessages[rule] = waiting
    }

    /// - Returns: whether it is under way.
    private func handAgain(_ message: HeldMessage, to destination: BrokerEnd) -> Bool {
        heldByteCount -= message.bytes.count
        let source = other(destination)
        if let expiresAt = message.expiresAt, expiresAt <= now {
            accounts.drop(.expired, rule: message.tag.rule, from: source.side, wasWaiting: true)
            endPassage(message.tag, .failed)
            acknowledge(source, message.tag.packetID, message.tag.epoch)
            return false
        }
        switch message.withParts({ hand($0, to: destination, isNew: false) }) {
        case .underWay, .left: return true
        case .settled:
            acknowledge(source, message.tag.packetID, message.tag.epoch)
            return false
        }
    }

    /// A message is done without an answer of its destination.
    func attemptEnded(_ tag: MessageTag, on destination: BrokerEnd) {
        guard destination.refusedMessages[tag.rule]?.attempt == tag else { return }
        if destination.refusedMessages[tag.rule]?.attemptEnded(now: now) == false {
            destination.refusedMessages[tag.rule] = nil
        }
    }

    // MARK: Time

    var nextRefusedDeadline: NIODeadline {
        var deadline = NIODeadline.distantFuture
        guard !first.refusedMessages.isEmpty || !second.refusedMessages.isEmpty else { return deadline }
        for end in [first, second] {
            for waiting in end.refusedMessages.values {
                deadline = Swift.min(deadline, waiting.nextAttempt ?? .distantFuture)
            }
        }
        return deadline
    }

    func refusedDeadlineReached() {
        for end in [first, second] where !end.refusedMessages.isEmpty {
            for rule in end.refusedMessages.keys.sorted() { sendRefusedAgain(rule, on: end) }
        }
    }

    private func sendRefusedAgain(_ rule: Int, on destination: BrokerEnd) {
        guard let message = destination.refusedMessages[rule]?.takeAttempt(now: now),
            let waiting = destination.refusedMessages.removeValue(forKey: rule)
        else { return }
        let isUnderWay = handAgain(message, to: destination)
        destination.refusedMessages[rule] = waiting
        if !isUnderWay { attemptEnded(message.tag, on: destination) }
    }

    // MARK: What is said

    /// Each rule and reason at most once a minute.
    func sayRefused(_ words: String, _ message: HeldMessage, _ destination: BrokerEnd) {
        message.withParts {
            sayRefused(words, topic: $0.topic, payloadByteCount: $0.payload.count, $0.tag, destination)
        }
    }

    func sayRefused(
        _ words: String,
        topic: UnsafeRawBufferPointer,
        payloadByteCount: Int,
        _ tag: MessageTag,
        _ destination: BrokerEnd
    ) {
        let key = "\(tag.rule) \(words)"
        let last = destination.refusalsSaid[key]
        if let last, now - last.at < Self.refusalInterval {
            destination.refusalsSaid[key]?.silentCount += 1
            return
        }
        guard last != nil || destination.refusalsSaid.count < settings.limits.saidMaximum else { return }
        destination.refusalsSaid[key] = RefusalSaid(at: now, silentCount: 0)
        var fields = [("peer", destination.settings.name), ("rule", "\(tag.rule + 1)")]
        if !topic.isEmpty { fields += [("topic", topic.words), ("bytes", "\(payloadByteCount)")] }
        if let last, last.silentCount > 0 { fields.append(("others_like_it", "\(last.silentCount)")) }
        say(.warning, "a message was not taken: \(words)", fields)
    }
}

/// When something was said, and how often it could have been since.
struct RefusalSaid {
    let at: NIODeadline
    var silentCount: Int
}

extension ReasonCode {
    /// How long a message that is refused with it is sent again; nil: it would be refused for ever.
    fileprivate func patience(whileOthersPass othersPass: Bool) -> TimeAmount? {
        switch self {
        // Room is made by others, and may take a while. Under another identifier a message passes whose identifier is in use.
        case .quotaExceeded, .packetIdentifierInUse: othersPass ? .minutes(1) : .minutes(15)
        // Nobody knows what these mean: a moment's trouble, or this very message.
        case .unspecifiedError, .implementationSpecificError: .seconds(10)
        default: nil
        }
    }

    fileprivate var adviceForMessage: String? {
        switch self {
        case .notAuthorized: "allow this user to publish there, or keep such topics out of the rule (`exclude`)"
        case .topicNameInvalid: "rename it in the rule, or keep it out (`exclude`)"
        case .packetTooLarge: "raise the broker's limit, or keep large messages out of the rule (`max_payload`)"
        case .payloadFormatInvalid: "its publisher says it is text, and it is not"
        default: nil
        }
    }
}

extension HeldMessage {
    fileprivate init(_ message: MQTTClientSession.RefusedMessage) {
        self = message.withParts { topic, properties, payload in
            HeldMessage(
                MessageParts(
                    topic: topic,
                    properties: properties,
                    payload: payload,
                    qos: message.qos,
                    isRetained: message.isRetained,
                    expiresAt: message.expiresAt,
                    tag: MessageTag(rawValue: message.tag)
                )
            )
        }
    }
}
