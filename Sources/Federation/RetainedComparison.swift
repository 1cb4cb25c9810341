/// What both sides hold of one topic, what they held when they last agreed, and what follows from it.
struct RetainedComparison {
    enum Outcome: Equatable {
        case agree
        /// The other side is to hold what this one does; nothing, if it holds nothing.
        case copy(from: Side, isConflict: Bool)
        /// The sides differ and stay so.
        case leave
    }

    struct Remembered: Equatable {
        /// nil: both held nothing. Of a contested one: what the rule has chosen.
        var digest: Digest128?
        var hasExpiry = false
        /// Two messages crossed each other on the way, so that each side may hold the other's.
        var isContested = false
        /// The side that may have missed what is remembered.
        var mayHaveMissed: Side?
    }

    /// nil: nothing is held there.
    var first: Digest128?
    var second: Digest128?
    /// nil: they never agreed, as far as is known.
    var remembered: Remembered?
    var direction: Direction
    var conflict: TopicRule.Conflict

    var outcome: Outcome {
        if first == second { return .agree }
        switch direction {
        case .both: return bothWays
        case .out: return oneWay(from: .first)
        case .in: return oneWay(from: .second)
        }
    }

    private var bothWays: Outcome {
        guard let remembered else {
            if first == nil { return .copy(from: .second, isConflict: false) }
            if second == nil { return .copy(from: .first, isConflict: false) }
            return .copy(from: winner, isConflict: true)
        }
        if remembered.isContested { return .copy(from: holder(of: remembered.digest), isConflict: true) }
        switch (hasChanged(.first, remembered), hasChanged(.second, remembered)) {
        case (true, true): return .copy(from: winner, isConflict: true)
        case (true, false): return .copy(from: .first, isConflict: false)
        case (false, true): return .copy(from: .second, isConflict: false)
        case (false, false): return repeated(remembered)
        }
    }

    private func oneWay(from source: Side) -> Outcome {
        guard let remembered else { return self[source] == nil ? .leave : .copy(from: source, isConflict: false) }
        if hasChanged(source, remembered) { return .copy(from: source, isConflict: false) }
        return remembered.mayHaveMissed == source.other ? repeated(remembered) : .leave
    }

    /// Nobody has changed anything: one side has missed it, or a message has expired.
    private func repeated(_ remembered: Remembered) -> Outcome {
        guard let side = remembered.mayHaveMissed, self[side.other] == remembered.digest else { return .leave }
        return .copy(from: side.other, isConflict: false)
    }

    private func hasChanged(_ side: Side, _ remembered: Remembered) -> Bool {
        guard self[side] != remembered.digest, side != remembered.mayHaveMissed else { return false }
        return self[side] != nil || !remembered.hasExpiry
    }

    private var winner: Side {
        switch conflict {
        case .first: .first
        case .second: .second
        }
    }

    /// Where the chosen message is, which may be the other side; the winner's, if it is nowhere.
    private func holder(of chosen: Digest128?) -> Side {
        if first == chosen { return .first }
        return second == chosen ? .second : winner
    }

    private subscript(side: Side) -> Digest128? {
        switch side {
        case .first: first
        case .second: second
        }
    }
}
