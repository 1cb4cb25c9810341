import Synchronization

/// Whether somebody listens to a publication, for its publisher to know from any task.
final class Audience: Sendable {
    private struct State {
        var hasSubscribers = false
        var watchers: [Int: AsyncStream<Bool>.Continuation] = [:]
        var watcherCount = 0
    }

    private let state = Mutex(State())

    var hasSubscribers: Bool { state.withLock { $0.hasSubscribers } }

    func set(_ hasSubscribers: Bool) {
        state.withLock { state in
            guard state.hasSubscribers != hasSubscribers else { return }
            state.hasSubscribers = hasSubscribers
            for watcher in state.watchers.values { watcher.yield(hasSubscribers) }
        }
    }

    /// What is so now, then each change; of changes that are not taken in time the last one is kept.
    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.watcherCount += 1
            state.watchers[state.watcherCount] = continuation
            continuation.yield(state.hasSubscribers)
            return state.watcherCount
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }

    func finish() {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }
}
