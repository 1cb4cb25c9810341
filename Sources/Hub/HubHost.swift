package import Logging
package import NIOCore
package import NIOPosix
package import Transport

/// A hub and its listeners, up until stopped.
package struct HubHost: Sendable {
    /// On the hub's loop only.
    package let driver: NIOLoopBound<HubDriver>
    /// Where it listens, with the real port where 0 was asked for.
    package let addresses: [HubAddress]
    private let listeners: [Listener]
    private let loop: any EventLoop

    /// - Parameters:
    ///   - tls: needed by `tls:` addresses.
    ///   - unixMode: permissions of Unix sockets' files.
    ///   - group: of one thread, which is the hub's.
    /// - Throws: when a listener cannot be had; then none is left behind.
    package static func start(
        _ settings: HubSettings,
        at addresses: [HubAddress],
        tls: TLSServerSettings?,
        unixMode: UInt32,
        on group: MultiThreadedEventLoopGroup,
        logger: Logger
    ) async throws(TransportError) -> HubHost {
        let loop = group.next()
        let driver = await withCheckedContinuation { continuation in
            loop.execute {
                let driver = HubDriver(settings: settings, loop: loop, logger: logger)
                continuation.resume(returning: NIOLoopBound(driver, eventLoop: loop))
            }
        }
        var listeners: [Listener] = []
        do throws(TransportError) {
            for address in addresses {
                let listener = try await Listener.bind(
                    address,
                    on: group,
                    tls: tls,
                    unixMode: unixMode,
                    makeHandler: { binding in driver.value.makeHandler(channelBinding: binding) }
                )
                listeners.append(listener)
            }
        } catch {
            for listener in listeners { await listener.close() }
            throw error
        }
        return HubHost(driver: driver, addresses: listeners.map(\.address), listeners: listeners, loop: loop)
    }

    /// Takes no new clients; those that are there stay.
    package func stopListening() async {
        for listener in listeners { await listener.close() }
    }

    /// Takes no new clients and lets go of those that are there, after they got what waits for them.
    package func stop() async {
        await stopListening()
        try? await loop.flatSubmit { driver.value.stop() }.get()
    }
}
