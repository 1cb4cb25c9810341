import Federation
import MQTTProtocol
import NIOCore

/// What a reading shows, and what follows from it.
extension TopicRelay {
    /// Bytes under way to a side, beyond which decisions wait.
    private static let decisionByteMaximum = 1 << 20

    /// Conflicts of one reading that are said; beyond them only their number is.
    private static let conflictMaximum = 20

    func read(_ message: MQTTClientSession.IncomingMessage, _ reader: RetainedReader, _ side: Side) {
        reader.session.withMessage(message) { topic, properties, payload in
            if topic.elementsEqual(end(side).topics.reading.utf8) {
                return heardMark(payload, reader)
            }
            // Without the flag it is a live message, and those have their own way.
            guard message.view.isRetained, !payload.isEmpty else { return }
            reader.lastShown = now
            noteShown(topic.count + properties.count + payload.count, reader, side)
            if case .settling = reader.phase { settle(reader) }
            if reader.awaitsSample, topic.elementsEqual(end(side).topics.state.utf8) { reader.awaitsSample = false }
            let rule: Int
            switch rules.match(from: side, topic: topic) {
            case .carried(let found), .otherDirection(let found): rule = found
            case .noRule, .excluded, .reserved: return
            }
            guard readRules.contains(rule), let firstName = firstName(of: topic, rule: rule, on: side) else { return }
            let expiresAt = expiry(message.view, rule)
            ledger.read(
                firstName.withUnsafeBytes { Digest128(topic: $0) },
                topic: firstName,
                digest: digest(properties, payload),
                hasExpiry: expiresAt != nil,
                rule: rule,
                on: side
            ) {
                var crossing: [UInt8] = []
                writeProperties(properties, rule: rule, from: end(side), into: &crossing)
                return RetainedMessage(
                    properties: crossing,
                    payload: Array(payload),
                    qos: Swift.min(rules.rules[rule].qos, .atLeastOnce),
                    expiresAt: expiresAt
                )
            }
        }
    }

    private func noteShown(_ byteCount: Int, _ reader: RetainedReader, _ side: Side) {
        reader.shownByteCount += byteCount
        shownByteMaximum = Swift.max(shownByteMaximum, byteCount)
        if reader.shownByteCount > RetainedReader.sureByteMaximum { ledger.doubt(side) }
    }

    func settle(_ reader: RetainedReader) { reader.phase = .settling(until: now + RetainedReader.settlingTime) }

    /// When a message will have expired; nil: never.
    func expiry(_ view: PublishView, _ rule: Int) -> NIODeadline? {
        let own = view.messageExpiry.map { now + .seconds(Int64($0)) }
        guard let limit = rules.rules[rule].messageExpiry else { return own }
        return Swift.min(own ?? .distantFuture, now + limit)
    }

    /// nil: there is no such name.
    private func firstName(of topic: UnsafeRawBufferPointer, rule: Int, on side: Side) -> [UInt8]? {
        guard side == .second, !rules.isIdentity(rule) else { return Array(topic) }
        var name: [UInt8] = []
        return rules.rename(from: .second, rule: rule, topic: topic, into: &name) ? name : nil
    }

    /// Of what both sides hold when they agree.
    func digest(_ properties: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) -> Digest128 {
        var kept: [UInt8] = []
        if first.version == .v5, second.version == .v5 {
            var walker = PropertyWalker(properties, 0..<properties.count, in: nil)
            while let item = try? walker.next() {
                switch item.id {
                case .messageExpiryInterval, .topicAlias, .subscriptionIdentifier, .responseTopic: continue
                case .userProperty where properties[item.name].elementsEqual(StingerPath.propertyName.utf8): continue
                default: kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: properties[item.encoded]))
                }
            }
        }
        return kept.withUnsafeBytes { Digest128(properties: $0, payload: payload) }
    }

    // MARK: Decisions

    /// Publishes what is to be published, as far as both sides take it.
    func carryOutDecisions() {
        guard mayCompare else { return }
        while hasRoomForDecisions, let decision = ledger.nextDecision() { carryOut(decision) }
        if ledger.counts.readings != toldCounts.readings { tellCounts() }
        planReading()
        prove()
    }

    /// What the comparison that has come to its end has found.
    private func tellCounts() {
        let counts = ledger.counts
        let fields = [
            ("published", counts.published - toldCounts.published), ("cleared", counts.cleared - toldCounts.cleared),
            ("conflicts", counts.conflicts - toldCounts.conflicts), ("left_different", counts.differing),
            ("not_compared", counts.overlooked - toldCounts.overlooked),
            ("not_remembered", counts.unremembered - toldCounts.unremembered),
        ].filter { $0.1 > 0 }
        toldCounts = counts
        say(
            fields.isEmpty ? .debug : .notice,
            "retained messages compared",
            fields.map { ($0.0, "\($0.1)") } + [("remembered", "\(ledger.memory.count)")]
        )
    }

    private var hasRoomForDecisions: Bool {
        [first, second].allSatisfy {
            $0.isWritable && $0.session.outboxByteCount < Self.decisionByteMaximum
                && $0.session.outputByteCount < Self.decisionByteMaximum
        }
    }

    private func carryOut(_ decision: RetainedDecision) {
        let source = end(decision.passage.from)
        guard let (here, there) = names(of: decision) else {
            accounts.took(decision.rule, from: source.side)
            return drop(decision, .invalidTopic)
        }
        guard isOurs(decision, here, from: source) else { return ledger.failed(decision.passage) }
        if decision.isConflict {
            let count = ledger.counts.conflicts - toldCounts.conflicts
            say(
                count <= Self.conflictMaximum ? .notice : .debug,
                "a retained message had changed on both sides; the rule has chosen",
                [
                    ("topic", decision.topic.withUnsafeBytes { $0.words }), ("rule", "\(decision.rule + 1)"),
                    ("from", source.settings.name),
                ]
            )
        }
        accounts.took(decision.rule, from: source.side)
        let rule = rules.rules[decision.rule]
        let message: RetainedMessage =
            switch decision.action {
            case .publish(let message): message
            case .clear:
                RetainedMessage(
                    properties: Array(source.pathProperty.bytes),
                    payload: [],
                    qos: Swift.min(rule.qos, .atLeastOnce)
                )
            }
        if let maximum = rule.payloadByteMaximum, message.payload.count > maximum {
            return drop(decision, .payloadTooLarge)
        }
        ownSerial &+= 1
        let tag = MessageTag(
            rule: decision.rule,
            isFromSecond: source.side == .second,
            epoch: ownSerial,
            packetID: 0
        )
        passages[tag] = decision.passage
        let held = HeldMessage(
            bytes: there + message.properties + message.payload,
            topicByteCount: there.count,
            propertyByteCount: message.properties.count,
            qos: message.qos,
            isRetained: true,
            expiresAt: message.expiresAt,
            tag: tag
        )
        _ = held.withParts { hand($0, to: other(source), isNew: true) }
    }

    /// A topic's name where its message comes from, and where it goes to; nil: there is no such name.
    private func names(of decision: RetainedDecision) -> (here: [UInt8], there: [UInt8])? {
        guard let second = name(decision.topic, rule: decision.rule, on: .second) else { return nil }
        switch decision.passage.from {
        case .first: return (decision.topic, second)
        case .second: return (second, decision.topic)
        }
    }

    /// The name on a side of what the first side calls so; nil: there is none.
    func name(_ topic: [UInt8], rule: Int, on side: Side) -> [UInt8]? {
        guard side == .second, !rules.isIdentity(rule) else { return topic }
        var name: [UInt8] = []
        let hasName = topic.withUnsafeBytes { rules.rename(from: .first, rule: rule, topic: $0, into: &name) }
        return hasName ? name : nil
    }

    /// What another bridge carries it brings to agree as well.
    private func isOurs(_ decision: RetainedDecision, _ topic: [UInt8], from source: BrokerEnd) -> Bool {
        guard !carriesAll else { return true }
        let properties: [UInt8] =
            switch decision.action {
            case .publish(let message): message.properties
            case .clear: []
            }
        return topic.withUnsafeBytes { topic in
            properties.withUnsafeBytes { verdict(topic, $0, from: source) == .carry }
        }
    }

    private func drop(_ decision: RetainedDecision, _ reason: TopicDropReason) {
        accounts.drop(reason, rule: decision.rule, from: decision.passage.from)
        ledger.failed(decision.passage)
    }
}
