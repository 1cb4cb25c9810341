import Federation
import Logging
import NIOCore
import NIOPosix

/// Saves what a bridge remembers of retained messages, off the event loop: some seconds after it has changed, and at the end. Confined to the loop.
final class RetainedMemoryKeeper {
    /// What changes within this time is saved at once.
    private static let delay = TimeAmount.seconds(2)
    /// A file that takes long to write is written less often: so many times as long lies between.
    private static let share: Int64 = 20
    /// After a failure.
    private static let retryDelay = TimeAmount.seconds(60)

    private let file: RetainedMemoryFile
    private let relay: TopicRelay
    private let loop: any EventLoop
    private let logger: Logger
    private var savedRevision: UInt64 = 0
    private var pause = delay
    private var timer: Scheduled<Void>?
    private var saving: EventLoopFuture<Void>?
    /// What was said last, so that the same is not said again.
    private var failure: String?
    private var isFinished = false

    init(file: RetainedMemoryFile, relay: TopicRelay, loop: any EventLoop, logger: Logger) {
        self.file = file
        self.relay = relay
        self.loop = loop
        self.logger = logger
        savedRevision = relay.memoryRevision
    }

    /// To be called when something may have changed.
    func check() {
        guard timer == nil, saving == nil, !isFinished, relay.memoryRevision != savedRevision else { return }
        timer = loop.assumeIsolated().scheduleTask(in: pause) { [weak self] in
            self?.timer = nil
            self?.save()
        }
    }

    /// Saves what is not saved yet; succeeds when that is done, or has failed.
    func finish() -> EventLoopFuture<Void> {
        isFinished = true
        timer?.cancel()
        timer = nil
        guard let saving else {
            save()
            return self.saving ?? loop.makeSucceededVoidFuture()
        }
        return saving.assumeIsolated().flatMap { [self] in finish() }.nonisolated()
    }

    private func save() {
        let revision = relay.memoryRevision
        guard saving == nil, revision != savedRevision, let content = relay.memoryContent else { return }
        let begin = NIODeadline.now()
        let done = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [file] in
            Result { () throws(RetainedMemoryFile.Fault) in try file.save(content) }
        }
        saving = done.assumeIsolated().map { [weak self] in
            self?.saved($0, revision, took: .now() - begin)
        }.nonisolated().recover { _ in }
    }

    private func saved(_ result: Result<Void, RetainedMemoryFile.Fault>, _ revision: UInt64, took: TimeAmount) {
        saving = nil
        switch result {
        case .success:
            savedRevision = revision
            pause = Swift.max(Self.delay, took * Self.share)
            if failure != nil { logger.notice("the retained memory is saved again") }
            failure = nil
        case .failure(let fault):
            pause = Self.retryDelay
            if failure != fault.description { logger.warning("\(fault); trying again every minute") }
            failure = fault.description
        }
        check()
    }
}
