import Federation
import Hub
import HubProtocol
import Logging
import NIOCore

/// Runs one bridge on one event loop: feeds its relay what links bring, and carries out what it wants. The only place where a bridge meets I/O
/// and the clock. Confined to its loop.
final class BridgeDriver: RunningBridge {
    let relay: BridgeRelay
    let loop: any EventLoop
    private let logger: Logger
    private var first: (any BridgeLink)?
    private var second: (any BridgeLink)?
    private var isSettling = false
    private var timer: Scheduled<Void>?
    private var timerDeadline = NIODeadline.distantFuture
    private var whenIdle: EventLoopPromise<Void>?
    private var isStopped = false

    init(settings: RelaySettings, loop: any EventLoop, logger: Logger) {
        self.loop = loop
        var logger = logger
        logger[metadataKey: "bridge"] = "\(settings.id)"
        self.logger = logger
        relay = BridgeRelay(settings: settings, now: .now())
    }

    /// Tells one connection of a bridge from all others.
    static func nonce() -> String {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    func readClock() { relay.advance(to: .now()) }

    func start(first: any BridgeLink, second: any BridgeLink) {
        self.first = first
        self.second = second
        first.start()
        second.start()
    }

    private func link(_ side: Side) -> (any BridgeLink)? { side == .first ? first : second }

    // MARK: What links tell

    func received(_ bytes: ByteBuffer, from port: RelayPort) {
        readClock()
        var bytes = bytes
        relay.received(&bytes, from: port)
    }

    func closed(_ port: RelayPort, _ words: String) {
        readClock()
        relay.closed(port, because: words)
        settle()
    }

    func schedule(in time: TimeAmount, _ task: @escaping () -> Void) -> Scheduled<Void> {
        let bound = NIOLoopBound(task, eventLoop: loop)
        return loop.scheduleTask(in: time) { bound.value() }
    }

    // MARK: Carrying out

    /// Carries out all that the relay wants. A write can fill a socket or end it, which tells the relay, which may want more: the inner
    /// call leaves that to the outer one.
    func settle() {
        guard !isSettling else { return }
        isSettling = true
        repeat {
            relay.settle()
            while let output = relay.nextOutput() { carryOut(output) }
        } while relay.needsSettling
        isSettling = false
        armTimer()
        if relay.callsInFlight == 0 { whenIdle?.succeed() }
    }

    private func carryOut(_ output: RelayOutput) {
        switch output {
        case .send(let port): link(port.side)?.send(port)
        case .close(let port, let failure): link(port.side)?.close(port, failure)
        case .open(let port): link(port.side)?.open(port)
        case .setReading(let side, let isReading): link(side)?.setReading(isReading)
        case .tell(let side?, let news): link(side)?.announce(news)
        // That the links end is no news when the bridge does.
        case .tell(nil, let news): if !isStopped { log(news) }
        }
    }

    private func log(_ news: BridgeNews) {
        var metadata: Logger.Metadata = [:]
        for field in news.fields where field.key.description != "bridge" {
            metadata[field.key.description] = "\(field.value)"
        }
        // What ends because the bridge does is no reason to look after it.
        logger.log(level: isStopped ? .debug : news.level, "\(news.words)", metadata: metadata)
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
        readClock()
        relay.deadlineReached()
        settle()
    }

    // MARK: Stopping

    /// Takes no new calls; succeeds when none is in flight, or when the time is up.
    func drain(within timeout: TimeAmount) -> EventLoopFuture<Void> {
        readClock()
        relay.drain()
        guard relay.callsInFlight > 0 else { return loop.makeSucceededVoidFuture() }
        let promise = loop.makePromise(of: Void.self)
        whenIdle = promise
        let task = loop.scheduleTask(in: timeout) { promise.succeed() }
        promise.futureResult.whenComplete { _ in task.cancel() }
        return promise.futureResult
    }

    /// Ends both links. Calls that still wait end with a reason.
    func stop() -> EventLoopFuture<Void> {
        guard !isStopped else { return loop.makeSucceededVoidFuture() }
        isStopped = true
        readClock()
        relay.endAllCalls()
        settle()
        let ends = [first, second].compactMap { $0?.stop() }
        first = nil
        second = nil
        timer?.cancel()
        timer = nil
        let drops = relay.counts.dropSummary
        logger.notice("bridge stopped", metadata: drops.isEmpty ? [:] : ["dropped": "\(drops)"])
        return .andAllComplete(ends, on: loop)
    }
}

extension BridgeNews {
    fileprivate var level: Logger.Level {
        switch event {
        case .linkUp: .notice
        case .linkDown, .registrationRefused, .loopRefused, .dropped: .warning
        case .registrationRelayed, .registrationWithdrawn: .debug
        }
    }

    fileprivate var words: String {
        switch event {
        case .linkUp: "connected"
        case .linkDown: "connection lost"
        case .registrationRelayed: "registration relayed"
        case .registrationWithdrawn: "registration withdrawn"
        case .registrationRefused: "the hub refused"
        case .loopRefused: "loop refused"
        case .dropped: "messages not passed on so far"
        }
    }
}
