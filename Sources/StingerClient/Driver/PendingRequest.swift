import NIOCore

/// A request that the hub has not answered yet.
struct PendingRequest {
    enum Kind {
        /// Answered by a provider.
        case call
        /// Answered by the hub itself.
        case registration
    }

    let kind: Kind
    let timer: Scheduled<Void>
    private let completion: (Result<[UInt8], HubClientError>) -> Void

    init(kind: Kind, timer: Scheduled<Void>, completion: @escaping (Result<[UInt8], HubClientError>) -> Void) {
        self.kind = kind
        self.timer = timer
        self.completion = completion
    }

    func finish(_ result: Result<[UInt8], HubClientError>) {
        timer.cancel()
        completion(result)
    }
}

/// A stream that this client reads.
final class OutgoingStream {
    let channel: String
    let inbox: Inbox
    var lastChunkAt = NIODeadline.distantPast
    /// Runs out when no chunk comes for too long.
    var timer: Scheduled<Void>?

    init(channel: String, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    func end(_ end: Result<Void, HubClientError>) {
        timer?.cancel()
        inbox.finish(end)
    }
}

/// A call from somebody else, while its provider's closure runs.
struct RunningCall {
    /// Ended by a cancellation from the caller, and with the connection.
    let task: Task<Void, Never>
    let channel: String
    let event: String
    let isStream: Bool
}

/// What an inbox is filled with.
enum InboxUse {
    case stream(id: String)
    case subscription(channel: String, name: String)
    case broadcasts(channel: String)
}
