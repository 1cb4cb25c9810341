import Logging
import NIOCore
import Transport

/// A link to a broker: dials, dials again, and carries bytes for its delegate, which knows what they mean. Confined to its loop.
///
/// One that does not redial serves a single connection: a second one beside a link that lasts.
final class BrokerLink {
    let name: String
    private let loop: any EventLoop
    private var plan: RedialPlan<BrokerAddress>
    private let tls: PreparedTLS?
    private let redials: Bool
    private var logger: Logger
    private var generator = SystemRandomNumberGenerator()
    private var failures = FailureLog()
    /// Until the link is over, and with it every call.
    private var delegate: (any BrokerLinkDelegate)?
    private var handler: BrokerLinkHandler?
    /// Where the connection leads to, or the dial that goes on.
    private(set) var address: BrokerAddress?
    private var steadyAt: NIODeadline?
    /// Brokers that the one at the other end has named.
    private var redirect: [BrokerAddress] = []
    private var retry: Scheduled<Void>?
    private var firstLook: Scheduled<Void>?
    private var isStopped = false

    init(
        name: String,
        plan: RedialPlan<BrokerAddress>,
        tls: PreparedTLS?,
        redials: Bool = true,
        loop: any EventLoop,
        delegate: any BrokerLinkDelegate,
        logger: Logger
    ) {
        self.name = name
        self.plan = plan
        self.tls = tls
        self.redials = redials
        self.loop = loop
        self.delegate = delegate
        self.logger = logger
        self.logger[metadataKey: "peer"] = "\(name)"
    }

    var isConnected: Bool { handler != nil }

    // MARK: Dialling

    func start() {
        guard !isStopped, handler == nil else { return }
        switch plan.next(using: &generator) {
        case .dial(let address): dial(address)
        case .wait(let time): retry = loop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.start() }
        }
    }

    private func dial(_ address: BrokerAddress) {
        self.address = address
        let link = NIOLoopBound(self, eventLoop: loop)
        Dialer.connect(to: address, on: loop, tls: tls) { _ in
            BrokerLinkHandler(address: address, link: link.value)
        }.whenFailure { error in
            link.value.dialFailed(ConnectionFailure(error, dialing: address))
        }
    }

    private func dialFailed(_ failure: ConnectionFailure) {
        guard !isStopped else { return }
        tell(failure.description)
        delegate?.dialFailed(self, because: failure.description)
        ended(uptime: .zero, isConfigurationFault: failure.isConfigurationFault)
    }

    private func ended(uptime: TimeAmount, isConfigurationFault: Bool) {
        plan.ended(after: uptime, isConfigurationFault: isConfigurationFault)
        if !redirect.isEmpty { plan.redirect(to: redirect) }
        redirect = []
        guard redials, !isStopped else { return finish() }
        start()
    }

    private func finish() {
        isStopped = true
        delegate = nil
    }

    private func tell(_ failure: String) {
        guard !isStopped, let line = failures.line(for: failure, now: .now()) else { return }
        logger.warning("\(line)", metadata: ["address": "\(address.map { "\($0)" } ?? "")"])
    }

    // MARK: The first address

    private func lookForFirst() {
        guard redials, let time = plan.retryFirstAfter else { return }
        firstLook?.cancel()
        firstLook = loop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.tryFirst() }
    }

    /// Whether somebody answers there is seen without a session, which would end the one that there is.
    private func tryFirst() {
        guard let first = plan.addresses.first else { return }
        let link = NIOLoopBound(self, eventLoop: loop)
        Dialer.connect(to: first, on: loop, tls: tls) { _ in SilentHandler() }.whenComplete { result in
            if case .success(let connection) = result { connection.channel.close(promise: nil) }
            link.value.triedFirst(answers: (try? result.get()) != nil)
        }
    }

    private func triedFirst(answers: Bool) {
        guard !isStopped, steadyAt != nil, plan.retryFirstAfter != nil else { return }
        guard answers else { return lookForFirst() }
        plan.returnToFirst()
        delegate?.firstAddressAnswers(self)
    }

    // MARK: What sockets tell

    func opened(_ handler: BrokerLinkHandler) {
        // Stopped while it dialled.
        guard !isStopped, let delegate else {
            handler.closeAfterWriting()
            return
        }
        self.handler = handler
        delegate.connected(self)
    }

    func received(_ bytes: ByteBuffer, on handler: BrokerLinkHandler) {
        if handler === self.handler { delegate?.received(bytes, on: self) }
    }

    func readCycleEnded(_ handler: BrokerLinkHandler) {
        if handler === self.handler { delegate?.readCycleEnded(self) }
    }

    func writabilityChanged(_ handler: BrokerLinkHandler, isWritable: Bool) {
        if handler === self.handler { delegate?.writabilityChanged(self, isWritable: isWritable) }
    }

    func closed(_ handler: BrokerLinkHandler) {
        guard handler === self.handler else { return }
        self.handler = nil
        firstLook?.cancel()
        let uptime = steadyAt.map { NIODeadline.now() - $0 }
        // A broker that does not like what it hears may simply go, and the socket says no more than that.
        let hangUp = uptime == nil && !handler.isConfigurationFault ? delegate?.wordsForHangUp(on: self) : nil
        let reason = hangUp ?? handler.reason ?? "the broker closed the connection"
        steadyAt = nil
        // Of one that was in use the delegate tells.
        if uptime == nil { tell(reason) }
        delegate?.disconnected(self, because: reason)
        ended(uptime: uptime ?? .zero, isConfigurationFault: handler.isConfigurationFault)
    }

    // MARK: What the delegate wants

    /// Writes and flushes; without a connection nothing happens.
    func send(_ bytes: ByteBuffer) { handler?.write(bytes) }

    /// Of this connection: the next one is read from the start.
    func setReading(_ isReading: Bool) { handler?.setReading(isReading) }

    /// Nothing is read for a moment, so that more comes at once.
    func pauseReading(for time: TimeAmount) { handler?.pauseReading(for: time) }

    /// The link is of use from now on, and a connection that ends later was a success.
    func markSteady() {
        guard handler != nil, steadyAt == nil else { return }
        steadyAt = .now()
        lookForFirst()
    }

    /// Ends the connection after what was written; then the plan goes on, first with the brokers of `redirect`.
    func close(because reason: String, isConfigurationFault: Bool, redirect: [BrokerAddress] = []) {
        guard let handler else { return }
        handler.note(reason, isConfigurationFault: isConfigurationFault)
        self.redirect = redirect
        handler.closeAfterWriting()
    }

    /// Ends for good. The connection closes after what was written, and with it the future succeeds.
    func stop() -> EventLoopFuture<Void> {
        isStopped = true
        retry?.cancel()
        firstLook?.cancel()
        handler?.note("the bridge stopped", isConfigurationFault: false)
        guard let end = handler?.closeAfterWriting() else {
            delegate = nil
            return loop.makeSucceededVoidFuture()
        }
        return end
    }
}

/// Of a connection that is only there to see whether somebody answers.
private final class SilentHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
