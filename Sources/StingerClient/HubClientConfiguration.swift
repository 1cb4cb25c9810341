public import Logging

/// How a client meets its hub.
public struct HubClientConfiguration: Sendable {
    /// `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`; of several, the first that answers.
    public var addresses: [String]
    /// The name under which the hub and the other clients know this one.
    public var id: String
    /// What the hub asks of every client, if it asks.
    public var secret: String?
    /// Whether the hub must prove that it knows the secret, too. Only hubs of this project can.
    public var requiresHubProof = false
    public var tls: HubClientTLS?
    public var reconnect = ReconnectPolicy.standard
    /// How long one try to connect may take, the handshake included.
    public var connectTimeout = Duration.seconds(10)
    /// How long a call may take where it does not say.
    public var callTimeout = Duration.seconds(30)
    public var limits = HubClientBounds()
    /// Told of what has no caller to be told: lost connections, dropped messages.
    public var logger: Logger?

    public init(addresses: [String], id: String) {
        self.addresses = addresses
        self.id = id
    }
}

/// What a client keeps in memory at most.
public struct HubClientBounds: Hashable, Sendable {
    /// Bytes of messages that wait in one stream, subscription or sequence of broadcasts until this program takes them. A client with more
    /// stops reading from its hub.
    public var inboxByteMaximum = 1 << 20
    /// The same, for when reading cannot stop because a call waits for its answer. A sequence with more than that ends with `.overloaded`.
    public var inboxByteLimit = 32 << 20
    /// Calls from others that are worked on at a time; more are answered with `overloaded`.
    public var handlerMaximum = 1_000
    /// Bytes that wait to be sent until broadcasts, chunks and the like wait with them.
    public var outputByteMaximum = 1 << 20

    public init() {}
}
