import Federation
import Logging
import MQTTProtocol
import NIOCore
import Transport

/// Runs one bridge between brokers on one event loop: feeds its relay what links bring, and carries out what it wants. The only place where such
/// a bridge meets I/O and the clock. Confined to its loop.
final class TopicBridgeDriver: BrokerLinkDelegate, RunningBridge {
    let relay: TopicRelay
    let loop: any EventLoop
    private let logger: Logger
    private let makeLink: (TopicPort, TopicBridgeDriver) -> BrokerLink
    private let memory: RetainedMemoryKeeper?
    private var links = TopicLinks()
    private var isSettling = false
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var whenIdle: EventLoopPromise<Void>?
    private var isStopped = false

    /// - Parameters:
    ///   - memoryFile: where what is remembered of retained messages is saved; nil: nowhere.
    ///   - restored: what was found there.
    ///   - makeLink: for the main connections as well as for those that read retained messages, which are dialled once.
    init(
        settings: TopicRelaySettings,
        memoryFile: RetainedMemoryFile? = nil,
        restored: RetainedMemoryFile.Content? = nil,
        loop: any EventLoop,
        logger: Logger,
        makeLink: @escaping (TopicPort, TopicBridgeDriver) -> BrokerLink
    ) {
        self.loop = loop
        var logger = logger
        logger[metadataKey: "bridge"] = "\(settings.id)"
        self.logger = logger
        self.makeLink = makeLink
        let relay = TopicRelay(settings: settings, instance: BridgeDriver.nonce(), restored: restored, now: .now())
        self.relay = relay
        let ownLogger = logger
        memory = memoryFile.map { RetainedMemoryKeeper(file: $0, relay: relay, loop: loop, logger: ownLogger) }
    }

    func start() {
        for side in Side.allCases { open(TopicPort(side)) }
    }

    private func open(_ port: TopicPort) {
        let link = makeLink(port, self)
        links[port] = link
        link.start()
    }

    /// Where a link leads to now.
    func address(of side: Side) -> BrokerAddress? { links[TopicPort(side)]?.address }

    private func port(of link: BrokerLink) -> TopicPort? { links.port(of: link) }

    // MARK: What links tell

    func connected(_ link: BrokerLink) {
        guard let port = port(of: link) else { return }
        relay.advance(to: .now())
        relay.connected(port)
        settle()
    }

    func received(_ bytes: ByteBuffer, on link: BrokerLink) {
        guard let port = port(of: link) else { return }
        relay.advance(to: .now())
        var bytes = bytes
        relay.receive(&bytes, on: port)
    }

    func readCycleEnded(_ link: BrokerLink) {
        settle()
        guard let port = port(of: link), !port.isReading else { return }
        if let pause = relay.readEnded(port.side) { link.pauseReading(for: pause) }
    }

    func writabilityChanged(_ link: BrokerLink, isWritable: Bool) {
        guard let port = port(of: link), !port.isReading else { return }
        relay.setWritable(port.side, isWritable)
        settle()
    }

    func disconnected(_ link: BrokerLink, because words: String) {
        guard let port = port(of: link) else { return }
        relay.advance(to: .now())
        if port.isReading { links[port] = nil }
        relay.disconnected(port, because: words)
        settle()
    }

    func wordsForHangUp(on link: BrokerLink) -> String? { port(of: link).flatMap { relay.hangUp($0)?.line } }

    func dialFailed(_ link: BrokerLink, because reason: String) {
        guard let port = port(of: link), port.isReading else { return }
        disconnected(link, because: reason)
    }

    func firstAddressAnswers(_ link: BrokerLink) {
        guard let port = port(of: link), !port.isReading else { return }
        relay.advance(to: .now())
        relay.giveUp(port.side)
        settle()
    }

    // MARK: Carrying out

    /// Carries out all that the relay wants. A write can fill a socket or end it, which tells the relay, which may want more: the inner
    /// call leaves that to the outer one.
    private func settle() {
        guard !isSettling else { return }
        isSettling = true
        var isQuiet: Bool
        repeat {
            isQuiet = true
            while let output = relay.nextOutput() {
                carryOut(output)
                isQuiet = false
            }
            for port in TopicPort.all {
                guard let link = links[port], let bytes = relay.takeOutput(port) else { continue }
                link.send(bytes)
                isQuiet = false
            }
        } while !isQuiet
        isSettling = false
        for side in Side.allCases { links[TopicPort(side)]?.setReading(relay.mayRead(side)) }
        if relay.isReadingStored {
            for side in Side.allCases { links[TopicPort(side, isReading: true)]?.setReading(relay.mayReadStored()) }
        }
        memory?.check()
        armTimer()
        if relay.messagesInFlight == 0 { whenIdle?.succeed() }
    }

    private func carryOut(_ output: TopicRelayOutput) {
        switch output {
        case .beginReading(let side): open(TopicPort(side, isReading: true))
        case .endReading(let side, let farewell):
            let port = TopicPort(side, isReading: true)
            guard let link = links[port] else { return }
            links[port] = nil
            if let farewell { link.send(farewell) }
            _ = link.stop()
        case .close(let side, let failure):
            let port = TopicPort(side)
            // What the session put out last goes first.
            if let bytes = relay.takeOutput(port) { links[port]?.send(bytes) }
            guard let link = links[port] else { return }
            link.close(
                because: failure?.line ?? "done",
                isConfigurationFault: failure?.isConfigurationFault ?? false,
                redirect: failure?.serverReference.flatMap { link.address?.serverReferences(in: $0) } ?? []
            )
        case .steady(let side): links[TopicPort(side)]?.markSteady()
        case .tell(let level, let words, let fields): log(level, words, fields)
        }
    }

    private func log(_ level: TopicRelayOutput.Level, _ words: String, _ fields: [(String, String)]) {
        let metadata = Logger.Metadata(fields.map { ($0.0, "\($0.1)") }) { _, last in last }
        let level: Logger.Level =
            switch level {
            case .debug: .debug
            case .notice: .notice
            case .warning: .warning
            }
        // What ends because the bridge does is no reason to look after it.
        logger.log(level: isStopped ? .debug : level, "\(words)", metadata: metadata)
    }

    /// One timer for the bridge, set anew only when its time comes nearer or it has rung.
    private func armTimer() {
        let deadline = relay.nextDeadline
        guard deadline < timerDeadline, !isStopped else { return }
        timer?.cancel()
        timerDeadline = deadline
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: deadline) { bound.value.timerRang() }
    }

    private func timerRang() {
        timerDeadline = .distantFuture
        timer = nil
        relay.advance(to: .now())
        relay.deadlineReached()
        settle()
    }

    // MARK: Stopping

    /// Takes no new messages; succeeds when none is under way, or when the time is up.
    func drain(within timeout: TimeAmount) -> EventLoopFuture<Void> {
        relay.advance(to: .now())
        relay.drain()
        settle()
        guard relay.messagesInFlight > 0 else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        whenIdle = promise
        let task = loop.scheduleTask(in: timeout) { promise.succeed() }
        promise.futureResult.whenComplete { _ in task.cancel() }
        return promise.futureResult
    }

    func forget() { relay.forget() }

    /// Says farewell to both brokers, and ends.
    func stop() -> EventLoopFuture<Void> {
        guard !isStopped else { return loop.makeSucceededVoidFuture() }
        isStopped = true
        relay.advance(to: .now())
        relay.end()
        settle()
        let ends = TopicPort.all.compactMap { links[$0]?.stop() }
        links = TopicLinks()
        timer?.cancel()
        timer = nil
        let summary = relay.accounts.summary
        logger.notice("bridge stopped", metadata: summary.isEmpty ? [:] : ["messages": "\(summary)"])
        let ended = EventLoopFuture.andAllComplete(ends, on: loop)
        guard let memory else { return ended }
        return ended.assumeIsolated().flatMap { memory.finish() }.nonisolated()
    }
}
