import NIOCore

/// Messages of QoS 1 and 2 that no packet identifier has been free for yet. Its bounds are the caller's, who sees `count` and `byteCount`.
struct SessionOutbox: Sendable {
    private var messages = SessionQueue<SessionMessage>()
    private(set) var byteCount = 0
    /// Not after the first expiry of a message that waits.
    private var earliestExpiry = NIODeadline.distantFuture
    private var sweptAt = NIODeadline.uptimeNanoseconds(0)

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

    private mutating func noteExpiry(of message: SessionMessage) {
        guard let expiresAt = message.expiresAt else { return }
        earliestExpiry = min(earliestExpiry, expiresAt)
    }

    /// When `removeExpired` has something to do.
    var nextDeadline: NIODeadline {
        guard earliestExpiry != .distantFuture else { return .distantFuture }
        return max(earliestExpiry, sweptAt + Self.sweepInterval)
    }

    mutating func removeExpired(now: NIODeadline, _ expired: (SessionMessage) -> Void) {
        guard now >= nextDeadline else { return }
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
