import Federation
import MQTTProtocol
import NIOCore

/// Bringing the retained messages of both sides to agree: reads what each holds, and publishes what differs (docs/decisions/0008).
extension TopicRelay {
    /// A broker that takes this long has trouble; the next reading may do better.
    private static let readingTimeout = TimeAmount.seconds(60)
    /// After a reading that could not do all.
    private static let readingPause = TimeAmount.seconds(5)
    /// Bytes under way to a side, beyond which decisions wait.
    private static let decisionByteMaximum = 1 << 20

    /// Both links have come up.
    func beginReading() {
        guard !readRules.isEmpty, !isStopping else { return }
        endReading()
        readingDue = nil
        let forgetful = Side.allCases.filter { end($0).hasFreshSession }
        let sides = ledger.beginReading(forgetful: Set(forgetful))
        var pass = RetainedReadingPass(deadline: now + Self.readingTimeout)
        for side in sides {
            pass[side] = RetainedReader(settings.settings(of: side).session)
            outputs.append(.open(TopicPort(side, isReading: true)))
        }
        reading = pass
    }

    func endReading() {
        guard let pass = reading else { return }
        for side in Side.allCases where pass[side] != nil && pass[side]?.phase != .over {
            outputs.append(.close(TopicPort(side, isReading: true), nil))
        }
        reading = nil
    }

    /// What is wrong with the reading connection is said once, and tried again later.
    private func giveUpReading(_ words: String, _ side: Side) {
        endReading()
        ledger.abandonReading()
        readingDue = now + Self.readingTimeout
        sayOnce(
            "reading \(side)",
            .warning,
            "retained messages could not be compared; trying again: \(words)",
            [("peer", end(side).settings.name)]
        )
    }

    // MARK: The connection

    func readingConnected(_ side: Side) { reading?[side]?.session.connected(now: now) }

    func readingReceived(_ bytes: inout ByteBuffer, _ side: Side) {
        reading?[side]?.session.receive(&bytes, now: now)
        takeReadingEvents(side)
    }

    func readingDisconnected(_ side: Side, _ words: String) {
        guard let reader = reading?[side], reader.phase != .over else { return }
        giveUpReading(words, side)
    }

    private func takeReadingEvents(_ side: Side) {
        while let event = reading?[side]?.session.nextEvent() {
            switch event {
            case .connected: subscribeReader(side)
            case .subscribed(_, let codes):
                if codes.contains(where: \.isError) {
                    sayOnce(
                        "reading refused \(side)",
                        .warning,
                        "the broker refused to show some retained messages: they are not compared",
                        [("peer", end(side).settings.name)]
                    )
                }
                guard case .subscribing(let count) = reading?[side]?.phase else { break }
                reading?[side]?.phase = .subscribing(count - 1)
                if count == 1 { sendMark(side) }
            case .message(let message): read(message, side)
            case .closed(let failure): return giveUpReading("\(failure)", side)
            case .finished, .expired, .unsubscribed: break
            }
        }
    }

    private func subscribeReader(_ side: Side) {
        var options = SubscriptionOptions()
        // A queue of QoS 1 messages may be shorter than what is stored; QoS 0 goes straight to the socket.
        options.qos = .atMostOnce
        let filters = Set(readRules.map { rules.rules[$0].filter(on: side).text })
        let mark = end(side).topics.reading
        var entries = filters.sorted().map { SubscribePacket.Entry(filter: $0, options: options) }
        entries.insert(SubscribePacket.Entry(filter: mark, options: options), at: 0)
        var count = 0
        for batch in entries.chunks(of: Self.filtersPerPacket) {
            if reading?[side]?.session.subscribe(Array(batch), identifier: nil) ?? 0 != 0 { count += 1 }
        }
        reading?[side]?.phase = .subscribing(count)
    }

    private func sendMark(_ side: Side) {
        reading?[side]?.phase = .reading
        var topic = end(side).topics.reading
        let tag = Array(instance.utf8)
        topic.withUTF8 { topic in
            tag.withUnsafeBytes { payload in
                _ = reading?[side]?.session.publish(
                    topic: UnsafeRawBufferPointer(topic),
                    properties: UnsafeRawBufferPointer(start: nil, count: 0),
                    payload: payload,
                    qos: .atMostOnce,
                    isRetained: false,
                    expiresAt: nil,
                    tag: MessageTag.own.rawValue,
                    now: now
                )
            }
        }
    }

    // MARK: What is stored

    private func read(_ message: MQTTClientSession.IncomingMessage, _ side: Side) {
        guard var reader = reading?[side] else { return }
        reader.session.withMessage(message) { topic, properties, payload in
            if topic.elementsEqual(end(side).topics.reading.utf8) {
                if payload.elementsEqual(instance.utf8), reader.phase == .reading { settle(side) }
                return
            }
            // Without the flag it is a live message, and those have their own way.
            guard message.view.isRetained, !payload.isEmpty else { return }
            if case .settling = reader.phase { settle(side) }
            let rule: Int
            switch rules.match(from: side, topic: topic) {
            case .carried(let found), .otherDirection(let found): rule = found
            case .noRule, .excluded, .reserved: return
            }
            guard readRules.contains(rule), let firstName = firstName(of: topic, rule: rule, on: side) else { return }
            var crossing: [UInt8] = []
            writeProperties(properties, rule: rule, from: end(side), into: &crossing)
            ledger.read(
                firstName.withUnsafeBytes { Digest128(topic: $0) },
                topic: firstName,
                digest: digest(properties, payload),
                hasExpiry: message.view.messageExpiry != nil,
                rule: rule,
                on: side
            ) {
                RetainedMessage(
                    properties: crossing,
                    payload: Array(payload),
                    qos: Swift.min(rules.rules[rule].qos, .atLeastOnce),
                    expiresAt: message.view.messageExpiry.map { now + .seconds(Int64($0)) }
                )
            }
        }
    }

    private func settle(_ side: Side) {
        reading?[side]?.phase = .settling(until: now + RetainedReader.settlingTime)
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

    // MARK: Live messages

    /// A retained message is about to cross: it settles its topic.
    func beginPassage(_ parts: MessageParts, from source: BrokerEnd) {
        let destinationName = Array(parts.topic)
        let name: [UInt8]?
        switch source.side {
        case .first: name = firstName(of: parts.topic, rule: parts.tag.rule, on: .second)
        case .second: name = destinationName
        }
        guard let name else { return }
        passages[parts.tag] = ledger.passing(
            name.withUnsafeBytes { Digest128(topic: $0) },
            digest: parts.payload.isEmpty ? nil : digest(parts.properties, parts.payload),
            hasExpiry: parts.expiresAt != nil,
            from: source.side
        )
    }

    func endPassage(_ tag: MessageTag, _ end: PassageEnd) {
        guard !passages.isEmpty, let passage = passages.removeValue(forKey: tag) else { return }
        switch end {
        case .passed(let isConfirmed): ledger.passed(passage, isConfirmed: isConfirmed)
        case .failed: ledger.failed(passage)
        }
    }

    // MARK: Decisions

    /// Publishes what is to be published, as far as both sides take it.
    func carryOutDecisions() {
        guard !readRules.isEmpty, first.isUp, second.isUp, !settings.coordinates || isAgreed else { return }
        while hasRoomForDecisions, let decision = ledger.nextDecision() { carryOut(decision) }
        if ledger.needsReading, reading == nil, readingDue == nil { readingDue = now + Self.readingPause }
    }

    private var hasRoomForDecisions: Bool {
        [first, second].allSatisfy {
            $0.isWritable && $0.session.outboxByteCount < Self.decisionByteMaximum
                && $0.session.outputByteCount < Self.decisionByteMaximum
        }
    }

    private func carryOut(_ decision: RetainedDecision) {
        let passage = decision.passage
        let source = end(passage.from)
        let destination = other(source)
        ownSerial &+= 1
        let tag = MessageTag(
            rule: decision.rule,
            isFromSecond: source.side == .second,
            epoch: ownSerial,
            packetID: 0
        )
        guard let (here, name) = names(of: decision) else { return ledger.failed(passage) }
        let message: RetainedMessage =
            switch decision.action {
            case .publish(let message): message
            case .clear: RetainedMessage(payload: [], qos: .atLeastOnce)
            }
        guard isOurs(message, here, from: source) else { return ledger.failed(passage) }
        if decision.isConflict {
            say(
                .notice,
                "a retained message had changed on both sides; the rule has chosen",
                [
                    ("topic", decision.topic.withUnsafeBytes { $0.words }), ("rule", "\(decision.rule + 1)"),
                    ("from", source.settings.name),
                ]
            )
        }
        accounts.took(decision.rule, from: source.side)
        passages[tag] = passage
        let held = HeldMessage(
            bytes: name + message.properties + message.payload,
            topicByteCount: name.count,
            propertyByteCount: message.properties.count,
            qos: message.qos,
            isRetained: true,
            expiresAt: message.expiresAt,
            tag: tag
        )
        _ = held.withParts { hand($0, to: destination, isNew: true) }
    }

    /// A topic's name where its message comes from, and where it goes to; nil: there is no such name.
    private func names(of decision: RetainedDecision) -> (here: [UInt8], there: [UInt8])? {
        var second = decision.topic
        if !rules.isIdentity(decision.rule) {
            second = []
            let hasName = decision.topic.withUnsafeBytes {
                rules.rename(from: .first, rule: decision.rule, topic: $0, into: &second)
            }
            guard hasName else { return nil }
        }
        switch decision.passage.from {
        case .first: return (decision.topic, second)
        case .second: return (second, decision.topic)
        }
    }

    /// What another bridge carries it brings to agree as well.
    private func isOurs(_ message: RetainedMessage, _ topic: [UInt8], from source: BrokerEnd) -> Bool {
        guard !carriesAll else { return true }
        return topic.withUnsafeBytes { topic in
            message.properties.withUnsafeBytes { verdict(topic, $0, from: source) == .carry }
        }
    }

    // MARK: Time

    var nextReadingDeadline: NIODeadline {
        var deadline = readingDue ?? .distantFuture
        guard let pass = reading else { return deadline }
        deadline = Swift.min(deadline, pass.deadline)
        for side in Side.allCases {
            guard let reader = pass[side] else { continue }
            deadline = Swift.min(deadline, reader.session.nextDeadline)
            if case .settling(let until) = reader.phase { deadline = Swift.min(deadline, until) }
        }
        return deadline
    }

    func readingDeadlineReached() {
        if let due = readingDue, due <= now {
            readingDue = nil
            if first.isUp, second.isUp { beginReading() }
        }
        guard let pass = reading else { return }
        for side in Side.allCases {
            guard let reader = pass[side] else { continue }
            reading?[side]?.session.deadlineReached(now: now)
            takeReadingEvents(side)
            if case .settling(let until) = reader.phase, until <= now { over(side) }
        }
        if let pass = reading, pass.deadline <= now {
            let slow = Side.allCases.first { pass[$0] != nil && pass[$0]?.phase != .over } ?? .first
            giveUpReading("the broker did not show them in \(Self.readingTimeout.nanoseconds / 1_000_000_000) s", slow)
        }
    }

    private func over(_ side: Side) {
        reading?[side]?.phase = .over
        reading?[side]?.session.end(reason: .success)
        outputs.append(.close(TopicPort(side, isReading: true), nil))
        ledger.endOfReading(side)
        let isOver = Side.allCases.allSatisfy { reading?[$0].map { $0.phase == .over } ?? true }
        guard isOver else { return }
        reading = nil
        carryOutDecisions()
    }
}

enum PassageEnd {
    case passed(isConfirmed: Bool)
    case failed
}
