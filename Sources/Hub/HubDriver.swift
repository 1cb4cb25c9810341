import Glibc
package import Logging
package import NIOCore
import Transport

/// Runs one hub on one event loop: feeds it what sockets bring, and carries out what it wants. The only place where the hub meets I/O and the
/// clock. Confined to its loop.
package final class HubDriver {
    private let hub: Hub
    private let loop: any EventLoop
    private let logger: Logger
    /// By the connection's slot.
    private var handlers: [HubConnectionHandler?] = []
    private var isSettling = false
    private var isSettleScheduled = false
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var whenEmpty: EventLoopPromise<Void>?

    package init(settings: HubSettings, loop: any EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
        hub = Hub(settings: settings, logger: logger, now: .now(), unixSeconds: Self.unixSeconds())
    }

    package func makeHandler() -> any ChannelHandler { HubConnectionHandler(driver: self) }

    /// Seconds since 1970.
    private static func unixSeconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return now.tv_sec
    }

    private func readClock() { hub.advance(to: .now(), unixSeconds: Self.unixSeconds()) }

    // MARK: What sockets tell

    func opened(_ handler: HubConnectionHandler, address: String, host: String) -> HubConnection {
        loop.preconditionInEventLoop()
        readClock()
        let connection = hub.open(address: address, host: host)
        while handlers.count <= connection.slot { handlers.append(nil) }
        handlers[connection.slot] = handler
        if whenEmpty != nil { hub.end(connection) }
        settleSoon()
        return connection
    }

    func received(_ bytes: ByteBuffer, from connection: HubConnection) {
        readClock()
        var rest = bytes
        while hub.receive(&rest, from: connection) { settle() }
        // A large cycle is sent on as it goes, so that its bytes do not pile up.
        if hub.hasOutput { settle() }
    }

    /// What all sockets that were ready together brought leaves together: one write for each receiver.
    func readCycleEnded() { settleSoon() }

    func writabilityChanged(_ connection: HubConnection, isWritable: Bool) {
        readClock()
        hub.writabilityChanged(connection, isWritable: isWritable)
        if hub.hasOutput { settleSoon() }
    }

    /// The client will send nothing more: it gets what is on its way to it, and goes.
    func inputClosed(_ connection: HubConnection) {
        readClock()
        hub.end(connection)
        settleSoon()
    }

    func closed(_ connection: HubConnection) {
        readClock()
        hub.closed(connection)
        handlers[connection.slot] = nil
        settleSoon()
        if hub.connectionCount == 0 { whenEmpty?.succeed() }
    }

    func failed(_ connection: HubConnection?, _ error: any Error) {
        let failure = ConnectionFailure(error)
        logger.log(
            level: failure.isHangUp ? .debug : .info,
            "connection failed",
            metadata: ["address": "\(connection?.address ?? "unknown")", "error": "\(failure)"]
        )
    }

    /// nil when the connection is gone; its slot may be another's by then.
    private func handler(of connection: HubConnection) -> HubConnectionHandler? {
        guard let handler = handlers[connection.slot], handler.connection === connection else { return nil }
        return handler
    }

    // MARK: Carrying out

    private func settleSoon() {
        guard !isSettleScheduled else { return }
        isSettleScheduled = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.settleNow() }
    }

    private func settleNow() {
        isSettleScheduled = false
        settle()
    }

    /// Carries out all that the hub wants. Writing can end a connection or fill a socket, which tells the hub, which may want more: the
    /// inner call leaves that to the outer one.
    private func settle() {
        guard !isSettling else { return }
        isSettling = true
        defer { isSettling = false }
        hub.flush()
        while let output = hub.nextOutput() {
            switch output {
            case .send(let connection, let bytes): handler(of: connection)?.write(bytes)
            case .drain(let connection): drain(connection)
            case .close(let connection): handler(of: connection)?.closeAfterWriting()
            case .pauseReading(let connection): handler(of: connection)?.setReading(false)
            case .resumeReading(let connection): handler(of: connection)?.setReading(true)
            }
            if !hub.hasOutput { hub.flush() }
        }
        armTimer()
    }

    /// Fills the socket as far as it goes; it tells when it can take more.
    private func drain(_ connection: HubConnection) {
        guard let handler = handler(of: connection) else { return }
        while handler.isWritable, let chunk = hub.nextQueued(connection) { handler.write(chunk) }
    }

    /// One timer for the hub, set anew only when its time comes nearer or it has rung.
    private func armTimer() {
        guard let deadline = hub.nextDeadline, deadline < timerDeadline else { return }
        timer?.cancel()
        timerDeadline = deadline
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: deadline) { bound.value.timerRang() }
    }

    private func timerRang() {
        timerDeadline = .distantFuture
        timer = nil
        readClock()
        hub.deadlineReached()
        settle()
    }

    // MARK: Stopping

    /// Lets go of every client, after it got what waits for it.
    package func stop() -> EventLoopFuture<Void> {
        readClock()
        let promise = loop.makePromise(of: Void.self)
        whenEmpty = promise
        hub.closeAll()
        settle()
        if hub.connectionCount == 0 { promise.succeed() }
        let drops = hub.drops.summary
        logger.notice("hub stopped", metadata: drops.isEmpty ? [:] : ["dropped": "\(drops)"])
        return promise.futureResult
    }
}
