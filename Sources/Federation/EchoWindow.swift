package import MQTTProtocol
package import NIOCore

/// Recognises our own messages when a broker sends them back to us, where neither No Local nor a path can: each message that we publish to a
/// side to which we subscribe as well is expected back once.
///
/// A message is known by its topic and payload alone, since a broker changes its retain flag and its QoS. The earliest of several equal ones is
/// ticked off, so that somebody else's equal message passes once ours have come back.
///
/// How long one is waited for: `age`, counted from when it could have come back. That is at once for QoS 0; QoS 1 and 2 wait in an outbox and
/// are sent again after a cut, so there it begins with the broker's acknowledgement (`acknowledged`). While the link is down no time passes.
package struct EchoWindow: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Messages that are waited for; beyond, the one that waited longest is forgotten. About 60 bytes each: 4 MiB.
        package var countMaximum = 65_536
        /// A broker that has not sent a message back by then has it in no queue.
        package var age = TimeAmount.seconds(60)

        package init() {}
    }

    /// One expected message, for those who have more to say of it. It may be kept for ever, and means nothing once the message has come back.
    package struct Ticket: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let serial: UInt32
    }

    private let limits: Limits
    private let key: SipHash.Words
    private var entries = EchoEntries()
    private var repetitions = EchoRepetitions()
    private var isCut = false

    /// Messages that were forgotten because there were more than `countMaximum`.
    package private(set) var overflowCount: UInt64 = 0
    /// Messages that did not come back in time.
    package private(set) var lateCount: UInt64 = 0

    package init(limits: Limits = Limits()) {
        self.init(limits: limits, key: .random())
    }

    init(limits: Limits, key: SipHash.Words) {
        self.limits = limits
        self.key = key
    }

    /// Messages that are waited for, and those that came back and are not acknowledged.
    package var count: Int { entries.count }
}

// MARK: - Messages

extension EchoWindow {
    /// A message is published.
    ///
    /// - Parameter qos: at which it will come back: the lower one of its own and of the subscription that brings it back.
    @discardableResult
    package mutating func expect(
        topic: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer,
        qos: QoS,
        now: NIODeadline
    ) -> Ticket {
        forgetLate(now)
        if entries.count >= max(limits.countMaximum, 1) {
            overflowCount += 1
            let oldest = entries.aging.first
            entries.remove(oldest == EchoEntries.none ? entries.unacknowledged.first : oldest)
        }
        let deadline = qos == .atMostOnce ? now + limits.age : .distantFuture
        let new = entries.insert(EchoEntries.Entry(key: hash(topic, payload), qos: qos, deadline: deadline))
        return Ticket(slot: new.slot, serial: new.serial)
    }

    /// Whether a message that came in is one of ours. If so it is ticked off: ask once a message.
    ///
    /// - Parameters:
    ///   - packetID: of a message of QoS 1; 0 for others, which the broker sends once.
    ///   - isDuplicate: whether the broker says that it sends it again.
    package mutating func isEcho(
        topic: UnsafeRawBufferPointer,
        payload: UnsafeRawBufferPointer,
        packetID: UInt16 = 0,
        isDuplicate: Bool = false,
        now: NIODeadline
    ) -> Bool {
        forgetLate(now)
        guard entries.count > 0 || isDuplicate else { return false }
        let key = hash(topic, payload)
        if isDuplicate, packetID != 0, repetitions.contains(packetID, key) { return true }
        guard let slot = entries.earliest(key) else { return false }
        if entries[slot].spareCount > 0 {
            entries[slot].spareCount -= 1
        } else if entries[slot].isAging {
            entries.remove(slot)
        } else {
            // A broker may be quicker to deliver than to acknowledge; what it has not acknowledged may be sent again.
            entries[slot].isHeard = true
        }
        if packetID != 0 { repetitions.note(packetID, key) }
        return true
    }

    /// The broker has acknowledged a message of QoS 1 or 2: from now on it becomes older.
    package mutating func acknowledged(_ ticket: Ticket, now: NIODeadline) {
        guard entries.holds(ticket.slot, serial: ticket.serial) else { return }
        if entries[ticket.slot].isHeard {
            entries.remove(ticket.slot)
        } else {
            entries.age(ticket.slot, until: now + limits.age)
        }
    }

    /// A message was not published after all: it expired, or the broker refused it.
    package mutating func forget(_ ticket: Ticket) {
        guard entries.holds(ticket.slot, serial: ticket.serial) else { return }
        entries.remove(ticket.slot)
    }

    private func hash(_ topic: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) -> SipHash.Words {
        var hash = SipHash(key: key)
        hash.absorb(UInt64(truncatingIfNeeded: topic.count))
        hash.absorb(topic)
        hash.absorb(payload)
        return hash.finish()
    }

    private mutating func forgetLate(_ now: NIODeadline) {
        guard !isCut else { return }
        while entries.aging.first != EchoEntries.none, entries[entries.aging.first].deadline <= now {
            lateCount += 1
            entries.remove(entries.aging.first)
        }
    }
}

// MARK: - The link

extension EchoWindow {
    /// The connection is gone. What would have come back with QoS 0 does not any more; for the rest the broker's session may have it.
    ///
    /// - Parameter inFlight: messages of QoS 1 and 2 that were sent and not acknowledged. They are sent again; one of QoS 1 that had arrived
    ///   is then published twice.
    package mutating func linkCut(inFlight: Int) {
        isCut = true
        for slot in entries.slots(of: entries.aging) where entries[slot].qos == .atMostOnce { entries.remove(slot) }
        for slot in entries.slots(of: entries.unacknowledged).prefix(max(inFlight, 0)) {
            guard entries[slot].qos == .atLeastOnce, entries[slot].spareCount < .max else { continue }
            if entries[slot].isHeard { entries[slot].isHeard = false } else { entries[slot].spareCount += 1 }
        }
    }

    /// The connection is back.
    ///
    /// - Parameter sessionPresent: else the broker has forgotten what we subscribed to, and with it what was on its way back; what it has not
    ///   acknowledged is sent once more.
    package mutating func linkUp(sessionPresent: Bool, now: NIODeadline) {
        isCut = false
        if !sessionPresent {
            repetitions.removeAll()
            for slot in entries.slots(of: entries.aging) { entries.remove(slot) }
            for slot in entries.slots(of: entries.unacknowledged) {
                entries[slot].spareCount = 0
                entries[slot].isHeard = false
            }
        }
        for slot in entries.slots(of: entries.aging) { entries[slot].deadline = now + limits.age }
    }
}
