import Federation
import MQTTProtocol
import NIOCore

/// Messages that wait here: for their rule's rate, or for the pace after an outage.
extension TopicRelay {
    private func limiterIndex(_ rule: Int, _ source: Side) -> Int { rule * 2 + (source == .first ? 0 : 1) }

    /// The rule's rate, then the pace, then the destination.
    func limit(_ parts: MessageParts, rule: Int, from source: BrokerEnd, to destination: BrokerEnd) -> TopicRelayFate {
        let index = limiterIndex(rule, source.side)
        guard traits[rule].isRateLimited, let limit = settings.rules.rules[rule].rateLimit else {
            return pace(parts, from: source, to: destination)
        }
        if limiters[index]!.takeToken(now: now) { return pace(parts, from: source, to: destination) }
        switch limit.excess {
        case .dropNewest:
            return lose(parts, .rateLimit, source)
        case .dropOldest:
            if limiters[index]!.count >= limit.burst, let oldest = limiters[index]!.removeOldest() {
                heldByteCount -= oldest.bytes.count
                accounts.drop(.rateLimit, rule: rule, from: source.side, wasWaiting: true)
                endPassage(oldest.tag, .failed)
                pushedOut.append(oldest.tag)
            }
        case .holdBack:
            // Those of QoS 1 and 2 are bounded by what their broker has in flight.
            guard parts.qos != .atMostOnce || limiters[index]!.count < settings.limits.heldMaximum else {
                return lose(parts, .overloaded, source)
            }
        }
        hold(parts, from: source) { limiters[index]!.append($0) }
        return .underWay
    }

    private func lose(_ parts: MessageParts, _ reason: TopicDropReason, _ source: BrokerEnd) -> TopicRelayFate {
        accounts.drop(reason, rule: parts.tag.rule, from: source.side)
        endPassage(parts.tag, .failed)
        return .settled
    }

    private func hold(_ parts: MessageParts, from source: BrokerEnd, _ append: (HeldMessage) -> Void) {
        let message = HeldMessage(parts)
        heldByteCount += message.bytes.count
        accounts.waits(parts.tag.rule, from: source.side)
        append(message)
    }

    // MARK: The pace after an outage

    private func pace(_ parts: MessageParts, from source: BrokerEnd, to destination: BrokerEnd) -> TopicRelayFate {
        guard source.drain != nil, parts.qos != .atMostOnce else { return hand(parts, to: destination, isNew: true) }
        if source.drain!.takeToken(now: now) { return hand(parts, to: destination, isNew: true) }
        hold(parts, from: source) { source.drain!.append($0) }
        return .underWay
    }

    /// From now on what has gathered in an outage comes: messages of QoS 1 and 2 pass at the configured pace, and those of QoS 0, which no
    /// broker gathers, go past them.
    func beginDrain() {
        guard let rate = settings.drainRate else { return }
        for end in [first, second] where end.drain == nil {
            end.drain = HeldMessages(rate: rate, burst: Swift.max(1, Int(rate / 10)), now: now)
        }
    }

    // MARK: Time

    var nextHeldDeadline: NIODeadline {
        var deadline = NIODeadline.distantFuture
        guard hasLimits || first.drain != nil || second.drain != nil else { return deadline }
        for index in limiters.indices {
            if let next = limiters[index]?.nextDeadline(now: now) { deadline = Swift.min(deadline, next) }
        }
        for end in [first, second] {
            if let next = end.drain?.nextDeadline(now: now) { deadline = Swift.min(deadline, next) }
        }
        return deadline
    }

    func releaseHeld() {
        for end in [first, second] where end.drain != nil {
            while let message = end.drain!.next(now: now) { release(message, from: end, isPaced: true) }
            // The outage is made good.
            if end.drain!.isIdle(now: now) { end.drain = nil }
        }
        for index in limiters.indices where limiters[index] != nil {
            let source = index % 2 == 0 ? first : second
            while let message = limiters[index]!.next(now: now) { release(message, from: source, isPaced: false) }
        }
    }

    private func release(_ message: HeldMessage, from source: BrokerEnd, isPaced: Bool) {
        heldByteCount -= message.bytes.count
        if let expiresAt = message.expiresAt, expiresAt <= now {
            accounts.drop(.expired, rule: message.tag.rule, from: source.side, wasWaiting: true)
            endPassage(message.tag, .failed)
            acknowledge(source, message.tag.packetID, message.tag.epoch)
            return
        }
        if !isPaced, message.qos != .atMostOnce, source.drain != nil, !source.drain!.takeToken(now: now) {
            heldByteCount += message.bytes.count
            source.drain!.append(message)
            return
        }
        let fate = message.withParts { hand($0, to: other(source), isNew: false) }
        switch fate {
        case .settled: acknowledge(source, message.tag.packetID, message.tag.epoch)
        case .underWay, .left: break
        }
    }
}

extension HeldMessage {
    init(_ parts: MessageParts) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.topic.count + parts.properties.count + parts.payload.count)
        bytes.append(contentsOf: parts.topic)
        bytes.append(contentsOf: parts.properties)
        bytes.append(contentsOf: parts.payload)
        self.init(
            bytes: bytes,
            topicByteCount: parts.topic.count,
            propertyByteCount: parts.properties.count,
            qos: parts.qos,
            isRetained: parts.isRetained,
            expiresAt: parts.expiresAt,
            tag: parts.tag
        )
    }

    func withParts<Result>(_ body: (MessageParts) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            let propertiesEnd = topicByteCount + propertyByteCount
            return body(
                MessageParts(
                    topic: UnsafeRawBufferPointer(rebasing: bytes[..<topicByteCount]),
                    properties: UnsafeRawBufferPointer(rebasing: bytes[topicByteCount..<propertiesEnd]),
                    payload: UnsafeRawBufferPointer(rebasing: bytes[propertiesEnd...]),
                    qos: qos,
                    isRetained: isRetained,
                    expiresAt: expiresAt,
                    tag: tag
                )
            )
        }
    }
}
