import HubProtocol

/// A channel that this client is on, and all that has to be there again after an outage.
final class ChannelState {
    let name: String
    var keys: ChannelKeys?
    /// By event.
    var providers: [String: Provider] = [:]
    /// By name.
    var publications: [String: Publication] = [:]
    /// Who listens to a subscription, by name.
    var subscribers: [String: [Inbox]] = [:]
    /// Who listens to broadcasts, each to one event or to all.
    var listeners: [(event: String?, inbox: Inbox)] = []
    var contents = ChannelContents()
    /// The hub has let us in, on the connection there is.
    var isJoined = false
    /// Who waits to be in.
    var joiners: [Completion<Void>] = []

    init(name: String, keys: ChannelKeys?) {
        self.name = name
        self.keys = keys
    }

    var inboxes: [Inbox] { subscribers.values.flatMap { $0 } + listeners.map(\.inbox) }
}

/// What a channel's password makes of itself.
struct ChannelKeys: Sendable {
    let proof: Proof.ChannelKey
    let message: MessageKey

    /// Takes some ten milliseconds.
    init(password: String, channel: String) throws(HubClientError) {
        proof = Proof.ChannelKey(password: password.utf8)
        do {
            message = try MessageKey(password: password, channel: channel)
        } catch {
            throw HubClientError(.invalidSettings, "no key can be made of the password of channel \(channel): \(error)")
        }
    }
}

/// A provider's closure, and what the hub is told of its event.
struct Provider: Sendable {
    /// A client that provides something is open until it is closed, whether or not the program still holds it.
    let client: HubClient
    let traits: EventTraits
    /// Gets the call and where its answers go; returns when there are no more.
    let run: @Sendable (IncomingCall) async -> Void
}

/// A subscription that this client owns.
final class Publication {
    let schema: RawValue?
    let audience: Audience

    init(schema: RawValue?, audience: Audience) {
        self.schema = schema
        self.audience = audience
    }
}
