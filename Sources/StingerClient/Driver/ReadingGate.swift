import Synchronization

/// Whether the client has stopped reading from its hub; for tasks that begin to wait for what only reading can bring.
final class ReadingGate: Sendable {
    private let closed = Atomic(false)

    var isClosed: Bool {
        get { closed.load(ordering: .acquiring) }
        set { closed.store(newValue, ordering: .releasing) }
    }
}
