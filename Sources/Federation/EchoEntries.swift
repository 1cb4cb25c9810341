import MQTTProtocol
import NIOCore

/// The messages that an `EchoWindow` waits for: found by their hash, the earlier of equal ones first, and kept in two orders, one of those that
/// become older and one of those that a broker has yet to acknowledge. Nothing here takes longer with more of them, and a slot is used again.
struct EchoEntries: Sendable {
    struct Entry: Sendable {
        let key: SipHash.Words
        let qos: QoS
        /// `distantFuture` before the acknowledgement.
        var deadline: NIODeadline
        /// How often it may come back once more: a message that was sent again after a cut may have arrived twice.
        var spareCount: UInt16 = 0
        /// It has come back before its acknowledgement. Nobody waits for it, unless it has to be sent again.
        var isHeard = false
        /// 0: the slot is free.
        fileprivate var serial: UInt32 = 0
        /// Neighbours among those with the same place in the table, in a ring.
        fileprivate var earlierSame = EchoEntries.none
        fileprivate var laterSame = EchoEntries.none
        /// Neighbours in their order.
        fileprivate var earlier = EchoEntries.none
        fileprivate var later = EchoEntries.none

        init(key: SipHash.Words, qos: QoS, deadline: NIODeadline) {
            self.key = key
            self.qos = qos
            self.deadline = deadline
        }

        var isAging: Bool { deadline != .distantFuture }
    }

    /// Entries one behind the other.
    struct Order: Sendable {
        fileprivate(set) var first = EchoEntries.none
        fileprivate var last = EchoEntries.none
    }

    static let none = Int32(-1)

    private var entries: [Entry] = []
    private var free: [Int32] = []
    /// The latest entry of each place; a power of two.
    private var table = [Int32](repeating: EchoEntries.none, count: 64)
    /// In the order in which they become too old.
    private(set) var aging = Order()
    /// In the order in which they were published.
    private(set) var unacknowledged = Order()
    private var lastSerial: UInt32 = 0

    var count: Int { entries.count - free.count }

    subscript(slot: Int32) -> Entry {
        get { entries[Int(slot)] }
        _modify { yield &entries[Int(slot)] }
    }

    func slots(of order: Order) -> [Int32] {
        var slots: [Int32] = []
        var at = order.first
        while at != EchoEntries.none {
            slots.append(at)
            at = entries[Int(at)].later
        }
        return slots
    }

    /// Whether the entry that had this serial number is there still.
    func holds(_ slot: Int32, serial: UInt32) -> Bool {
        Int(slot) < entries.count && entries[Int(slot)].serial == serial
    }
}

// MARK: - Coming and going

extension EchoEntries {
    mutating func insert(_ entry: Entry) -> (slot: Int32, serial: UInt32) {
        var entry = entry
        lastSerial = lastSerial == .max ? 1 : lastSerial + 1
        entry.serial = lastSerial
        let slot: Int32
        if let known = free.popLast() {
            slot = known
            entries[Int(slot)] = entry
        } else {
            if entries.count == table.count { growTable() }
            slot = Int32(entries.count)
            entries.append(entry)
        }
        join(slot)
        if entry.isAging {
            Self.append(slot, to: &aging, &entries)
        } else {
            Self.append(slot, to: &unacknowledged, &entries)
        }
        return (slot, lastSerial)
    }

    mutating func remove(_ slot: Int32) {
        leave(slot)
        if entries[Int(slot)].isAging {
            Self.detach(slot, from: &aging, &entries)
        } else {
            Self.detach(slot, from: &unacknowledged, &entries)
        }
        entries[Int(slot)].serial = 0
        free.append(slot)
    }

    /// It has been acknowledged. Deadlines come in the order of time.
    mutating func age(_ slot: Int32, until deadline: NIODeadline) {
        guard !entries[Int(slot)].isAging else { return }
        Self.detach(slot, from: &unacknowledged, &entries)
        entries[Int(slot)].deadline = deadline
        Self.append(slot, to: &aging, &entries)
    }

    private static func append(_ slot: Int32, to order: inout Order, _ entries: inout [Entry]) {
        entries[Int(slot)].earlier = order.last
        entries[Int(slot)].later = EchoEntries.none
        if order.last == EchoEntries.none { order.first = slot } else { entries[Int(order.last)].later = slot }
        order.last = slot
    }

    private static func detach(_ slot: Int32, from order: inout Order, _ entries: inout [Entry]) {
        let earlier = entries[Int(slot)].earlier
        let later = entries[Int(slot)].later
        if earlier == EchoEntries.none { order.first = later } else { entries[Int(earlier)].later = later }
        if later == EchoEntries.none { order.last = earlier } else { entries[Int(later)].earlier = earlier }
    }
}

// MARK: - The table

extension EchoEntries {
    /// The earliest of those with a key that have not come back.
    func earliest(_ key: SipHash.Words) -> Int32? {
        let last = table[place(of: key)]
        guard last != EchoEntries.none else { return nil }
        var at = last
        repeat {
            at = entries[Int(at)].laterSame
            if entries[Int(at)].key == key, !entries[Int(at)].isHeard { return at }
        } while at != last
        return nil
    }

    private func place(of key: SipHash.Words) -> Int { Int(truncatingIfNeeded: key.low) & (table.count - 1) }

    /// Puts an entry behind those with the same place.
    private mutating func join(_ slot: Int32) {
        let place = place(of: entries[Int(slot)].key)
        let last = table[place]
        if last == EchoEntries.none {
            entries[Int(slot)].earlierSame = slot
            entries[Int(slot)].laterSame = slot
        } else {
            let first = entries[Int(last)].laterSame
            entries[Int(slot)].earlierSame = last
            entries[Int(slot)].laterSame = first
            entries[Int(last)].laterSame = slot
            entries[Int(first)].earlierSame = slot
        }
        table[place] = slot
    }

    private mutating func leave(_ slot: Int32) {
        let place = place(of: entries[Int(slot)].key)
        let earlier = entries[Int(slot)].earlierSame
        let later = entries[Int(slot)].laterSame
        guard later != slot else {
            table[place] = EchoEntries.none
            return
        }
        entries[Int(earlier)].laterSame = later
        entries[Int(later)].earlierSame = earlier
        if table[place] == slot { table[place] = earlier }
    }

    /// The entries of one place spread over two, in the order that they had.
    private mutating func growTable() {
        var slots: [Int32] = []
        slots.reserveCapacity(count)
        for last in table where last != EchoEntries.none {
            var at = last
            repeat {
                at = entries[Int(at)].laterSame
                slots.append(at)
            } while at != last
        }
        table = [Int32](repeating: EchoEntries.none, count: table.count * 2)
        for slot in slots { join(slot) }
    }
}
