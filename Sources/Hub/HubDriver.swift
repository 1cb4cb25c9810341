import Glibc
package import HubProtocol
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
    private var ends: [(any HubClientEnd)?] = []
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

    /// - Parameter channelBinding: SHA-256 of the certificate that TLS clients are shown; nil without TLS.
    package func makeHandler(channelBinding: [UInt8]? = nil) -> any ChannelHandler {
        HubConnectionHandler(driver: self, channelBinding: channelBinding)
    }

    package var hubID: String { hub.id.text }

    /// Takes in a client that lies in this process, on this loop.
    package func attach(id: String, mode: ClientMode, handlers: AttachedHubClient.Handlers) -> AttachedHubClient {
        loop.preconditionInEventLoop()
        readClock()
        let connection = hub.attach(id: Name(id), mode: mode, address: "attached")
        let client = AttachedHubClient(driver: self, connection: connection, handlers: handlers)
        keep(client, for: connection)
        return client
    }

    /// Says something on the hub's own channels (`Hub.announce`).
    package func announce(_ event: String, _ fields: [(StaticString, String)], isError: Bool) {
        readClock()
        hub.announce(event, fields, isError: isError)
        settleSoon()
    }

    /// Seconds since 1970.
    private static func unixSeconds() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return now.tv_sec
    }

    private func readClock() { hub.advance(to: .now(), unixSeconds: Self.unixSeconds()) }

    // MARK: What sockets tell

    func opened(_ handler: HubConnectionHandler, address: String, host: String, binding: [UInt8]?) -> HubConnection {
        loop.preconditionInEventLoop()
        readClock()
        let connection = hub.open(address: address, host: host, channelBinding: binding)
        keep(handler, for: connection)
        return connection
    }

    private func keep(_ end: any HubClientEnd, for connection: HubConnection) {
        while ends.count <= connection.slot { ends.append(nil) }
        ends[connection.slot] = end
        if whenEmpty != nil { hub.end(connection) }
        settleSoon()
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
        ends[connection.slot] = nil
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
    private func end(of connection: HubConnection) -> (any HubClientEnd)? {
        guard let end = ends[connection.slot], end.connection === connection else { return nil }
        return end
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
            case .send(let connection, let bytes): end(of: connection)?.write(bytes)
            case .drain(let connection): drain(connection)
            case .close(let connection): end(of: connection)?.closeAfterWriting()
            case .pauseReading(let connection): end(of: connection)?.setReading(false)
            case .resumeReading(let connection): end(of: connection)?.setReading(true)
            }
            if !hub.hasOutput { hub.flush() }
        }
        armTimer()
    }

    /// Fills the socket as far as it goes; it tells when it can take more.
    private func drain(_ connection: HubConnection) {
        guard let end = end(of: connection) else { return }
        while end.isWritable, let chunk = hub.nextQueued(connection) { end.write(chunk) }
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
