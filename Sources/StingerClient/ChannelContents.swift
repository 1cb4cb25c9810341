/// What there is on a channel, as the hub has told it.
public struct ChannelContents: Hashable, Sendable {
    public struct Event: Hashable, Sendable {
        public let name: String
        /// The clients that provide it: one, or the members of a group.
        public let providers: [String]
        public let isStream: Bool
        public let isGroup: Bool
        /// JSON schemas, where the provider gave them.
        public let parameters: HubValue?
        public let returns: HubValue?
    }

    public struct Subscription: Hashable, Sendable {
        public let name: String
        public let owner: String
        public let schema: HubValue?
    }

    public internal(set) var events: [String: Event] = [:]
    public internal(set) var subscriptions: [String: Subscription] = [:]
}

/// A client on a channel.
public struct HubMember: Hashable, Sendable, Codable {
    public let id: String
    /// "client" or "bridge".
    public let mode: String
    /// On the same hub.
    public let isLocal: Bool
    /// The hubs on the way to it.
    public let path: [String]

    enum CodingKeys: String, CodingKey {
        case id, mode, path
        case isLocal = "is_local"
    }
}
