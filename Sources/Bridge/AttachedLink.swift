import Federation
import Hub
import HubProtocol
import NIOCore

/// The link to a hub of this process: frames go from memory to memory.
final class AttachedLink: BridgeLink {
    private let side: Side
    private let hub: HubDriver
    private unowned let bridge: BridgeDriver
    private var client: AttachedHubClient?
    private var port: RelayPort?
    private var isStopped = false
    private var retry: Scheduled<Void>?
    /// Empty; takes turns with the session's output, so that memory is used again.
    private var spare = ByteBuffer()

    /// How long a bridge waits that the hub put out, and one that can't be on it for a fault of the configuration.
    private static let retryInterval = TimeAmount.milliseconds(500)
    private static let faultInterval = TimeAmount.seconds(60)

    init(side: Side, hub: HubDriver, bridge: BridgeDriver) {
        self.side = side
        self.hub = hub
        self.bridge = bridge
    }

    func start() {
        guard !isStopped else { return }
        guard bridge.relay.mayRead(side) else { return startLater(in: Self.retryInterval) }
        let client = hub.attach(
            id: bridge.relay.clientID(nonce: BridgeDriver.nonce()),
            mode: .bridge,
            handlers: (
                received: { [unowned self] in received($0) },
                readingChanged: { [unowned self] in readingChanged($0) },
                closed: { [unowned self] in closed("the hub put the bridge out", isConfigurationFault: false) }
            )
        )
        self.client = client
        bridge.readClock()
        port = bridge.relay.attached(side, clientID: client.clientID, hubID: client.hubID)
        client.setWritable(bridge.relay.mayRead(side))
        bridge.settle()
    }

    private func received(_ bytes: ByteBuffer) {
        guard let port else { return }
        bridge.received(bytes, from: port)
        bridge.settle()
    }

    private func readingChanged(_ isReading: Bool) {
        guard let port else { return }
        bridge.relay.setWritable(port, isReading)
        bridge.settle()
    }

    private func closed(_ words: String, isConfigurationFault: Bool) {
        guard let port else { return }
        self.port = nil
        client = nil
        bridge.closed(port, words)
        guard !isStopped else { return }
        startLater(in: isConfigurationFault ? Self.faultInterval : Self.retryInterval)
    }

    /// While the other side takes nothing, too: what the hub would say could go nowhere.
    private func startLater(in time: TimeAmount) {
        retry = bridge.schedule(in: time) { [weak self] in self?.start() }
    }

    func stop() -> EventLoopFuture<Void> {
        isStopped = true
        retry?.cancel()
        client?.detach()
        closed("the bridge stopped", isConfigurationFault: false)
        return bridge.loop.makeSucceededVoidFuture()
    }

    /// The hub may say something while it takes the bytes, and the bridge answer: so they are taken out first.
    func send(_ port: RelayPort) {
        var bytes = spare
        spare = ByteBuffer()
        swap(&bytes, &port.session.output)
        client?.send(bytes)
        bytes.clear()
        spare = bytes
    }

    func close(_ port: RelayPort, _ failure: HubClientFailure?) {
        client?.detach()
        closed(failure.map { "\($0)" } ?? "closed", isConfigurationFault: failure?.isConfigurationFault ?? false)
    }

    /// Hubs of this process take registrations back one by one; no further connections are needed.
    func open(_ port: RelayPort) { bridge.closed(port, "no further connections to a hub of this process") }

    func setReading(_ isReading: Bool) { client?.setWritable(isReading) }

    func announce(_ news: BridgeNews) {
        hub.announce(news.event.rawValue, news.fields.map { ($0.key, $0.value) }, isError: news.isError)
    }
}
