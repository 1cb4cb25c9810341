import NIOCore

/// Messages of QoS 1 and 2 that no packet identifier has been free for yet. Its bounds are the caller's, who sees `count` and `byteCount`.
struct SessionOutbox: Sendable {
    private var messages = SessionQueue<SessionMessage>()
    /// Those that wait, and those that are postponed.
    private(set) var byteCount = 0
    /// Not after the first expiry of a message that waits.
    private var earliestExpiry = NIODeadline.distantFuture
    private var sweptAt = NIODeadline.uptimeNanoseconds(0)

    /// Refused by the broker for a reason that passes.
    private var postponed: [Postponed] = []
    private var earliestReturn = NIODeadline.distantFuture

    private struct Postponed: Sendable {
        let message: SessionMessage
        let returnsAt: NIODeadline
    }

    /// Expired messages are looked for at most this often: looking costs time for each message that waits.
    private static let sweepInterval = TimeAmount.seconds(1)

    var count: Int { messages.count }
    var isEmpty: Bool { messages.isEmpty }
    var first: SessionMessage? { messages.first }

    mutating func append(_ message: SessionMessage) {
        messages.append(message)
        byteCount += message.byteCount
        noteExpiry(of: message)
    }

    mutating func removeFirst() {
        guard let message = messages.popFirst() else { return }
        byteCount -= message.byteCount
        if messages.isEmpty { earliestExpiry = .distantFuture }
    }

    /// Puts what was in flight before all that waits.
    mutating func prepend(_ returned: [SessionMessage]) {
        messages.prepend(returned)
        for message in returned {
            byteCount += message.byteCount
            noteExpiry(of: message)
        }
    }

    // MARK: Refused for now

    mutating func postpone(_ message: SessionMessage, until returnsAt: NIODeadline) {
        postponed.append(Postponed(message: message, returnsAt: returnsAt))
        byteCount += message.byteCount
        earliestReturn = min(earliestReturn, returnsAt)
    }

    /// Puts those whose time has come before all that waits, in the order in which they were refused.
    mutating func returnPostponed(now: NIODeadline) {
        guard earliestReturn <= now else { return }
        let due = postponed.filter { $0.returnsAt <= now }.map(\.message)
        postponed.removeAll { $0.returnsAt <= now }
        earliestReturn = postponed.map(\.returnsAt).min() ?? .distantFuture
        for message in due { byteCount -= message.byteCount }
        prepend(due)
    }

    // MARK: Expiry

    private mutating func noteExpiry(of message: SessionMessage) {
        guard let expiresAt = message.expiresAt else { return }
        earliestExpiry = min(earliestExpiry, expiresAt)
    }

    /// When `removeExpired` or `returnPostponed` has something to do.
    var nextDeadline: NIODeadline { min(nextSweep, earliestReturn) }

    private var nextSweep: NIODeadline {
        guard earliestExpiry != .distantFuture else { return .distantFuture }
        return max(earliestExpiry, sweptAt + Self.sweepInterval)
    }

    mutating func removeExpired(now: NIODeadline, _ expired: (SessionMessage) -> Void) {
        guard now >= nextSweep else { return }
        sweptAt = now
        earliestExpiry = .distantFuture
        var removedByteCount = 0
        var earliestLeft = NIODeadline.distantFuture
        messages.remove(
            where: { message in
                if message.isExpired(at: now) { return true }
                if let expiresAt = message.expiresAt { earliestLeft = min(earliestLeft, expiresAt) }
                return false
            },
            { message in
                removedByteCount += message.byteCount
                expired(message)
            }
        )
        byteCount -= removedByteCount
        earliestExpiry = earliestLeft
    }
}
