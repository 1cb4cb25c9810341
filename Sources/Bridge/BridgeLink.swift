import Federation
import HubProtocol
import NIOCore

/// What a bridge's driver asks of the link to one hub, be that a socket away or in this process. Confined to the bridge's loop.
protocol BridgeLink: AnyObject {
    /// Begins, and from then on keeps the hub connected.
    func start()
    /// Ends for good; the connections close after what was written, and with the last of them the future succeeds.
    func stop() -> EventLoopFuture<Void>
    /// Hands what waits in the port's session to the hub.
    func send(_ port: RelayPort)
    func close(_ port: RelayPort, _ failure: HubClientFailure?)
    /// Connects once more, for proxies of one far client.
    func open(_ port: RelayPort)
    func setReading(_ isReading: Bool)
    /// Tells people on the hub's own channels, where the hub is ours.
    func announce(_ news: BridgeNews)
}
