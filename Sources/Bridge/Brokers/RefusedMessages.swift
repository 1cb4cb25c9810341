import MQTTProtocol
import NIOCore

/// Messages of one rule that their destination has refused for the moment, and those that came after them: the first is sent again from time to
/// time, and when it is taken, so are the others. Their order stays, but for those that were in flight when the first was refused.
struct RefusedMessages {
    private var messages: CircularBuffer<HeldMessage> = []
    /// At the front: those that have been refused.
    private var refusedCount = 0
    private var pause = Self.firstPause
    /// When the first was refused.
    let begunAt: NIODeadline
    /// Since when the destination has taken none, and it is not waited for any longer.
    private(set) var hasGivenUp = false
    /// The one that is under way once more.
    private(set) var attempt: MessageTag?
    /// When the next one is sent.
    private(set) var nextAttempt: NIODeadline?

    private static let firstPause = TimeAmount.seconds(1)
    private static let longestPause = TimeAmount.seconds(30)

    init(now: NIODeadline) { begunAt = now }

    /// - Parameter patience: how long a refusal of this kind may last.
    /// - Returns: false when the message is to be dropped.
    mutating func refuse(_ message: HeldMessage, patience: TimeAmount, now: NIODeadline) -> Bool {
        let isAttempt = attempt == message.tag
        if isAttempt { attempt = nil }
        guard !hasGivenUp, now - begunAt < patience else {
            hasGivenUp = true
            nextAttempt = nil
            return false
        }
        // Others of the same time stand behind it, and before those that were not sent yet.
        messages.insert(message, at: messages.index(messages.startIndex, offsetBy: isAttempt ? 0 : refusedCount))
        refusedCount += 1
        if isAttempt { pause = Swift.min(pause * 2, Self.longestPause) }
        if attempt == nil { nextAttempt = nextAttempt ?? now + pause }
        return true
    }

    mutating func append(_ message: HeldMessage) { messages.append(message) }

    /// The one under way came to no answer: it expired, or grew too large for the destination. The next one is sent at once.
    ///
    /// - Returns: whether any is left.
    mutating func attemptEnded(now: NIODeadline) -> Bool {
        attempt = nil
        nextAttempt = now
        return !messages.isEmpty
    }

    /// - Returns: the first, when its time has come; until it is answered it is the only one.
    mutating func takeAttempt(now: NIODeadline) -> HeldMessage? {
        guard let due = nextAttempt, due <= now, let message = removeFirst() else { return nil }
        nextAttempt = nil
        attempt = message.tag
        return message
    }

    /// What waits, once the destination takes messages again or is not waited for any longer.
    mutating func removeFirst() -> HeldMessage? {
        refusedCount = Swift.max(0, refusedCount - 1)
        return messages.popFirst()
    }
}
