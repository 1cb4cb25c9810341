/// What one reading of both sides has seen and not yet decided.
///
/// A topic of which a side holds what is remembered costs a bit in the memory's entry and its name here; only others are kept in `open`.
struct RetainedReading {
    /// A topic that one side has shown, and the other not yet.
    struct Open {
        let side: Side
        let digest: Digest128
        let hasExpiry: Bool
        let rule: UInt16
    }

    struct Kept {
        let topic: [UInt8]
        let message: RetainedMessage

        /// With 128 bytes for what Swift's arrays and the table take.
        var byteCount: Int { topic.count + message.byteCount + 128 }
    }

    enum Phase {
        case idle
        /// Both sides are read and compared.
        case comparing
        /// What a side has not shown is asked for by name, before anything is cleared for it.
        case proving
        /// Only what is planned is looked for.
        case fetching
    }

    var phase = Phase.idle
    /// Tells the sightings of this reading from those of earlier ones.
    private(set) var number: UInt16 = 0
    var isReading = BySide(false)
    /// These topics are done: decided, or a live message has crossed.
    private(set) var settled: Set<Digest128> = []
    private(set) var open: [Digest128: Open] = [:]
    private var kept: [Digest128: Kept] = [:]
    /// A length of two bytes, then the name, one behind the other. The first byte is none, so that no name lies at 0.
    private var names: [UInt8] = [0]
    private var keptByteCount = 0
    /// Remembered topics that a side has shown.
    var recognised = BySide(0)
    /// These sides have lost what they knew of us, and perhaps their retained messages too.
    private(set) var forgetful: Set<Side> = []
    /// Rules whose messages a side does not show, so that what is missing there may be there.
    var hidden = BySide(Set<Int>())
    /// Sides that may not have shown all.
    var doubtful: Set<Side> = []
    /// Topics that a side has not shown, and may hold.
    var doubts = BySide([Digest128]())
    /// Those of them that are being asked for.
    var batch: [Digest128] = []
    /// What is open was put into `leftover`.
    var hasCollected = false
    /// The part of the memory that is gone through next, at the end.
    var nextPart = 0
    /// Topics that only one side has shown; they are decided one after another at the end.
    var leftover: [Digest128] = []

    mutating func begin(_ phase: Phase, sides: [Side], forgetful: Set<Side>, settled: Set<Digest128>) {
        let number = self.number &+ 1
        self = RetainedReading()
        self.number = number
        self.phase = phase
        self.forgetful = forgetful
        self.settled = settled
        for side in sides { isReading[side] = true }
    }

    mutating func finish() {
        let number = self.number
        self = RetainedReading()
        self.number = number
    }

    /// Both sides have shown all they hold.
    var hasSeenAll: Bool { phase != .idle && !isReading[.first] && !isReading[.second] }

    var hasDoubts: Bool { !doubts[.first].isEmpty || !doubts[.second].isEmpty }

    var byteCount: Int { keptByteCount + names.count }

    /// The side came back without its retained messages: what is missing there was not cleared.
    func isBlank(_ side: Side) -> Bool { forgetful.contains(side) && recognised[side] == 0 }

    func hides(_ side: Side, _ rule: Int) -> Bool { hidden[side].contains(rule) }

    mutating func settle(_ key: Digest128) {
        settled.insert(key)
        close(key)
    }

    mutating func close(_ key: Digest128) {
        open[key] = nil
        _ = takeKept(key)
    }

    mutating func wait(_ key: Digest128, _ topic: Open) { open[key] = topic }

    // MARK: What is kept

    mutating func keep(_ key: Digest128, _ content: Kept, byteMaximum: Int) {
        guard byteCount + content.byteCount <= byteMaximum else { return }
        keptByteCount += content.byteCount
        kept[key] = content
    }

    mutating func takeKept(_ key: Digest128) -> Kept? {
        guard !kept.isEmpty, let content = kept.removeValue(forKey: key) else { return nil }
        keptByteCount -= content.byteCount
        return content
    }

    func keptTopic(_ key: Digest128) -> [UInt8]? { kept[key]?.topic }

    /// - Returns: where it lies; 0 when there is no room.
    mutating func keepName(_ topic: [UInt8], byteMaximum: Int) -> UInt32 {
        guard byteCount + topic.count + 2 <= min(byteMaximum, Int(UInt32.max)), topic.count <= Int(UInt16.max) else {
            return 0
        }
        let offset = UInt32(names.count)
        names.append(UInt8(truncatingIfNeeded: topic.count >> 8))
        names.append(UInt8(truncatingIfNeeded: topic.count))
        names += topic
        return offset
    }

    func name(at offset: UInt32) -> [UInt8]? {
        guard offset > 0 else { return nil }
        let start = Int(offset) + 2
        let count = Int(names[start - 2]) << 8 | Int(names[start - 1])
        return Array(names[start..<start + count])
    }
}
