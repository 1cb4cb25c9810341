import NIOCore
import NIOPosix

/// A program's membership of a hub.
///
/// It keeps one connection, dials again when that falls, and registers again what was registered. It is closed by `close()`, or when
/// nothing refers to it or to its channels any more and it provides no event.
public final class HubClient: Sendable {
    /// What happens to this client apart from its calls; for one reader. Of what is not read in time the latest is kept.
    public let events: AsyncStream<HubClientEvent>

    let handle: ClientHandle
    let settings: ClientSettings

    private init(handle: ClientHandle, settings: ClientSettings, events: AsyncStream<HubClientEvent>) {
        self.handle = handle
        self.settings = settings
        self.events = events
    }

    deinit {
        handle.execute { $0.close(HubClientError(.closed, "the client is gone")) }
    }

    /// Connects to a hub.
    ///
    /// - Parameters:
    ///   - address: `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`.
    ///   - id: the name under which the hub and the other clients know this one.
    ///   - secret: what the hub asks of every client, if it asks.
    /// - Throws: `HubClientError`: `.unreachable`, `.unauthorized`, `.refused` (another client has this id), `.invalidSettings`.
    public static func connect(
        to address: String,
        id: String,
        secret: String? = nil,
        tls: HubClientTLS? = nil,
        reconnect: ReconnectPolicy = .standard
    ) async throws -> HubClient {
        var configuration = HubClientConfiguration(addresses: [address], id: id)
        configuration.secret = secret
        configuration.tls = tls
        configuration.reconnect = reconnect
        return try await connect(configuration)
    }

    public static func connect(_ configuration: HubClientConfiguration) async throws -> HubClient {
        let settings = try ClientSettings(configuration)
        let (events, continuation) = AsyncStream.makeStream(
            of: HubClientEvent.self,
            bufferingPolicy: .bufferingNewest(64)
        )
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let handle = try await loop.submit {
            ClientHandle(ClientDriver(settings: settings, loop: loop, events: continuation))
        }.get()
        let client = HubClient(handle: handle, settings: settings, events: events)
        try await handle.perform { driver, completion in driver.start(completion) }
        return client
    }

    /// This client's id.
    public var id: String { settings.clientID }

    /// The id of the hub that this client is connected to; nil during an outage.
    public var hubID: String? {
        get async {
            try? await handle.perform { driver, completion in
                completion.finish(returning: driver.connection?.hubID)
            }
        }
    }

    /// Joins a channel.
    ///
    /// - Parameter password: the channel's; then all messages on it are signed, and what others send has to be.
    /// - Throws: `.unauthorized` where the password is missing or wrong, `.refused` where there is none on a channel that one was given for.
    public func channel(_ name: String, password: String? = nil) async throws -> HubClientChannel {
        guard !name.isEmpty, name != "subscription" else {
            throw HubClientError(.invalidSettings, "a channel cannot be called \"\(name)\"")
        }
        var keys: ChannelKeys?
        if let password { keys = try ChannelKeys(password: password, channel: name) }
        try await handle.perform { [keys] driver, completion in driver.join(name, keys: keys, completion) }
        return HubClientChannel(name: name, client: self)
    }

    /// Ends the connection. What is still going on ends with `.closed`.
    public func close() async {
        try? await handle.perform { driver, completion in
            driver.close(HubClientError(.closed, "the client was closed"))
            completion.finish(returning: ())
        }
    }
}
