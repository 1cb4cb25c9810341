extension RetainedLedger {
    // MARK: Reading

    /// Begins a reading; one that is going on is given up.
    ///
    /// - Parameter forgetful: sides whose broker did not know our session any more, since the last reading. If such a one shows none of the
    ///   topics that are remembered, it has lost its retained messages; they were not cleared, and come back from the other side.
    /// - Returns: the sides that are to be read, all of the rules' filters; at least one.
    package mutating func beginReading(forgetful: Set<Side> = []) -> [Side] {
        let isFetching = !plan.isEmpty && reading.phase == .idle
        let sides = Side.allCases.filter { side in !isFetching || plan.values.contains { $0.fetchedFrom == side } }
        if !isFetching {
            plan = [:]
            isReadingDue = false
        }
        self.forgetful.formUnion(forgetful)
        // What was decided and not carried out is decided anew.
        for decision in ready[readyIndex...] { end(decision.passage) }
        ready = []
        readyIndex = 0
        reading.begin(
            isFetching ? .fetching : .comparing,
            sides: sides,
            forgetful: self.forgetful,
            settled: Set(underWay.keys)
        )
        if !isFetching { counts.differing = 0 }
        return sides
    }

    /// A link fell, or a reading connection did.
    package mutating func abandonReading() {
        guard isReading || !plan.isEmpty else { return }
        reading.finish()
        plan = [:]
        isReadingDue = true
    }

    /// A side holds this retained message. All are reported that a rule with `retain: keep` covers, also those that could not cross.
    ///
    /// - Parameters:
    ///   - key: of `topic`.
    ///   - topic: as it is named on the first side.
    ///   - digest: of the payload and of those properties that both sides hold when they agree: not of the path, nor of the expiry, and of the
    ///     response topic as it is on the first side. Nothing but the payload where one side speaks 3.1.1.
    ///   - message: called when it has to be kept or published: as it is to be published on the other side.
    package mutating func read(
        _ key: Digest128,
        topic: [UInt8],
        digest: Digest128,
        hasExpiry: Bool,
        rule: Int,
        on side: Side,
        message: () -> RetainedMessage
    ) {
        guard reading.isReading[side], !reading.settled.contains(key) else { return }
        precondition(rules.indices.contains(rule), "a rule of this ledger")
        let sighting = Sighting(key: key, topic: topic, digest: digest, hasExpiry: hasExpiry, rule: rule, side: side)
        switch reading.phase {
        case .idle: break
        case .comparing: compare(sighting, message)
        case .proving: disprove(sighting, message)
        case .fetching: fetch(sighting, message)
        }
    }

    /// The side does not show what it holds of a rule: what is missing there counts as what is remembered.
    package mutating func cannotRead(rule: Int, on side: Side) { reading.hidden[side].insert(rule) }

    /// The side may not have shown all it holds: what is missing is asked for by name.
    package mutating func doubt(_ side: Side) { reading.doubtful.insert(side) }

    /// The side has shown all it holds.
    package mutating func endOfReading(_ side: Side) {
        reading.isReading[side] = false
        if reading.hasSeenAll, reading.phase == .fetching { endFetching() }
    }

    struct Sighting {
        let key: Digest128
        let topic: [UInt8]
        let digest: Digest128
        let hasExpiry: Bool
        let rule: Int
        let side: Side
    }

    private mutating func compare(_ sighting: Sighting, _ message: () -> RetainedMessage) {
        let key = sighting.key
        let side = sighting.side
        var entry = memory[key]
        let seen = entry.map { $0.reading == reading.number ? $0.sightings : [] } ?? []
        let open = reading.open[key]
        // Two filters have brought it.
        guard !seen.contains(.on(side)), open?.side != side else { return }
        if entry?.digest != nil { reading.recognised[side] += 1 }
        guard entry != nil || open != nil || reading.open.count + reading.settled.count < limits.topicMaximum else {
            counts.overlooked += 1
            return
        }
        if let open {
            let rule = min(Int(open.rule), sighting.rule)
            decide(sighting, other: open.digest, otherHasExpiry: open.hasExpiry, rule: rule, message)
        } else if let entry, seen.contains(.on(side.other)) {
            let rule = min(Int(entry.rule), sighting.rule)
            let hasExpiry = entry.flags.contains(.hasExpiry)
            decide(sighting, other: entry.digest, otherHasExpiry: hasExpiry, rule: rule, message)
        } else if !reading.isReading[side.other], !isInDoubt(sighting) {
            decide(sighting, other: nil, otherHasExpiry: false, rule: sighting.rule, message)
        } else if entry?.digest == sighting.digest, !mayBeRepeated(entry, sighting) {
            entry?.reading = reading.number
            entry?.sightings = .on(side)
            entry?.rule = UInt16(sighting.rule)
            entry?.nameOffset = reading.keepName(sighting.topic, byteMaximum: limits.byteMaximum)
            memory[key] = entry
        } else {
            let rule = UInt16(sighting.rule)
            reading.wait(
                key,
                .init(side: side, digest: sighting.digest, hasExpiry: sighting.hasExpiry, rule: rule)
            )
            // What may not cross from here may still be cleared here, for which its name is enough.
            let mayCross = rules[sighting.rule].direction.allows(from: side)
            guard mayCross || entry != nil else { return }
            let content = mayCross ? message() : RetainedMessage(payload: [], qos: .atMostOnce)
            let kept = RetainedReading.Kept(topic: sighting.topic, message: content)
            reading.keep(key, kept, byteMaximum: limits.byteMaximum)
        }
    }

    /// The message may have to cross although this side has not changed it.
    private func mayBeRepeated(_ entry: RetainedMemory.Entry?, _ sighting: Sighting) -> Bool {
        guard let remembered = remembered(entry) else { return false }
        return remembered.isContested || remembered.mayHaveMissed == sighting.side.other
            || reading.isBlank(sighting.side.other)
    }

    // MARK: Deciding

    mutating func decide(
        _ sighting: Sighting,
        other: Digest128?,
        otherHasExpiry: Bool,
        rule: Int,
        _ message: () -> RetainedMessage
    ) {
        let key = sighting.key
        let isFirst = sighting.side == .first
        let outcome = outcome(
            key,
            first: isFirst ? sighting.digest : other,
            second: isFirst ? other : sighting.digest,
            rule: rule
        )
        switch outcome {
        case .agree: agree(key, sighting.digest, rule: rule, hasExpiry: otherHasExpiry || sighting.hasExpiry)
        case .leave: leave(key)
        case .copy(let from, let isConflict):
            let plan = Planned(
                from: from,
                fetchedFrom: from == sighting.side || other == nil ? sighting.side : from,
                rule: UInt16(rule),
                isConflict: isConflict
            )
            if plan.fetchedFrom == sighting.side {
                reading.close(key)
                carryOut(plan, sighting, message)
            } else {
                carryOut(plan, key, digest: other, hasExpiry: otherHasExpiry)
            }
        }
    }

    mutating func outcome(
        _ key: Digest128,
        first: Digest128?,
        second: Digest128?,
        rule: Int
    ) -> RetainedComparison.Outcome {
        let isLost = first == nil && reading.isBlank(.first) || second == nil && reading.isBlank(.second)
        // Should the message be lost on its way to a blank side, the next reading must not take that for a clearing.
        if isLost { forget(key) }
        let remembered = remembered(memory[key])
        let hidden = Side.allCases.first { ($0 == .first ? first : second) == nil && reading.hides($0, rule) }
        let outcome = RetainedComparison(
            first: hidden == .first ? remembered?.digest : first,
            second: hidden == .second ? remembered?.digest : second,
            remembered: remembered,
            direction: rules[rule].direction,
            conflict: rules[rule].conflict
        ).outcome
        // What is not seen cannot be copied, and is no clearing.
        if let hidden, case .copy(from: hidden, _) = outcome { return .leave }
        return outcome
    }

    private mutating func agree(_ key: Digest128, _ digest: Digest128, rule: Int, hasExpiry: Bool) {
        reading.close(key)
        contests[key] = nil
        var entry = RetainedMemory.Entry(digest: digest)
        if hasExpiry { entry.flags.insert(.hasExpiry) }
        entry.rule = UInt16(rule)
        entry.reading = reading.number
        entry.sightings = .both
        if !remember(key, entry) { settle(key) }
    }

    private mutating func leave(_ key: Digest128) {
        counts.differing += 1
        guard var entry = memory[key] else { return settle(key) }
        reading.close(key)
        entry.reading = reading.number
        entry.sightings = .both
        memory[key] = entry
    }

    /// With the message at hand.
    private mutating func carryOut(_ plan: Planned, _ sighting: Sighting, _ message: () -> RetainedMessage) {
        let isPublished = plan.from == sighting.side
        decided(
            plan,
            sighting.key,
            topic: sighting.topic,
            digest: isPublished ? sighting.digest : nil,
            hasExpiry: isPublished && sighting.hasExpiry,
            action: isPublished ? .publish(message()) : .clear
        )
    }

    /// With what was kept of it; when nothing was, it is left to the next reading.
    private mutating func carryOut(_ plan: Planned, _ key: Digest128, digest: Digest128?, hasExpiry: Bool) {
        let kept = reading.takeKept(key)
        let isPublished = plan.from == plan.fetchedFrom
        if isPublished {
            guard let kept else { return postpone(plan, key) }
            let action = RetainedDecision.Action.publish(kept.message)
            decided(plan, key, topic: kept.topic, digest: digest, hasExpiry: hasExpiry, action: action)
        } else {
            guard let topic = kept?.topic ?? memory[key].flatMap({ nameInReading($0) }) else {
                return postpone(plan, key)
            }
            decided(plan, key, topic: topic, digest: nil, hasExpiry: false, action: .clear)
        }
    }

    func nameInReading(_ entry: RetainedMemory.Entry) -> [UInt8]? {
        entry.reading == reading.number ? reading.name(at: entry.nameOffset) : nil
    }

    private mutating func postpone(_ planned: Planned, _ key: Digest128) {
        settle(key)
        if isReading { plan[key] = planned }
    }

    private mutating func decided(
        _ plan: Planned,
        _ key: Digest128,
        topic: [UInt8],
        digest: Digest128?,
        hasExpiry: Bool,
        action: RetainedDecision.Action
    ) {
        settle(key)
        let passage = begin(key, digest, hasExpiry: hasExpiry, from: plan.from)
        switch action {
        case .publish: counts.published += 1
        case .clear: counts.cleared += 1
        }
        if plan.isConflict { counts.conflicts += 1 }
        ready.append(
            RetainedDecision(
                action: action,
                topic: topic,
                rule: Int(plan.rule),
                isConflict: plan.isConflict,
                passage: passage
            )
        )
    }

    // MARK: What comes out

    /// What is to be done next; nil: nothing for now, and with both sides at their end the reading is over.
    package mutating func nextDecision() -> RetainedDecision? {
        while true {
            if readyIndex < ready.count {
                defer { readyIndex += 1 }
                return ready[readyIndex]
            }
            ready.removeAll(keepingCapacity: ready.count < 64)
            readyIndex = 0
            guard hasDecisions else { return nil }
            if let key = reading.leftover.popLast() {
                decideLeftover(key)
            } else if !reading.hasCollected {
                reading.hasCollected = true
                reading.leftover = Array(reading.open.keys)
            } else if reading.nextPart < memory.parts.count {
                collectLeftovers(part: reading.nextPart)
                reading.nextPart += 1
            } else if reading.hasDoubts {
                reading.phase = .proving
            } else {
                endComparing()
            }
        }
    }

    /// Finds the remembered topics that one side no longer shows, or neither.
    private mutating func collectLeftovers(part: Int) {
        var gone: [Digest128] = []
        for (key, entry) in memory.parts[part] where !reading.settled.contains(key) {
            let sightings = entry.reading == reading.number ? entry.sightings : []
            if sightings == .both || reading.open[key] != nil { continue }
            if sightings.isEmpty { gone.append(key) } else { reading.leftover.append(key) }
        }
        // Restored entries do not tell their rule.
        let isHidden = Side.allCases.contains { !reading.hidden[$0].isEmpty }
        for key in gone where !isHidden {
            forget(key)
            contests[key] = nil
        }
    }

    mutating func decideLeftover(_ key: Digest128, isProven: Bool = false) {
        guard !reading.settled.contains(key) else { return }
        let side: Side
        let digest: Digest128
        let hasExpiry: Bool
        let rule: Int
        if let open = reading.open[key] {
            (side, digest, hasExpiry, rule) = (open.side, open.digest, open.hasExpiry, Int(open.rule))
        } else if let entry = memory[key], let agreed = entry.digest {
            (side, digest) = (entry.sightings.contains(.first) ? .first : .second, agreed)
            (hasExpiry, rule) = (entry.flags.contains(.hasExpiry), Int(entry.rule))
        } else {
            return
        }
        let isFirst = side == .first
        let outcome = outcome(key, first: isFirst ? digest : nil, second: isFirst ? nil : digest, rule: rule)
        if !isProven, needsProof(outcome, absentOn: side.other, rule: rule) {
            return doubt(key, .init(side: side, digest: digest, hasExpiry: hasExpiry, rule: UInt16(rule)))
        }
        switch outcome {
        case .agree: reading.close(key)
        case .leave: leave(key)
        case .copy(let from, let isConflict):
            let plan = Planned(from: from, fetchedFrom: side, rule: UInt16(rule), isConflict: isConflict)
            carryOut(plan, key, digest: digest, hasExpiry: hasExpiry)
        }
    }

    mutating func endComparing() {
        // One that is on its way was decided or goes on; one that was on its way when this began is for the next.
        contests = contests.filter { underWay[$0.key] != nil || reading.settled.contains($0.key) }
        if plan.isEmpty {
            isUnsure = BySide(false)
            forgetful = []
        }
        counts.readings += 1
        reading.finish()
    }

    // MARK: Fetching

    private mutating func fetch(_ sighting: Sighting, _ message: () -> RetainedMessage) {
        guard let planned = plan[sighting.key], planned.fetchedFrom == sighting.side else { return }
        plan[sighting.key] = nil
        carryOut(planned, sighting, message)
    }

    /// What was not found any more has been changed meanwhile; the next reading will see.
    private mutating func endFetching() {
        plan = [:]
        isUnsure = BySide(false)
        forgetful = []
        reading.finish()
    }
}
