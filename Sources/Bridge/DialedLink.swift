import Federation
import HubProtocol
import Logging
import NIOCore
import Transport

/// The link to a hub elsewhere: dials, and dials again.
final class DialedLink: BridgeLink {
    private let side: Side
    private let name: String
    /// Until the last connection is gone, which can be later than the bridge's end: that lets go of its links.
    private let bridge: BridgeDriver
    private var plan: RedialPlan<HubAddress>
    private let tls: PreparedTLS?
    private var logger: Logger
    private var generator = SystemRandomNumberGenerator()
    private var isStopped = false
    private var isReading = true
    private var retry: Scheduled<Void>?
    /// Where the first connection goes to; further ones follow it.
    private var address: HubAddress?
    private var handlers: [ObjectIdentifier: LinkHandler] = [:]
    private var connectedAt: NIODeadline?
    private var failures = FailureLog()

    init(
        side: Side,
        name: String,
        plan: RedialPlan<HubAddress>,
        tls: PreparedTLS?,
        bridge: BridgeDriver,
        logger: Logger
    ) {
        self.side = side
        self.name = name
        self.plan = plan
        self.tls = tls
        self.bridge = bridge
        self.logger = logger
        self.logger[metadataKey: "peer"] = "\(name)"
    }

    // MARK: Dialling

    func start() {
        guard !isStopped else { return }
        switch plan.next(using: &generator) {
        case .dial(let address): dial(address)
        case .wait(let time): retry = bridge.schedule(in: time) { [weak self] in self?.start() }
        }
    }

    private func dial(_ address: HubAddress) {
        self.address = address
        connect(to: address) { [self] binding in
            bridge.relay.connected(side, nonce: BridgeDriver.nonce(), channelBinding: binding)
        } failed: { [self] failure in
            tell("\(failure)")
            ended(uptime: .zero, isConfigurationFault: failure.isConfigurationFault)
        }
    }

    /// - Parameter makePort: called when the connection stands, on the loop.
    private func connect(
        to address: HubAddress,
        makePort: @escaping ([UInt8]?) -> RelayPort,
        failed: @escaping (ConnectionFailure) -> Void
    ) {
        let parts = NIOLoopBound((self, makePort, failed), eventLoop: bridge.loop)
        Dialer.connect(to: address, on: bridge.loop, tls: tls) { binding in
            let (link, makePort, _) = parts.value
            return link.handler(address, makePort, binding)
        }.whenFailure { error in
            let (link, _, failed) = parts.value
            guard !link.isStopped else { return }
            failed(error as? ConnectionFailure ?? ConnectionFailure(error))
        }
    }

    private func handler(
        _ address: HubAddress,
        _ makePort: ([UInt8]?) -> RelayPort,
        _ binding: [UInt8]?
    ) -> LinkHandler {
        bridge.readClock()
        let port = makePort(binding)
        let handler = LinkHandler(port: port, address: address, link: self)
        handlers[ObjectIdentifier(port)] = handler
        if port.isMain { connectedAt = .now() }
        return handler
    }

    /// The first connection ended, or did not come about.
    private func ended(uptime: TimeAmount, isConfigurationFault: Bool) {
        plan.ended(after: uptime, isConfigurationFault: isConfigurationFault)
        start()
    }

    private func tell(_ failure: String) {
        guard !isStopped, let line = failures.line(for: failure, now: .now()) else { return }
        logger.warning("\(line)", metadata: ["address": "\(address.map { "\($0)" } ?? "")"])
    }

    // MARK: What sockets tell

    func opened(_ handler: LinkHandler) {
        // A further connection may have become needless while it was dialled.
        if isStopped || handler.port.isClosed { return handler.close() }
        handler.setReading(isReading && bridge.relay.mayRead(side))
        bridge.settle()
    }

    func received(_ bytes: ByteBuffer, from port: RelayPort) { bridge.received(bytes, from: port) }

    func readCycleEnded() { bridge.settle() }

    func writabilityChanged(_ port: RelayPort, isWritable: Bool) {
        bridge.relay.setWritable(port, isWritable)
        bridge.settle()
    }

    func closed(_ handler: LinkHandler) {
        let port = handler.port
        handlers[ObjectIdentifier(port)] = nil
        let farewell = isStopped ? "the bridge stopped" : "the hub closed the connection"
        let words = handler.failure.map { "\($0)" } ?? farewell
        // Of one that was in use the bridge tells.
        if port.isMain, !bridge.relay.end(side).isReady { tell(words) }
        bridge.closed(port, words)
        guard port.isMain else { return }
        let uptime = port.session.isReady ? connectedAt.map { NIODeadline.now() - $0 } ?? .zero : .zero
        ended(uptime: uptime, isConfigurationFault: handler.isConfigurationFault)
    }

    // MARK: What the bridge wants

    func stop() -> EventLoopFuture<Void> {
        isStopped = true
        retry?.cancel()
        return .andAllComplete(handlers.values.compactMap { $0.closeAfterWriting() }, on: bridge.loop)
    }

    func send(_ port: RelayPort) {
        // What is written before the connection stands goes with the first bytes over it.
        guard let handler = handlers[ObjectIdentifier(port)] else { return }
        handler.write(port.session.output)
        port.session.output.clear()
    }

    func close(_ port: RelayPort, _ failure: HubClientFailure?) {
        guard let handler = handlers[ObjectIdentifier(port)] else { return }
        if let failure { handler.note(failure) }
        if failure == nil, !port.isMain { handler.finish() } else { handler.close() }
    }

    func open(_ port: RelayPort) {
        guard let address else { return }
        connect(to: address) { [self] _ in
            bridge.relay.opened(port)
            return port
        } failed: { [self] failure in
            bridge.closed(port, "\(failure)")
        }
    }

    func setReading(_ isReading: Bool) {
        self.isReading = isReading
        for handler in handlers.values { handler.setReading(isReading) }
    }

    /// The relay tells people on hubs of others itself.
    func announce(_ news: BridgeNews) {}
}
