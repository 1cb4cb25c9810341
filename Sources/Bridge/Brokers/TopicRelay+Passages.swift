import Federation
import MQTTProtocol
import NIOCore

/// Retained messages on their way across, live ones and those of a reading: when they have arrived, both sides agree on their topic.
extension TopicRelay {
    /// A retained message is about to cross: it settles its topic.
    ///
    /// - Parameter topic: as its source names it.
    func beginPassage(_ parts: MessageParts, topic: UnsafeRawBufferPointer, from source: BrokerEnd) {
        guard other(source).keepsRetained else { return }
        let firstName = source.side == .first ? topic : parts.topic
        passages[parts.tag] = ledger.passing(
            Digest128(topic: firstName),
            digest: parts.payload.isEmpty ? nil : digest(parts.properties, parts.payload),
            hasExpiry: parts.expiresAt != nil,
            rule: parts.tag.rule,
            from: source.side
        )
    }

    func endPassage(_ tag: MessageTag, _ end: PassageEnd) {
        guard !passages.isEmpty, let passage = passages.removeValue(forKey: tag) else { return }
        switch end {
        case .passed(let isConfirmed): ledger.passed(passage, isConfirmed: isConfirmed)
        case .failed: ledger.failed(passage)
        }
        planReading()
    }

    // MARK: What has gathered in an outage

    private static let catchUpCheck = TimeAmount.seconds(1)
    private static let catchUpMaximum = TimeAmount.seconds(60)

    func beginCatchingUp() {
        catchUpEnd = now + Self.catchUpMaximum
        catchUpDue = now + Self.catchUpCheck
    }

    /// Until nothing is under way; with traffic that never ends, for a minute.
    func catchUpDeadlineReached() {
        guard let due = catchUpDue, due <= now else { return }
        guard first.isUp, second.isUp else {
            catchUpDue = nil
            return
        }
        guard messagesInFlight == 0 || catchUpEnd <= now else {
            catchUpDue = now + Self.catchUpCheck
            return
        }
        catchUpDue = nil
        ledger.endCatchingUp()
        planReading()
    }

    // MARK: What was written at QoS 0

    /// How long after a message of QoS 0 was written it is asked whether it has arrived.
    private static let fenceDelay = TimeAmount.seconds(1)

    /// When a message of the bridge's own is to follow those that nobody confirms; nil: none is needed, or one is under way.
    func fenceDeadline(_ end: BrokerEnd) -> NIODeadline? {
        guard end.isUp, end.hearing == .heard, end.fence == nil, ledger.wantsProbe(to: end.side) else { return nil }
        return end.lastFence + Self.fenceDelay
    }

    func sendFence(_ end: BrokerEnd) {
        let number = ledger.probeSent(to: end.side)
        end.fence = number
        end.lastFence = now
        let words = fenceWords(number)
        publishOwn(end.topics.probe, payload: Array(words.utf8), qos: .atMostOnce, isRetained: false, on: end)
    }

    private func fenceWords(_ number: UInt32) -> String { "\(instance) fence \(number)" }

    /// - Returns: whether it was one.
    func fenceReturned(_ payload: UnsafeRawBufferPointer, _ end: BrokerEnd) -> Bool {
        guard let number = end.fence, payload.elementsEqual(fenceWords(number).utf8) else { return false }
        end.fence = nil
        ledger.probeReturned(number, from: end.side)
        return true
    }
}

enum PassageEnd {
    case passed(isConfirmed: Bool)
    case failed
}
