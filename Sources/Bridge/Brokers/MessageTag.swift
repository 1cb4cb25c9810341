import Federation

/// Tells a message that is under way to one broker from all others: whose it was, and what its source awaits.
///
/// Layout: rule (15 bits), direction (1 bit, 1: from the second side), epoch of the source's session (32 bits), packet identifier (16 bits).
struct MessageTag: Hashable {
    let rawValue: UInt64

    /// The rule of our own messages, which have no account.
    static let ownRule = 0x7FFF

    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Parameter packetID: 0 where nobody awaits an acknowledgement.
    init(rule: Int, isFromSecond: Bool, epoch: UInt32, packetID: UInt16) {
        rawValue =
            UInt64(rule & 0x7FFF) << 49 | (isFromSecond ? 1 << 48 : 0) | UInt64(epoch) << 16 | UInt64(packetID)
    }

    static let own = MessageTag(rule: ownRule, isFromSecond: false, epoch: 0, packetID: 0)

    var source: Side { rawValue >> 48 & 1 == 0 ? .first : .second }
    var rule: Int { Int(rawValue >> 49) }
    var epoch: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }
    var packetID: UInt16 { UInt16(truncatingIfNeeded: rawValue) }
    var isOwn: Bool { rule == Self.ownRule }
}
