package import Configuration
import Federation
import Hub
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
package import Transport

/// All hubs and bridges of one configuration, as a service: `run()` returns after a graceful shutdown.
package final class BridgeServer: Service {
    package enum Event: Sendable {
        /// A hosted hub accepts clients here.
        case listening(hub: String, HubAddress)
        /// Everything of the configuration has been started.
        case ready
        /// A new configuration has taken effect; what changed, in words.
        case reloaded(String)
    }

    private let configuration: BridgeConfiguration
    private let logger: Logger
    private let onEvent: @Sendable (Event) -> Void
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let reloads: AsyncStream<BridgeConfiguration>
    private let reload: AsyncStream<BridgeConfiguration>.Continuation

    package init(
        configuration: BridgeConfiguration,
        logger: Logger,
        onEvent: @escaping @Sendable (Event) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onEvent = onEvent
        (reloads, reload) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes over a new configuration, which has been checked: only what differs is touched.
    package func reload(_ configuration: BridgeConfiguration) { reload.yield(configuration) }

    /// Calls `tell` again and again on the event loop: while it stays away, the loop is stuck. For watchdogs.
    package func whileAlive(every interval: Duration, _ tell: @escaping @Sendable () -> Void) {
        let amount = TimeAmount(interval)
        group.next().scheduleRepeatedTask(initialDelay: .zero, delay: amount) { _ in tell() }
    }

    /// - Throws: `TransportError` when a listener cannot be had, or a certificate cannot be used; then nothing is left behind.
    package func run() async throws {
        var running = Running(group: group, logger: logger, onEvent: onEvent)
        do {
            try await running.change(to: configuration, isFirst: true)
        } catch {
            await running.stop()
            try? await group.shutdownGracefully()
            throw error
        }
        onEvent(.ready)
        for await configuration in reloads.cancelOnGracefulShutdown() {
            let difference = ConfigurationDifference(old: running.configuration ?? configuration, new: configuration)
            do {
                try await running.change(to: configuration, isFirst: false)
            } catch {
                logger.error("not all of the new configuration could be started", metadata: ["error": "\(error)"])
            }
            onEvent(.reloaded("\(difference)"))
        }
        await running.stop()
        try? await group.shutdownGracefully()
    }
}

/// What runs of a configuration.
private struct Running {
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    let onEvent: @Sendable (BridgeServer.Event) -> Void
    var configuration: BridgeConfiguration?
    var hubs: [String: HubHost] = [:]
    var bridges: [String: NIOLoopBound<any RunningBridge>] = [:]
    /// Of bridges between brokers, by id: what those that follow them have to know.
    var topicSettings: [String: TopicRelaySettings] = [:]

    init(group: MultiThreadedEventLoopGroup, logger: Logger, onEvent: @escaping @Sendable (BridgeServer.Event) -> Void)
    {
        self.group = group
        self.logger = logger
        self.onEvent = onEvent
    }

    /// Stops what is gone or changed, and starts what is new or changed.
    ///
    /// - Throws: the first thing that could not be started; what comes after it is started nevertheless, unless it is the first time.
    mutating func change(to new: BridgeConfiguration, isFirst: Bool) async throws {
        let old = configuration ?? BridgeConfiguration(file: new.file, hubs: [], bridges: [])
        let difference = ConfigurationDifference(old: old, new: new)
        let touchedHubs = Set(difference.hubs.removed + difference.hubs.changed)
        let touchedBridges = old.bridges.filter { bridge in
            difference.bridges.removed.contains(bridge.id) || difference.bridges.changed.contains(bridge.id)
                || touchedHubs.contains(bridge.first) || touchedHubs.contains(bridge.second)
        }
        for bridge in touchedBridges {
            let isLast = !leavesSessions(bridge, old, to: new)
            await stopBridge(bridge.id, isLast: isLast, drainTimeout: old.drainTimeout)
        }
        for name in touchedHubs { await hubs.removeValue(forKey: name)?.stop() }
        configuration = new
        var failure: (any Error)?
        for hub in new.hubs where hubs[hub.name] == nil {
            do {
                try await startHub(hub)
            } catch {
                if isFirst { throw error }
                failure = failure ?? error
            }
        }
        for bridge in new.bridges where bridges[bridge.id] == nil {
            do {
                try await startBridge(bridge, new)
            } catch {
                if isFirst { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private mutating func startHub(_ peer: PeerConfiguration) async throws {
        guard case .hosted(let hub) = peer.kind else { return }
        var logger = logger
        logger[metadataKey: "hub"] = "\(peer.name)"
        let host = try await HubHost.start(
            hub.settings,
            at: hub.listen,
            tls: hub.serverTLS,
            unixMode: hub.unixMode,
            on: group,
            logger: logger
        )
        hubs[peer.name] = host
        for address in host.addresses { onEvent(.listening(hub: peer.name, address)) }
    }

    private mutating func startBridge(
        _ bridge: Configuration.BridgeSettings,
        _ configuration: BridgeConfiguration
    ) async throws {
        guard let settings = try bridge.relaySettings(configuration) else {
            return try await startBrokerBridge(bridge, configuration)
        }
        let first = try end(bridge.first, configuration)
        let second = try end(bridge.second, configuration)
        let loop = group.next()
        let logger = logger
        bridges[bridge.id] = try await loop.submit {
            let driver = BridgeDriver(settings: settings, loop: loop, logger: logger)
            driver.start(
                first: first.link(.first, driver, logger),
                second: second.link(.second, driver, logger)
            )
            return NIOLoopBound<any RunningBridge>(driver, eventLoop: loop)
        }.get()
    }

    private mutating func startBrokerBridge(
        _ bridge: Configuration.BridgeSettings,
        _ configuration: BridgeConfiguration
    ) async throws {
        let earlier = topicSettings[bridge.id]
        guard let settings = bridge.topicRelaySettings(configuration)?.following(earlier) else {
            throw TransportError("bridge \(bridge.id) joins what cannot be joined")
        }
        topicSettings[bridge.id] = settings
        let first = try brokerEnd(bridge.first, configuration)
        let second = try brokerEnd(bridge.second, configuration)
        let loop = group.next()
        var logger = logger
        logger[metadataKey: "bridge"] = "\(bridge.id)"
        let linkLogger = logger
        let memoryFile = bridge.topics?.retainedMemory.map { RetainedMemoryFile(path: $0) }
        let restored = await load(memoryFile, logger)
        bridges[bridge.id] = try await loop.submit {
            let driver = TopicBridgeDriver(
                settings: settings,
                memoryFile: memoryFile,
                restored: restored,
                loop: loop,
                logger: linkLogger
            ) { port, driver in
                let end = port.side == .first ? first : second
                // What is stored is read from the broker that the link has found.
                let address = port.isReading ? driver.address(of: port.side) : nil
                return BrokerLink(
                    name: end.name,
                    plan: address.map { RedialPlan(addresses: [$0]) } ?? end.plan,
                    tls: end.tls,
                    redials: !port.isReading,
                    loop: loop,
                    delegate: driver,
                    logger: linkLogger
                )
            }
            driver.start()
            return NIOLoopBound<any RunningBridge>(driver, eventLoop: loop)
        }.get()
    }

    /// A file that cannot be used costs its memory and nothing else.
    private func load(_ file: RetainedMemoryFile?, _ logger: Logger) async -> RetainedMemoryFile.Content? {
        guard let file else { return nil }
        do {
            return try await NIOThreadPool.singleton.runIfActive { try file.load() }
        } catch {
            logger.warning("\(error)")
            return nil
        }
    }

    /// What the links to a broker are made with.
    private struct BrokerEnd: Sendable {
        let name: String
        let plan: RedialPlan<BrokerAddress>
        let tls: PreparedTLS?
    }

    private func brokerEnd(_ name: String, _ configuration: BridgeConfiguration) throws -> BrokerEnd {
        guard let broker = configuration.hub(named: name)?.broker else {
            throw TransportError("there is no broker \(name)")
        }
        return BrokerEnd(
            name: name,
            plan: broker.redialPlan,
            tls: broker.needsTLS ? try broker.clientTLS.prepared() : nil
        )
    }

    /// What a link is made with; made before the loop is entered, because certificates are files.
    private enum End: Sendable {
        case hosted(NIOLoopBound<HubDriver>)
        case remote(name: String, RedialPlan<HubAddress>, PreparedTLS?)

        func link(_ side: Side, _ bridge: BridgeDriver, _ logger: Logger) -> any BridgeLink {
            switch self {
            case .hosted(let hub): AttachedLink(side: side, hub: hub.value, bridge: bridge)
            case .remote(let name, let plan, let tls):
                DialedLink(side: side, name: name, plan: plan, tls: tls, bridge: bridge, logger: logger)
            }
        }
    }

    private func end(_ name: String, _ configuration: BridgeConfiguration) throws -> End {
        switch configuration.hub(named: name)?.kind {
        case .hosted:
            guard let host = hubs[name] else { throw TransportError("hub \(name) is not running") }
            return .hosted(host.driver)
        case .remote(let hub):
            return .remote(name: name, hub.redialPlan, hub.needsTLS ? try hub.clientTLS.prepared() : nil)
        case .broker: throw TransportError("\(name) is a broker, and this bridge joins hubs")
        case nil: throw TransportError("there is no hub \(name)")
        }
    }

    /// Whether what the brokers of a bridge keep for it is for one of the new configuration as well.
    private func leavesSessions(
        _ bridge: Configuration.BridgeSettings,
        _ old: BridgeConfiguration,
        to new: BridgeConfiguration
    ) -> Bool {
        guard let before = bridge.topicRelaySettings(old),
            let after = new.bridge(withID: bridge.id)?.topicRelaySettings(new)
        else { return false }
        return after.continues(before)
    }

    /// - Parameter isLast: no bridge takes over what peers keep for this one.
    private mutating func stopBridge(_ id: String, isLast: Bool, drainTimeout: Duration) async {
        guard let driver = bridges.removeValue(forKey: id) else { return }
        if isLast { topicSettings[id] = nil }
        let loop = group.next()
        try? await loop.flatSubmit { driver.value.drain(within: TimeAmount(drainTimeout)) }.get()
        try? await loop.flatSubmit {
            if isLast { driver.value.forget() }
            return driver.value.stop()
        }.get()
    }

    /// Takes no new clients and no new calls, lets those in flight end, and then stops everything.
    mutating func stop() async {
        for host in hubs.values { await host.stopListening() }
        let drainTimeout = configuration?.drainTimeout ?? .zero
        await withTaskGroup(of: Void.self) { tasks in
            for driver in bridges.values {
                let loop = group.next()
                tasks.addTask {
                    try? await loop.flatSubmit { driver.value.drain(within: TimeAmount(drainTimeout)) }.get()
                }
            }
        }
        for id in bridges.keys { await stopBridge(id, isLast: false, drainTimeout: .zero) }
        for host in hubs.values { await host.stop() }
        bridges = [:]
        hubs = [:]
    }
}
