/// What both sides held when they last agreed: a digest for each topic.
///
/// A value that another thread may write to a file meanwhile: it is kept in parts, of which only those that change are copied.
package struct RetainedMemory: Sendable {
    /// 32 bytes.
    struct Entry: Equatable, Sendable {
        /// nil: nothing; remembered only until it is sure that the other side has heard of the clearing.
        var digest: Digest128?
        /// The rule that the topic was last read under.
        var rule: UInt16 = 0
        /// When it was sent to `sentTo`: the number of the probe that will tell whether it arrived.
        var mark: UInt32 = 0
        /// Where its name lies among the names of the reading; 0: nowhere.
        var nameOffset: UInt32 = 0
        /// The reading that `sightings` are about.
        var reading: UInt16 = 0
        var sightings = Sightings()
        var flags = Flags()

        init(digest: Digest128?) { self.digest = digest }
    }

    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The message expires some day: that it is missing does not mean that somebody cleared it.
        package static let hasExpiry = Flags(rawValue: 1)
        /// It was written to the first side at QoS 0, which does not tell whether it arrived.
        package static let sentToFirst = Flags(rawValue: 2)
        package static let sentToSecond = Flags(rawValue: 4)
        /// Two messages crossed each other on the way: each side may hold the other's.
        package static let isContested = Flags(rawValue: 8)
        package static let all: Flags = [.hasExpiry, .sentToFirst, .sentToSecond, .isContested]
    }

    /// The sides that were seen to hold what is remembered.
    struct Sightings: OptionSet, Hashable, Sendable {
        let rawValue: UInt8

        static let first = Sightings(rawValue: 1)
        static let second = Sightings(rawValue: 2)
        static let both: Sightings = [.first, .second]
    }

    /// The last probe that came back from each side: what was sent before it has arrived.
    var confirmed = BySide(UInt32(0))
    /// By the lowest bits of the key.
    var parts = [[Digest128: Entry]](repeating: [:], count: 256)
    package private(set) var count = 0

    package init() {}

    static func part(of key: Digest128) -> Int { Int(key.low & 0xFF) }

    subscript(key: Digest128) -> Entry? {
        get { parts[Self.part(of: key)][key] }
        set {
            let part = Self.part(of: key)
            let before = parts[part].count
            parts[part][key] = newValue
            count += parts[part].count - before
        }
    }

    /// What a file has to hold: each topic's key, what was agreed (nil: nothing), and the flags that still matter.
    package func forEachTopic(_ body: (Digest128, Digest128?, Flags) -> Void) {
        for part in parts {
            for (key, entry) in part {
                var flags = entry.flags
                if mayHaveMissed(entry) == nil { flags.subtract([.sentToFirst, .sentToSecond]) }
                body(key, entry.digest, flags)
            }
        }
    }

    /// Takes in what a file held.
    package mutating func restore(_ key: Digest128, _ digest: Digest128?, _ flags: Flags) {
        var entry = Entry(digest: digest)
        entry.flags = flags
        // No probe of this life tells about it.
        entry.mark = .max
        self[key] = entry
    }

    /// The side that it was sent to and may not have reached.
    func mayHaveMissed(_ entry: Entry) -> Side? {
        guard let side = entry.sentTo, entry.mark > confirmed[side] else { return nil }
        return side
    }
}

extension RetainedMemory.Entry {
    /// Where it was sent without an answer.
    var sentTo: Side? {
        if flags.contains(.sentToFirst) { return .first }
        return flags.contains(.sentToSecond) ? .second : nil
    }
}

extension RetainedMemory.Flags {
    static func sentTo(_ side: Side) -> Self {
        switch side {
        case .first: .sentToFirst
        case .second: .sentToSecond
        }
    }
}

extension RetainedMemory.Sightings {
    static func on(_ side: Side) -> Self {
        switch side {
        case .first: .first
        case .second: .second
        }
    }
}
