import Synchronization

/// Messages on their way from the client's loop to the one task that takes them out.
///
/// It is bounded by its driver, which asks how much waits after each `push` and stops reading in time.
final class Inbox: Sendable {
    private struct State {
        var messages: [HubMessage] = []
        /// Taken from the front of `messages`; they go in one piece when half of it is taken.
        var takenCount = 0
        var byteCount = 0
        var waiter: CheckedContinuation<HubMessage?, any Error>?
        var end: Result<Void, HubClientError>?
        var isAbandoned = false
        /// The driver waits to hear that there is room again.
        var isFull = false

        mutating func take() -> HubMessage? {
            guard takenCount < messages.count else { return nil }
            let message = messages[takenCount]
            takenCount += 1
            byteCount -= message.weight
            if takenCount * 2 >= messages.count {
                messages.removeFirst(takenCount)
                takenCount = 0
            }
            return message
        }
    }

    private let state = Mutex(State())
    private let byteMaximum: Int
    private let gate: ReadingGate?
    private let onRoom: @Sendable (Inbox) -> Void
    private let onAbandon: @Sendable (Inbox) -> Void

    /// - Parameters:
    ///   - byteMaximum: of messages that wait; more make it full.
    ///   - gate: where a task that begins to wait for a message sees that nobody reads any.
    ///   - onRoom: called once after it was full, when half of that is left; and when a task waits at a closed gate.
    ///   - onAbandon: called once, when nobody will take anything any more.
    init(
        byteMaximum: Int,
        gate: ReadingGate?,
        onRoom: @escaping @Sendable (Inbox) -> Void,
        onAbandon: @escaping @Sendable (Inbox) -> Void
    ) {
        self.byteMaximum = byteMaximum
        self.gate = gate
        self.onRoom = onRoom
        self.onAbandon = onAbandon
    }

    // MARK: The driver's end

    /// - Returns: the bytes that wait, if they are too many by now.
    func push(_ message: HubMessage) -> Int? {
        let (waiter, excess) = state.withLock { state -> (CheckedContinuation<HubMessage?, any Error>?, Int?) in
            guard state.end == nil, !state.isAbandoned else { return (nil, nil) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (waiter, nil)
            }
            state.messages.append(message)
            state.byteCount += message.weight
            guard state.byteCount > byteMaximum else { return (nil, nil) }
            state.isFull = true
            return (nil, state.byteCount)
        }
        waiter?.resume(returning: message)
        return excess
    }

    var isFull: Bool { state.withLock { $0.isFull } }

    /// Whether a task waits for the next message.
    var isWaitedFor: Bool { state.withLock { $0.waiter != nil } }

    /// What waits can still be taken; then comes the end. The first end counts.
    func finish(_ end: Result<Void, HubClientError>) {
        let waiter = state.withLock { state -> CheckedContinuation<HubMessage?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = end
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: end.map { nil }.mapError { $0 as any Error })
    }

    // MARK: The task's end

    /// - Returns: nil at the end, and when the task is cancelled.
    func next() async throws -> HubMessage? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (result, asksForMore) = state.withLock { state -> (Result<HubMessage?, any Error>?, Bool) in
                    if state.isAbandoned { return (.success(nil), false) }
                    if let message = state.take() {
                        let hasRoom = state.isFull && state.byteCount <= byteMaximum / 2
                        if hasRoom { state.isFull = false }
                        return (.success(message), hasRoom)
                    }
                    if let end = state.end { return (end.map { nil }.mapError { $0 as any Error }, false) }
                    precondition(state.waiter == nil, "two tasks iterate over one sequence of messages")
                    state.waiter = continuation
                    return (nil, gate?.isClosed ?? false)
                }
                if asksForMore { onRoom(self) }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            abandon()
        }
    }

    /// Nobody takes anything out any more.
    func abandon() {
        let (isNew, waiter) = state.withLock { state -> (Bool, CheckedContinuation<HubMessage?, any Error>?) in
            guard !state.isAbandoned else { return (false, nil) }
            state.isAbandoned = true
            state.messages = []
            state.takenCount = 0
            state.byteCount = 0
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume(returning: nil)
        if isNew { onAbandon(self) }
    }
}
