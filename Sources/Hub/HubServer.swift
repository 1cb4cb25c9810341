package import Logging
import NIOCore
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
        let loop = group.next()
        let driver = try await loop.submit { [settings, logger] in
            NIOLoopBound(HubDriver(settings: settings, loop: loop, logger: logger), eventLoop: loop)
        }.get()
        var listeners: [Listener] = []
        do {
            for address in addresses {
                let listener = try await Listener.bind(
                    address,
                    on: group,
                    tls: tls,
                    unixMode: unixMode,
                    makeHandler: { _ in driver.value.makeHandler() }
                )
                listeners.append(listener)
            }
        } catch {
            for listener in listeners { await listener.close() }
            try? await group.shutdownGracefully()
            throw error
        }
        for listener in listeners { onReady(listener.address) }
        try? await gracefulShutdown()
        for listener in listeners { await listener.close() }
        try? await loop.flatSubmit { driver.value.stop() }.get()
        try? await group.shutdownGracefully()
    }
}
