extension RetainedLedger {
    /// A retained message, or a clearing (`digest` nil), came in live on one side and is being passed on to the other.
    ///
    /// It settles its topic in a reading that is going on, so that nothing older overwrites it.
    /// - Parameter key: of the topic's name on the first side.
    /// - Returns: to be handed to `passed` or `failed`, exactly once.
    package mutating func passing(
        _ key: Digest128,
        digest: Digest128?,
        hasExpiry: Bool,
        rule: Int,
        from side: Side
    ) -> RetainedPassage {
        plan[key] = nil
        if isReading { settle(key) }
        let met = underWay[key]
        let passage = begin(key, digest, hasExpiry: hasExpiry, from: side)
        if let met, met.count[side] > 0, met.digest[side] != digest {
            contest(key, passage, by: rules[rule].winner == side ? digest : met.digest[side])
        } else if let other = caughtUp[key]?[side.other], other.digest != digest {
            contest(key, passage, by: rules[rule].winner == side ? digest : other.digest)
        }
        if isCatchingUp, caughtUp.count < limits.contestMaximum || caughtUp[key] != nil {
            caughtUp[key, default: BySide(nil)][side] = CaughtUp(digest: digest)
        }
        return passage
    }

    /// A link is not up yet, or brings what its broker has kept for the bridge. Of two messages of one topic nobody can say which was published
    /// first, even if one has arrived before the other is seen: until `endCatchingUp` they count as having crossed each other.
    package mutating func beginCatchingUp() { isCatchingUp = true }

    package mutating func endCatchingUp() {
        isCatchingUp = false
        caughtUp = [:]
    }

    /// A message met the other side's on the way: now each side may hold the other's, and the next reading sees to it that both hold the one
    /// that the rule chooses.
    private mutating func contest(_ key: Digest128, _ passage: RetainedPassage, by chosen: Digest128?) {
        guard contests.count < limits.contestMaximum || contests[key] != nil else { return }
        contests[key] = Contest(serial: passage.serial, chosen: chosen)
        var entry = RetainedMemory.Entry(digest: chosen)
        entry.flags.insert(.isContested)
        remember(key, entry)
    }

    /// The other side has taken the message over (QoS 1 and 2), or it was written to a connection that works (QoS 0, not confirmed).
    package mutating func passed(_ passage: RetainedPassage, isConfirmed: Bool) {
        let key = passage.key
        let isLate = (underWay[key]?.passedSerial ?? 0) > passage.serial
        if !isLate { underWay[key]?.passedSerial = passage.serial }
        end(passage)
        if let contest = contests[key] {
            // The rule has chosen, and the reading will see to it, unless something later settles the topic.
            guard passage.serial > contest.serial else { return }
            contests[key] = nil
        }
        guard !isLate else { return }
        let target = passage.from.other
        guard passage.digest != nil || !isConfirmed else { return forget(key) }
        var entry = RetainedMemory.Entry(digest: passage.digest)
        if passage.hasExpiry { entry.flags.insert(.hasExpiry) }
        if !isConfirmed {
            entry.flags.insert(.sentTo(target))
            entry.mark = probes[target] + 1
            lastMarks[target] = entry.mark
        }
        guard remember(key, entry), passage.digest == nil, !isConfirmed else { return }
        clearings[target].append((entry.mark, key))
        // What is beyond stays remembered until the next reading.
        if clearings[target].count > 65_536 { clearings[target].removeFirst(32_768) }
    }

    /// The message did not cross: it was dropped, refused or expired on the way. What was agreed before stays remembered, so that the next
    /// reading finds the difference.
    package mutating func failed(_ passage: RetainedPassage) { end(passage) }

    mutating func end(_ passage: RetainedPassage) {
        guard var topic = underWay[passage.key] else { return }
        topic.count[passage.from.other] -= 1
        underWay[passage.key] = topic.isEmpty ? nil : topic
    }

    mutating func settle(_ key: Digest128) {
        guard reading.settled.count < 2 * limits.topicMaximum || reading.settled.contains(key) else {
            // Too much has happened meanwhile to say what is old.
            abandonReading()
            return
        }
        reading.settle(key)
    }

    // MARK: What was written at QoS 0

    /// Messages were written to a side since the last probe, and a probe would tell whether they arrived.
    package func wantsProbe(to side: Side) -> Bool { !isUnsure[side] && lastMarks[side] > probes[side] }

    /// A message of our own is sent to a side, to come back from its broker: with it, all that was written before has arrived.
    ///
    /// - Returns: what `probeReturned` is told.
    package mutating func probeSent(to side: Side) -> UInt32 {
        probes[side] += 1
        return probes[side]
    }

    package mutating func probeReturned(_ probe: UInt32, from side: Side) {
        guard !isUnsure[side], probe > memory.confirmed[side] else { return }
        if memory.confirmed[side] < lastMarks[side] { revision += 1 }
        memory.confirmed[side] = probe
        let sure = clearings[side].prefix { $0.mark <= probe }
        for clearing in sure {
            guard let entry = memory[clearing.key], entry.digest == nil, entry.mark <= probe else { continue }
            if !entry.flags.contains(.isContested) { forget(clearing.key) }
        }
        clearings[side].removeFirst(sure.count)
    }

    /// The connection to a side is gone. What was written to it at QoS 0 and not confirmed may have been lost with it: the next reading
    /// will not take its absence for a change.
    package mutating func connectionLost(to side: Side) {
        isUnsure[side] = true
        isCatchingUp = true
        abandonReading()
    }
}
