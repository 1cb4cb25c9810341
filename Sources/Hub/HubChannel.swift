import HubProtocol

/// A channel of the hub: who is in it, what they provide, and what they subscribe to.
final class HubChannel {
    /// Everything about `__comm_ipc…` channels is the hub's own word.
    static let systemPrefix = "__comm_ipc"

    let name: Name
    /// Grows with each channel made; tells them apart and keeps their order.
    let number: Int
    let isSystem: Bool

    /// Everybody who registered, the owner first; nobody owns a system channel.
    private(set) var members: [HubConnection] = []
    /// The members that joined, and so get broadcasts and notices.
    private(set) var listeners: [HubConnection] = []
    private(set) var remoteMembers: [NameKey: RemoteMember] = [:]
    var events: [NameKey: HubEvent] = [:]
    var subscriptions: [NameKey: HubSubscription] = [:]
    /// The password, if it has one; one given at the start stays.
    var key: Proof.ChannelKey?
    let hasPresetKey: Bool
    /// Set once the hub has forgotten it.
    var isRetired = false

    init(name: Name, number: Int, presetKey: Proof.ChannelKey?) {
        self.name = name
        self.number = number
        isSystem = name.text.hasPrefix(Self.systemPrefix)
        key = presetKey
        hasPresetKey = presetKey != nil
    }

    var isProtected: Bool { key != nil }

    /// Whether a client has proved the password, or needs none.
    func admits(_ client: HubConnection) -> Bool { !isProtected || client.isMember(of: self) }

    var owner: HubConnection? { isSystem ? nil : members.first }

    /// Nothing is left that would have to be remembered.
    var isEmpty: Bool {
        members.isEmpty && remoteMembers.isEmpty && events.isEmpty && subscriptions.isEmpty
    }

    func addMember(_ client: HubConnection) { members.append(client) }
    func addListener(_ client: HubConnection) { listeners.append(client) }
    func removeListener(_ client: HubConnection) { listeners.removeAll { $0 === client } }

    func removeMember(_ client: HubConnection) { members.removeAll { $0 === client } }

    /// Lets go of all that refers back to it; for the end of the hub.
    func dissolve() {
        members = []
        listeners = []
        remoteMembers = [:]
        events = [:]
        subscriptions = [:]
    }

    func addRemote(_ member: RemoteMember) { remoteMembers[member.id.key] = member }
    func removeRemote(_ member: RemoteMember) { remoteMembers[member.id.key] = nil }
}

/// What clients call: one name on a channel, and those who answer to it.
final class HubEvent {
    let name: Name
    let channel: HubChannel
    /// The longest registered first.
    private(set) var providers: [HubConnection] = []
    var traits = EventTraits()
    private var turn = 0

    init(name: Name, channel: HubChannel) {
        self.name = name
        self.channel = channel
    }

    func add(_ provider: HubConnection) { providers.append(provider) }
    func remove(_ provider: HubConnection) { providers.removeAll { $0 === provider } }

    /// Once it has none, it is off its channel for good.
    var hasProviders: Bool { !providers.isEmpty }

    func isProvided(by client: HubConnection) -> Bool { providers.contains { $0 === client } }

    /// Picks the provider for the next call or send.
    func nextProvider(_ policy: HubSettings.GroupPolicy) -> HubConnection? {
        guard providers.count > 1 else { return providers.first }
        switch policy {
        case .roundRobin:
            let index = turn % providers.count
            turn = (index + 1) % providers.count
            return providers[index]
        case .leastActive:
            // The first of the smallest: ties go to the longest registered.
            return providers.min { $0.unansweredCallCount < $1.unansweredCallCount }
        }
    }
}

/// A subscription: declared by its owner, awaited by its subscribers; either may come first.
final class HubSubscription {
    let name: Name
    let channel: HubChannel
    let number: Int
    var owner: HubConnection?
    var schema: RawValue?
    private(set) var subscribers: [HubConnection] = []
    /// `subscription.NAME.data`, the event of what is published.
    let dataEvent: Name

    init(name: Name, channel: HubChannel, number: Int) {
        self.name = name
        self.channel = channel
        self.number = number
        dataEvent = Name("subscription.\(name.text).data")
    }

    func add(_ subscriber: HubConnection) { subscribers.append(subscriber) }
    func remove(_ subscriber: HubConnection) { subscribers.removeAll { $0 === subscriber } }

    var isEmpty: Bool { owner == nil && subscribers.isEmpty }
}

/// A client of another hub that a bridge speaks for, with the way to it.
final class RemoteMember {
    let id: Name
    let mode: ClientMode
    let bridge: HubConnection
    /// The hubs on the way, as a msgpack array, and how many.
    let path: RawValue
    let pathLength: Int
    var channels: [HubChannel] = []

    init(id: Name, mode: ClientMode, bridge: HubConnection, path: RawValue, pathLength: Int) {
        self.id = id
        self.mode = mode
        self.bridge = bridge
        self.path = path
        self.pathLength = pathLength
    }
}
