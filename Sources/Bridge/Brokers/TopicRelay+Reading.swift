import Federation
import MQTTProtocol
import NIOCore

/// Reads what both brokers hold, each over a connection of its own, so that their retained messages can be compared (docs/decisions/0008).
extension TopicRelay {
    /// A broker that is silent for so long has trouble; the next reading may do better.
    private static let readingTimeout = TimeAmount.seconds(60)
    /// Between two readings at least; and so many times what the last one took.
    private static let readingPause = TimeAmount.seconds(2)
    private static let readingShare: Int64 = 20
    /// While a broker does not tell of live messages whether they are retained.
    private static let rereadingPause = TimeAmount.seconds(30)
    private static let rereadingShare: Int64 = 100

    /// Nothing is compared with a broker that keeps no retained messages: it would seem as if all were cleared there.
    var comparesRetained: Bool { !readRules.isEmpty && first.keepsRetained && second.keepsRetained }

    /// Both links are up, and it is clear who carries what.
    var mayCompare: Bool {
        comparesRetained && first.isUp && second.isUp && !isStopping && (!settings.coordinates || isAgreed)
    }

    /// Both links have come up, who carries what has become clear, or another reading is due.
    func beginReading() {
        guard mayCompare else { return }
        endReading()
        readingDue = nil
        let forgetful = Side.allCases.filter { end($0).hasFreshSession }
        // The ledger knows of it from here on.
        for side in forgetful { end(side).hasFreshSession = false }
        let sides = ledger.beginReading(forgetful: Set(forgetful))
        var pass = RetainedReadingPass(begin: now, deadline: now + Self.readingTimeout)
        for side in sides {
            pass[side] = RetainedReader(end(side).settings.session, version: end(side).version)
            outputs.append(.beginReading(side))
        }
        reading = pass
    }

    func endReading() {
        guard let pass = reading else { return }
        for side in Side.allCases { if let reader = pass[side], !reader.isOver { sayFarewell(reader, side) } }
        reading = nil
    }

    private func sayFarewell(_ reader: RetainedReader, _ side: Side) {
        reader.phase = .over
        reader.session.end(reason: .success)
        outputs.append(.endReading(side, farewell: reader.session.takeOutput()))
    }

    /// What is wrong with the reading connection is said once, and tried again later.
    private func giveUpReading(_ words: String, _ side: Side) {
        endReading()
        ledger.abandonReading()
        readingPauseEnd = now + Self.readingTimeout
        readingDue = readingPauseEnd
        sayOnce(
            "reading \(side)",
            .warning,
            "retained messages could not be compared; trying again: \(words)",
            [("peer", end(side).settings.name)]
        )
    }

    /// Bytes need not be read while decisions wait for room.
    package func mayReadStored() -> Bool { !ledger.hasDecisions }

    package var isReadingStored: Bool { reading != nil }

    // MARK: The connection

    func readingConnected(_ side: Side) { reading?[side]?.session.connected(now: now) }

    func readingReceived(_ bytes: inout ByteBuffer, _ side: Side) {
        guard let reader = reading?[side] else { return }
        reading?.deadline = now + Self.readingTimeout
        if reader.phase == .reading, reader.proof != nil { reader.lastShown = now }
        reader.session.receive(&bytes, now: now)
        takeEvents(of: reader, side)
        carryOutDecisions()
    }

    func readingDisconnected(_ side: Side, _ words: String) {
        guard let reader = reading?[side], !reader.isOver else { return }
        giveUpReading(words, side)
    }

    private func takeEvents(of reader: RetainedReader, _ side: Side) {
        // The end of one that is over is no failure.
        while !reader.isOver, let event = reader.session.nextEvent() {
            switch event {
            case .connected: ask(reader, side)
            case .subscribed(let packetID, let codes): subscribed(packetID, codes, reader, side)
            case .message(let message): read(message, reader, side)
            case .closed(let failure): return giveUpReading(failure.line, side)
            case .finished, .refused, .expired, .unsubscribed: break
            }
        }
    }

    private func ask(_ reader: RetainedReader, _ side: Side) {
        var options = SubscriptionOptions()
        // A queue of QoS 1 messages may be shorter than what is stored; QoS 0 goes straight to the socket.
        options.qos = .atMostOnce
        reader.phase = .subscribing
        reader.isDeaf = end(side).hearing == .deaf && !end(side).honoursMark
        reader.marksHeard = []
        reader.askCount += 1
        for batch in filters(of: reader, side).chunks(of: Self.filtersPerPacket) {
            let entries = batch.map { SubscribePacket.Entry(filter: $0.0, options: options) }
            let packetID = reader.session.subscribe(entries, identifier: nil)
            if packetID != 0 { reader.subscribing[packetID] = batch.map(\.1) }
        }
        // Right behind, while a queue is as full as it becomes.
        sendMarks(reader, side)
    }

    private func filters(of reader: RetainedReader, _ side: Side) -> [(String, RetainedReader.Purpose)] {
        var wanted: [(String, RetainedReader.Purpose)] = [(end(side).topics.reading, .mark)]
        if let proof = reader.proof {
            for topic in proof.topics {
                guard let name = name(topic.name, rule: topic.rule, on: side) else { continue }
                wanted.append((String(decoding: name, as: UTF8.self), .topic))
            }
            return wanted
        }
        if end(side).settings.stateTopic == end(side).topics.state { wanted.append((end(side).topics.all, .sample)) }
        let filters = Dictionary(grouping: readRules) { rules.rules[$0].filter(on: side).text }
        for (filter, rules) in filters.sorted(by: { $0.key < $1.key }) {
            wanted.append((filter, .rules(rules.sorted(), filter: filter)))
        }
        return wanted
    }

    private func subscribed(_ packetID: UInt16, _ codes: [ReasonCode], _ reader: RetainedReader, _ side: Side) {
        guard let purposes = reader.subscribing.removeValue(forKey: packetID) else { return }
        var isRefused = false
        for (purpose, code) in zip(purposes, codes) {
            switch purpose {
            case .mark: if code.isError { reader.isDeaf = true }
            // What cannot be proven stays as it is.
            case .topic: if code.isError { isRefused = true }
            case .sample: reader.awaitsSample = !code.isError
            case .rules(let rules, let filter): if code.isError { refused(rules, filter, code, side) }
            }
        }
        if isRefused { return giveUpReading("the broker refused a subscription to one of the topics", side) }
        guard reader.subscribing.isEmpty, reader.phase == .subscribing else { return }
        reader.phase = .reading
        reader.lastShown = now
        if reader.hasAllMarks { settle(reader) }
    }

    private func refused(_ rules: [Int], _ filter: String, _ code: ReasonCode, _ side: Side) {
        for rule in rules { ledger.cannotRead(rule: rule, on: side) }
        sayOnce(
            "reading refused \(side) \(filter)",
            .warning,
            "the broker refused to show its retained messages: they stay as they are, and what is cleared there is not noticed",
            [
                ("peer", end(side).settings.name), ("rule", rules.map { "\($0 + 1)" }.joined(separator: ", ")),
                ("filter", filter), ("reason", code.words),
            ]
        )
    }

    /// What is missing there may be there.
    private func mayNotShowAll(_ side: Side, _ words: String) {
        ledger.doubt(side)
        sayOnce("reading unsure \(side)", .warning, words, [("peer", end(side).settings.name)])
    }

    private func markWords(_ reader: RetainedReader, _ number: Int) -> String {
        "\(instance) \(reader.askCount) \(number)"
    }

    func heardMark(_ payload: UnsafeRawBufferPointer, _ reader: RetainedReader) {
        let number = (0..<RetainedReader.markCount).first { payload.elementsEqual(markWords(reader, $0).utf8) }
        guard let number else { return }
        reader.marksHeard.insert(number)
        if reader.phase == .reading, reader.hasAllMarks { settle(reader) }
    }

    private func sendMarks(_ reader: RetainedReader, _ side: Side) {
        let topic = end(side).topics.reading
        for number in 0..<RetainedReader.markCount {
            let words = Array(markWords(reader, number).utf8)
            _ = reader.session.publishOwn(topic, payload: words, qos: .atMostOnce, isRetained: false, now: now)
        }
    }

    // MARK: Time

    var nextReadingDeadline: NIODeadline {
        var deadline = Swift.min(readingDue ?? .distantFuture, catchUpDue ?? .distantFuture)
        guard let pass = reading else { return deadline }
        deadline = Swift.min(deadline, pass.deadline)
        for side in Side.allCases {
            guard let reader = pass[side], !reader.isOver else { continue }
            deadline = Swift.min(deadline, reader.session.nextDeadline)
            switch reader.phase {
            case .connecting, .subscribing, .over: break
            case .reading: deadline = Swift.min(deadline, reader.markDeadline)
            case .settling(let until): deadline = Swift.min(deadline, until)
            }
        }
        return deadline
    }

    func readingDeadlineReached() {
        catchUpDeadlineReached()
        if let due = readingDue, due <= now {
            // One that goes on is not disturbed.
            readingDue = ledger.isReading ? now + Self.rereadingPause : nil
            if !ledger.isReading { beginReading() }
        }
        for side in Side.allCases {
            guard let reader = reading?[side], !reader.isOver else { continue }
            reader.session.deadlineReached(now: now)
            takeEvents(of: reader, side)
            // Held back by us, not by the broker.
            guard mayReadStored() else {
                reader.lastShown = now
                if case .settling = reader.phase { settle(reader) }
                reading?.deadline = now + Self.readingTimeout
                continue
            }
            switch reader.phase {
            case .connecting, .subscribing, .over: break
            case .reading:
                guard reader.markDeadline <= now else { break }
                marksLate(reader, side)
            case .settling(let until): if until <= now { over(reader, side) }
            }
        }
        if let pass = reading, pass.deadline <= now {
            let slow = Side.allCases.first { pass[$0]?.isOver == false } ?? .first
            giveUpReading("the broker did not show them in \(Self.readingTimeout.nanoseconds / 1_000_000_000) s", slow)
        }
    }

    private func marksLate(_ reader: RetainedReader, _ side: Side) {
        guard reader.proof == nil || reader.isDeaf else {
            return giveUpReading("messages of the bridge's own did not come back", side)
        }
        mayNotShowAll(
            side,
            reader.isDeaf
                ? """
                the broker does not let the bridge hear its own messages: whether it has shown all its retained messages is hard to tell
                """
                : """
                the broker has not shown all its retained messages, for its queue of this bridge was full: what it has not shown does not cross; \
                with mosquitto, raise `max_queued_messages`
                """
        )
        over(reader, side)
    }

    private func over(_ reader: RetainedReader, _ side: Side) {
        if reader.proof != nil {
            ledger.endOfProof()
            return goOnProving(reader, side)
        }
        if reader.awaitsSample {
            mayNotShowAll(
                side,
                """
                the broker shows no retained messages to a subscription with a wildcard: where a rule's filter has one, those that are stored \
                there do not cross
                """
            )
        }
        sayFarewell(reader, side)
        ledger.endOfReading(side)
        guard Side.allCases.allSatisfy({ reading?[$0]?.isOver ?? true }) else { return }
        endPass()
        carryOutDecisions()
    }

    private func endPass() {
        let took = now - (reading?.begin ?? now)
        readingPauseEnd = now + Swift.max(Self.readingPause, took * Self.readingShare)
        reading = nil
        guard hidesRetain(first) || hidesRetain(second) else { return }
        readingDue = now + Swift.max(Self.rereadingPause, took * Self.rereadingShare)
    }

    /// 3.1.1 clears the flag of live messages towards all but bridges (MQTT 3.1.1, 3.3.1.3), so only a reading finds what was retained.
    private func hidesRetain(_ end: BrokerEnd) -> Bool {
        end.version == .v3_1_1 && !end.honoursMark
            && readRules.contains { rules.rules[$0].direction.allows(from: end.side) }
    }

    // MARK: Proofs

    /// No more at once than find room in any socket, whatever queue the broker has.
    private var proofMaximum: Int {
        Swift.max(1, Swift.min(Self.filtersPerPacket - 1, RetainedReader.sureByteMaximum / shownByteMaximum))
    }

    /// One more is wanted: asks a broker for topics by name.
    func prove() {
        guard reading == nil, mayCompare, let proof = ledger.nextProof(maximum: proofMaximum) else {
            return
        }
        var pass = RetainedReadingPass(begin: now, deadline: now + Self.readingTimeout)
        let end = end(proof.side)
        pass[proof.side] = RetainedReader(end.settings.session, version: end.version, proof: proof)
        outputs.append(.beginReading(proof.side))
        reading = pass
    }

    /// Asks on, over the same connection, as long as it is the same broker that has to answer.
    private func goOnProving(_ reader: RetainedReader, _ side: Side) {
        carryOutDecisions()
        if let proof = ledger.nextProof(on: side, maximum: proofMaximum) {
            reader.proof = proof
            return ask(reader, side)
        }
        sayFarewell(reader, side)
        endPass()
        carryOutDecisions()
    }

    /// Something is left over for another reading.
    func planReading() {
        let next = Swift.max(readingPauseEnd, now)
        guard reading == nil, readingDue.map({ $0 > next }) ?? true, ledger.needsReading else { return }
        readingDue = next
    }
}
