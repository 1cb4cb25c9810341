/// Brings the retained messages of two brokers to agree: says what has to cross, and remembers what both held when they last agreed.
///
/// Pure. Whoever drives it reports live messages (`passing`, `passed`), and, when both links are up, a reading: all that each side holds, until
/// its end. What has to be done comes out of `nextDecision`, which is drained after each report. A topic goes by the key of its name on the
/// first side. docs/decisions/0008 says why it is so.
package struct RetainedLedger: Sendable {
    /// What of a topic rule matters here.
    package struct Rule: Equatable, Sendable {
        package let direction: Direction
        package let conflict: TopicRule.Conflict

        package init(direction: Direction, conflict: TopicRule.Conflict) {
            self.direction = direction
            self.conflict = conflict
        }

        package init(_ rule: TopicRule) {
            self.init(direction: rule.direction, conflict: rule.conflict)
        }

        var winner: Side {
            switch conflict {
            case .first: .first
            case .second: .second
            }
        }
    }

    /// Something that another reading will do, since there was no room to keep its message or its name.
    struct Planned {
        /// What this side holds is right.
        let from: Side
        /// The topic's message or its name is read here.
        let fetchedFrom: Side
        let rule: UInt16
        let isConflict: Bool
    }

    /// What of one topic is between the sides.
    struct UnderWay {
        /// To each side.
        var count = BySide(0)
        /// Of the one that was begun last, to each side; nil: a clearing.
        var digest = BySide(Digest128?.none)
        /// Of the last one that was reported as passed.
        var passedSerial: UInt64 = 0

        var isEmpty: Bool { count[.first] == 0 && count[.second] == 0 }
    }

    /// What came of one topic from one side since the links came up.
    struct CaughtUp {
        /// Of the last one; nil: a clearing.
        let digest: Digest128?
    }

    /// Messages of one topic that crossed each other on the way.
    struct Contest {
        /// Of the passage that met another.
        let serial: UInt64
        /// What both sides are to hold, by the rule; nil: nothing.
        let chosen: Digest128?
    }

    let rules: [Rule]
    let limits: RetainedLimits
    package internal(set) var memory: RetainedMemory
    /// Counts up when the memory has changed in something that a file has to hold.
    package internal(set) var revision: UInt64 = 0
    package internal(set) var counts = RetainedCounts()
    /// Messages to each side, live ones and those that a reading found.
    var underWay: [Digest128: UnderWay] = [:]
    /// Topics whose messages crossed on the way.
    var contests: [Digest128: Contest] = [:]
    package internal(set) var isCatchingUp = false
    var caughtUp: [Digest128: BySide<CaughtUp?>] = [:]
    var reading = RetainedReading()
    var plan: [Digest128: Planned] = [:]
    var ready: [RetainedDecision] = []
    var readyIndex = 0
    var lastSerial: UInt64 = 0
    /// The probe that was sent last to each side.
    var probes = BySide(UInt32(0))
    /// The probe that will tell of the last message that was written to each side at QoS 0.
    var lastMarks = BySide(UInt32(0))
    /// Sides that may have lost their retained messages; until a reading has come to its end.
    var forgetful: Set<Side> = []
    /// The connection was lost since the last reading: no probe tells any longer what arrived before.
    var isUnsure = BySide(false)
    /// A reading was given up, or could not compare all.
    var isReadingDue = false
    /// Clearings that are remembered until they are sure, oldest first.
    var clearings = BySide([(mark: UInt32, key: Digest128)]())

    /// - Parameter memory: of an earlier life, if it was about the same rules; otherwise an empty one.
    package init(rules: [Rule], memory: RetainedMemory = RetainedMemory(), limits: RetainedLimits = RetainedLimits()) {
        precondition(rules.count <= Int(UInt16.max), "at most 65,535 rules")
        self.rules = rules
        self.memory = memory
        self.limits = limits
    }

    /// Another reading is wanted: the last one left something to be fetched or was given up, or messages crossed each other on the way.
    /// With `plan` left over it is best begun at once; otherwise within some seconds.
    package var needsReading: Bool {
        !isReading && (!plan.isEmpty || isReadingDue || contests.contains { underWay[$0.key] == nil })
    }

    package var isReading: Bool { reading.phase != .idle }

    var hasReady: Bool { readyIndex < ready.count }

    /// `nextDecision` has something, or has to end the reading.
    package var hasDecisions: Bool {
        if hasReady { return true }
        switch reading.phase {
        case .idle, .fetching: return false
        case .comparing: return reading.hasSeenAll
        case .proving: return reading.batch.isEmpty && !reading.hasDoubts
        }
    }

    /// Takes over what an earlier life remembered; before the first reading.
    package mutating func restore(_ memory: RetainedMemory) { self.memory = memory }

    /// The sides hold other things than were remembered: a broker is another one.
    package mutating func forgetAll() {
        guard memory.count > 0 else { return }
        memory = RetainedMemory()
        contests = [:]
        revision += 1
    }

    /// Topics that have a message on its way across.
    package var underWayCount: Int { underWay.count }

    /// Bytes that the reading keeps just now.
    package var keptByteCount: Int { reading.byteCount }

    func remembered(_ entry: RetainedMemory.Entry?) -> RetainedComparison.Remembered? {
        guard let entry else { return nil }
        return RetainedComparison.Remembered(
            digest: entry.digest,
            hasExpiry: entry.flags.contains(.hasExpiry),
            isContested: entry.flags.contains(.isContested),
            mayHaveMissed: memory.mayHaveMissed(entry)
        )
    }

    /// - Returns: false when there is no room.
    @discardableResult
    mutating func remember(_ key: Digest128, _ entry: RetainedMemory.Entry) -> Bool {
        let earlier = memory[key]
        guard earlier != nil || memory.count < limits.topicMaximum else {
            counts.unremembered += 1
            return false
        }
        if earlier?.digest != entry.digest || earlier?.flags != entry.flags { revision += 1 }
        memory[key] = entry
        return true
    }

    mutating func forget(_ key: Digest128) {
        guard memory[key] != nil else { return }
        memory[key] = nil
        revision += 1
    }

    mutating func begin(_ key: Digest128, _ digest: Digest128?, hasExpiry: Bool, from side: Side) -> RetainedPassage {
        lastSerial += 1
        underWay[key, default: UnderWay()].count[side.other] += 1
        underWay[key]?.digest[side.other] = digest
        return RetainedPassage(key: key, digest: digest, hasExpiry: hasExpiry, from: side, serial: lastSerial)
    }
}
