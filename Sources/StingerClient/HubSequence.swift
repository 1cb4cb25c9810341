/// Messages as they come. It can be iterated over once; when the iteration ends early, by `break` or by cancellation, the hub is told.
///
/// What the program does not take waits in memory up to a bound (`HubClientBounds`); then the client stops reading from its hub, which holds
/// back those who send.
public struct HubSequence<Element: Sendable>: AsyncSequence, Sendable {
    public typealias Failure = any Error

    private let start: @Sendable () async throws -> Inbox
    private let convert: @Sendable (HubMessage) throws -> Element
    private let keeper: Keeper?

    /// - Parameter start: called by the first `next`.
    init(
        start: @escaping @Sendable () async throws -> Inbox,
        convert: @escaping @Sendable (HubMessage) throws -> Element
    ) {
        self.start = start
        self.convert = convert
        keeper = nil
    }

    /// - Parameter inbox: filled already.
    init(_ inbox: Inbox, convert: @escaping @Sendable (HubMessage) throws -> Element) {
        start = { inbox }
        self.convert = convert
        keeper = Keeper(inbox)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(start: start, convert: convert, keeper: keeper) }

    public struct Iterator: AsyncIteratorProtocol {
        private let start: @Sendable () async throws -> Inbox
        private let convert: @Sendable (HubMessage) throws -> Element
        private var keeper: Keeper?
        private var isStarted = false

        fileprivate init(
            start: @escaping @Sendable () async throws -> Inbox,
            convert: @escaping @Sendable (HubMessage) throws -> Element,
            keeper: Keeper?
        ) {
            self.start = start
            self.convert = convert
            self.keeper = keeper
        }

        /// - Throws: `HubClientError`; the sequence is at its end then. `CancellationError` when the task is cancelled.
        public mutating func next() async throws -> Element? {
            if !isStarted {
                isStarted = true
                if keeper == nil { keeper = Keeper(try await start()) }
            }
            guard let inbox = keeper?.inbox else { return nil }
            guard let message = try await inbox.next() else {
                try Task.checkCancellation()
                return nil
            }
            do {
                return try convert(message)
            } catch {
                inbox.abandon()
                throw error
            }
        }
    }
}

/// Gives an inbox up when the last sequence or iterator that could read it is gone.
private final class Keeper: Sendable {
    let inbox: Inbox

    init(_ inbox: Inbox) { self.inbox = inbox }

    deinit { inbox.abandon() }
}
