package import Logging
import NIOPosix
import ServiceLifecycle
package import Transport

/// A hub with its listeners, as a service: `run()` returns after a graceful shutdown.
package struct HubServer: Service {
    private let settings: HubSettings
    private let addresses: [HubAddress]
    private let tls: TLSServerSettings?
    private let unixMode: UInt32
    private let logger: Logger
    private let onReady: @Sendable (HubAddress) -> Void

    /// - Parameters:
    ///   - tls: needed by `tls:` addresses.
    ///   - unixMode: permissions of Unix sockets' files.
    ///   - onReady: told of each listener, with its real port, once all of them accept clients.
    package init(
        settings: HubSettings,
        addresses: [HubAddress],
        tls: TLSServerSettings? = nil,
        unixMode: UInt32 = 0o600,
        logger: Logger,
        onReady: @escaping @Sendable (HubAddress) -> Void
    ) {
        self.settings = settings
        self.addresses = addresses
        self.tls = tls
        self.unixMode = unixMode
        self.logger = logger
        self.onReady = onReady
    }

    /// - Throws: `TransportError` when a listener cannot be had; then none is left behind.
    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let host = try await HubHost.start(
                settings,
                at: addresses,
                tls: tls,
                unixMode: unixMode,
                on: group,
                logger: logger
            )
            for address in host.addresses { onReady(address) }
            try? await gracefulShutdown()
            await host.stop()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }
}
