extension RetainedLedger {
    // MARK: What is missing

    /// Whether it has to be made sure that a side does not hold what it has not shown: before anything is cleared for it, and before
    /// anything is published that might replace it.
    func needsProof(_ outcome: RetainedComparison.Outcome, absentOn side: Side, rule: Int) -> Bool {
        guard case .copy(let from, _) = outcome, !reading.hides(side, rule) else { return false }
        return from == side || reading.doubtful.contains(side)
    }

    /// The other side has come to its end without this topic.
    mutating func isInDoubt(_ sighting: Sighting) -> Bool {
        let isFirst = sighting.side == .first
        let outcome = outcome(
            sighting.key,
            first: isFirst ? sighting.digest : nil,
            second: isFirst ? nil : sighting.digest,
            rule: sighting.rule
        )
        return needsProof(outcome, absentOn: sighting.side.other, rule: sighting.rule)
    }

    mutating func doubt(_ key: Digest128, _ open: RetainedReading.Open) {
        guard name(of: key) != nil else {
            // There was no room for its name; there will be when others are done.
            settle(key)
            isReadingDue = true
            return
        }
        if reading.open[key] == nil { reading.wait(key, open) }
        reading.doubts[open.side.other].append(key)
    }

    private func name(of key: Digest128) -> [UInt8]? {
        reading.keptTopic(key) ?? memory[key].flatMap { nameInReading($0) }
    }

    // MARK: Asking

    /// The next topics that one side is to be asked for by name: each is reported with `read` if it is there, and then comes `endOfProof`.
    /// To be called when `nextDecision` has nothing; nil: nothing is to be asked.
    ///
    /// - Parameter side: the only one that can be asked; nil: either.
    package mutating func nextProof(on side: Side? = nil, maximum: Int) -> RetainedProof? {
        guard reading.phase == .proving, reading.batch.isEmpty else { return nil }
        for side in side.map({ [$0] }) ?? Side.allCases {
            var topics: [RetainedProof.Topic] = []
            while topics.count < maximum, let key = reading.doubts[side].popLast() {
                guard let open = reading.open[key], let name = name(of: key) else { continue }
                topics.append(.init(name: name, rule: Int(open.rule)))
                reading.batch.append(key)
            }
            guard topics.isEmpty else {
                reading.isReading[side] = true
                return RetainedProof(side: side, topics: topics)
            }
        }
        // Live messages have settled the last ones.
        if !hasReady, !reading.hasDoubts { endComparing() }
        return nil
    }

    /// It is there after all.
    mutating func disprove(_ sighting: Sighting, _ message: () -> RetainedMessage) {
        guard let open = reading.open[sighting.key], open.side != sighting.side else { return }
        let rule = min(Int(open.rule), sighting.rule)
        decide(sighting, other: open.digest, otherHasExpiry: open.hasExpiry, rule: rule, message)
    }

    /// What was asked for and is there has been reported; the rest is not there.
    package mutating func endOfProof() {
        guard reading.phase == .proving else { return }
        reading.isReading = BySide(false)
        let batch = reading.batch
        reading.batch = []
        for key in batch where reading.open[key] != nil { decideLeftover(key, isProven: true) }
    }
}
