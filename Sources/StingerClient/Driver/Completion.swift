import NIOCore

/// The end of something that a task waits for; it comes once, and later ones are ignored.
///
/// It belongs to its loop: each access checks that it happens there.
final class Completion<Value: Sendable>: @unchecked Sendable {
    private let loop: any EventLoop
    private var continuation: CheckedContinuation<Value, any Error>?
    private var isCancelled = false
    private var finished = false
    /// What to undo when the task goes away.
    private var onCancel: (() -> Void)?

    init(loop: any EventLoop) { self.loop = loop }

    var isFinished: Bool {
        loop.preconditionInEventLoop()
        return finished
    }

    func begin(_ continuation: CheckedContinuation<Value, any Error>) {
        loop.preconditionInEventLoop()
        self.continuation = continuation
        if isCancelled { finish(throwing: CancellationError()) }
    }

    /// - Parameter undo: runs on the loop if the task is cancelled before the end.
    func ifCancelled(_ undo: @escaping () -> Void) {
        loop.preconditionInEventLoop()
        onCancel = undo
    }

    func finish(_ result: Result<Value, HubClientError>) {
        switch result {
        case .success(let value): finish(returning: value)
        case .failure(let error): finish(throwing: error)
        }
    }

    func finish(returning value: Value) {
        end { $0.resume(returning: value) }
    }

    func finish(throwing error: any Error) {
        end { $0.resume(throwing: error) }
    }

    func cancel() {
        loop.preconditionInEventLoop()
        isCancelled = true
        guard continuation != nil else { return }
        let undo = onCancel
        finish(throwing: CancellationError())
        undo?()
    }

    private func end(_ resume: (CheckedContinuation<Value, any Error>) -> Void) {
        loop.preconditionInEventLoop()
        guard let continuation else { return }
        self.continuation = nil
        onCancel = nil
        finished = true
        resume(continuation)
    }
}
