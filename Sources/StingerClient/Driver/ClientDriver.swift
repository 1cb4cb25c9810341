import HubProtocol
import Logging
import MessagePack
import NIOCore
import Transport

/// Everything a client knows, on its loop: one link to a hub, redialled when it falls, and what goes over it.
///
/// All of it happens on the loop. Other tasks enter through a `ClientHandle`.
final class ClientDriver {
    enum Link {
        /// Dialling, or in the handshake once there is a connection.
        case connecting(ClientConnection?)
        case open(ClientConnection)
        case waiting(Scheduled<Void>)
        /// For good.
        case closed(HubClientError)
    }

    let loop: any EventLoop
    let settings: ClientSettings
    let walker = ValueWalker(depthMaximum: MessagePackValue.depthMaximum)
    let events: AsyncStream<HubClientEvent>.Continuation
    let gate = ReadingGate()

    private(set) var link = Link.connecting(nil)
    private var plan: RedialPlan<HubAddress>
    private var generator = SystemRandomNumberGenerator()
    private var address: HubAddress?
    /// Who waits for the first connection.
    private var starter: Completion<Void>?
    private var hasBeenOpen = false

    var channels: [String: ChannelState] = [:]
    /// By request id.
    var requests: [String: PendingRequest] = [:]
    var streams: [String: OutgoingStream] = [:]
    /// Calls from others that are worked on.
    var running: [CallKey: RunningCall] = [:]
    /// Sends from others that are worked on; nobody waits for them.
    var silentHandlers: [Int: Task<Void, Never>] = [:]
    var silentHandlerCount = 0
    /// What each inbox is for.
    var inboxUses: [ObjectIdentifier: InboxUse] = [:]
    var fullInboxes: Set<ObjectIdentifier> = []
    var roomWaiters: [Completion<Void>] = []

    init(settings: ClientSettings, loop: any EventLoop, events: AsyncStream<HubClientEvent>.Continuation) {
        self.settings = settings
        self.loop = loop
        self.events = events
        let backoff = Backoff(
            base: TimeAmount(settings.reconnect.firstDelay),
            cap: TimeAmount(settings.reconnect.lastDelay)
        )
        plan = RedialPlan(addresses: settings.addresses, backoff: backoff)
    }

    var logger: Logger { settings.logger }

    /// The connection, if the hub has let us in.
    var connection: ClientConnection? {
        if case .open(let connection) = link { connection } else { nil }
    }

    /// Why nothing can be sent now.
    var noConnection: HubClientError {
        switch link {
        case .closed(let error): error
        case .connecting, .open, .waiting: HubClientError(.linkLost, "there is no connection to the hub now")
        }
    }

    // MARK: Connecting

    /// - Parameter completion: finishes when the hub has let us in for the first time.
    func start(_ completion: Completion<Void>) {
        starter = completion
        completion.ifCancelled { [self] in close(HubClientError(.closed, "connecting was cancelled")) }
        dialNext(because: HubClientError(.unreachable, "no hub was dialled"))
    }

    private func dialNext(because error: HubClientError) {
        switch plan.next(using: &generator) {
        case .dial(let address): dial(address)
        case .wait(let time):
            guard hasBeenOpen || settings.reconnect.waitsForFirstConnection else { return close(error) }
            link = .waiting(
                loop.assumeIsolated().scheduleTask(in: time) { [self] in
                    if case .waiting = link { dialNext(because: error) }
                }
            )
        }
    }

    private func dial(_ address: HubAddress) {
        self.address = address
        link = .connecting(nil)
        let bound = NIOLoopBound(self, eventLoop: loop)
        let session = settings.session
        let dialling = Dialer.connect(
            to: address,
            on: loop,
            tls: settings.tls,
            timeout: settings.connectTimeout,
            makeHandler: { binding in bound.value.makeConnection(session, binding) }
        )
        dialling.whenFailure { error in
            let failure = ConnectionFailure(error, dialing: address)
            bound.value.dialFailed(
                HubClientError(.unreachable, failure.description),
                isConfigurationFault: failure.isConfigurationFault
            )
        }
    }

    private func makeConnection(_ settings: HubClientSettings, _ channelBinding: [UInt8]?) -> ClientConnection {
        var settings = settings
        settings.channelBinding = channelBinding
        for channel in channels.values { settings.channelKeys[channel.name] = channel.keys?.proof }
        let connection = ClientConnection(driver: self, settings: settings)
        if case .connecting = link { link = .connecting(connection) }
        return connection
    }

    private func dialFailed(_ error: HubClientError, isConfigurationFault: Bool) {
        guard case .connecting = link else { return }
        logger.debug("\(error)")
        plan.ended(after: .zero, isConfigurationFault: isConfigurationFault)
        dialNext(because: error)
    }

    // MARK: What a connection tells

    func failed(_ connection: ClientConnection, _ error: any Error) {
        guard let address else { return }
        let failure = ConnectionFailure(error, dialing: address)
        connection.end(
            HubClientError(connection.readyAt == nil ? .unreachable : .linkLost, failure.description),
            isConfigurationFault: failure.isConfigurationFault
        )
    }

    func becameReady(_ connection: ClientConnection) {
        guard case .connecting = link else { return connection.end(noConnection) }
        link = .open(connection)
        hasBeenOpen = true
        logger.info("connected to hub \(connection.hubID ?? "")")
        events.yield(.connected(hub: connection.hubID ?? ""))
        for channel in channels.values { restore(channel) }
        starter?.finish(returning: ())
        starter = nil
    }

    func ended(_ connection: ClientConnection, _ error: HubClientError, isConfigurationFault: Bool) {
        switch link {
        case .open(let current) where current === connection: break
        case .connecting(let current) where current === connection: break
        case .connecting, .open, .waiting, .closed: return
        }
        plan.ended(
            after: connection.readyAt.map { NIODeadline.now() - $0 } ?? .zero,
            isConfigurationFault: isConfigurationFault
        )
        let wasOpen = connection.readyAt != nil
        link = .connecting(nil)
        let lost = wasOpen ? HubClientError(.linkLost, error.message, hub: connection.hubID) : error
        if wasOpen {
            logger.info("lost the hub: \(error)")
            events.yield(.disconnected(error))
            failAll(lost)
        }
        guard settings.reconnect.isEnabled || !hasBeenOpen else { return close(lost) }
        dialNext(because: lost)
    }

    // MARK: Closing

    func close(_ reason: HubClientError) {
        if case .closed = link { return }
        let last = link
        link = .closed(reason)
        switch last {
        case .connecting(let connection): connection?.end(reason)
        case .open(let connection): connection.end(reason)
        case .waiting(let timer): timer.cancel()
        case .closed: break
        }
        starter?.finish(throwing: reason)
        starter = nil
        failAll(reason)
        for channel in channels.values { drop(channel, because: reason) }
        channels = [:]
        events.finish()
    }

    /// Ends all that cannot outlive a connection.
    private func failAll(_ error: HubClientError) {
        let requests = requests
        self.requests = [:]
        for request in requests.values { request.finish(.failure(error)) }
        let streams = streams
        self.streams = [:]
        for stream in streams.values { stream.end(.failure(error)) }
        for call in running.values { call.task.cancel() }
        running = [:]
        for task in silentHandlers.values { task.cancel() }
        roomToWrite()
        for channel in channels.values {
            channel.isJoined = false
            for publication in channel.publications.values { publication.audience.set(false) }
        }
        updateReading()
    }

    /// Somebody may send again, or never will.
    func roomToWrite() {
        let waiters = roomWaiters
        roomWaiters = []
        for waiter in waiters { waiter.finish(returning: ()) }
    }
}
