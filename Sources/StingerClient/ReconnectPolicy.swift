/// What a client does when it loses its hub.
public struct ReconnectPolicy: Hashable, Sendable {
    /// Whether it dials again.
    public var isEnabled: Bool
    /// Whether `HubClient.connect` waits for a hub that is not there yet, rather than fail.
    public var waitsForFirstConnection: Bool
    /// The wait before each try is a random time up to a bound: this one at first, twice as much each time, the second one at last.
    public var firstDelay: Duration
    public var lastDelay: Duration

    public init(
        isEnabled: Bool = true,
        waitsForFirstConnection: Bool = false,
        firstDelay: Duration = .seconds(1),
        lastDelay: Duration = .seconds(60)
    ) {
        self.isEnabled = isEnabled
        self.waitsForFirstConnection = waitsForFirstConnection
        self.firstDelay = firstDelay
        self.lastDelay = lastDelay
    }

    /// Dials again, up to a minute apart, for as long as the client is open.
    public static let standard = ReconnectPolicy()
    /// The first connection is the only one.
    public static let never = ReconnectPolicy(isEnabled: false)
}
