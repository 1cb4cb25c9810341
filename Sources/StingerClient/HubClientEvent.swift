/// Something that happened to a client, not to one of its calls.
public enum HubClientEvent: Hashable, Sendable {
    /// The hub let us in; what was registered before is being registered again.
    case connected(hub: String)
    case disconnected(HubClientError)
    /// We were put out of a channel and could not come back.
    case channelLost(channel: String, HubClientError)
    /// An event, a subscription or a declaration could not be registered again: somebody else has it now.
    case registrationLost(channel: String, name: String, HubClientError)
}
