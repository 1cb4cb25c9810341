import HubProtocol

/// A channel of the hub: who is in it, what they provide, and what they subscribe to.
final class HubChannel {
    /// Everything about `__comm_ipc…` channels is the hub's own word.
    static let systemPrefix = "__comm_ipc"

    let name: Name
    /// Grows with each channel made; tells them apart and keeps their order.
    let number: Int
    let isSystem: Bool
    /// Whether it is for bridges (docs/wire/comm-ipc.md, section 11), and whether everybody may listen to it.
    let isOfBridges: Bool
    let isBridgeNews: Bool
    /// One of these: not everybody may do everything on it. One look for what every message asks.
    let isReserved: Bool

    /// Everybody who registered, the longest first.
    private(set) var members: [HubConnection] = []
    /// The members that joined, and so get broadcasts and notices.
    private(set) var listeners: [HubConnection] = [] {
        didSet { soleListener = listeners.count == 1 ? Unmanaged.passUnretained(listeners[0]).toOpaque() : nil }
    }
    /// Where there is just one: every broadcast asks whether it would only go back to its sender. An address takes no reference count.
    @exclusivity(unchecked) private var soleListener: UnsafeMutableRawPointer?
    /// Those of the listeners that hear of what is withdrawn.
    private(set) var stingerListeners: [HubConnection] = []
    private(set) var remoteMembers: [NameKey: RemoteMember] = [:]
    var events: [NameKey: HubEvent] = [:]
    var subscriptions: [NameKey: HubSubscription] = [:]
    /// The password, if it has one; one given at the start stays.
    var key: Proof.ChannelKey? { didSet { isProtected = key != nil } }
    @exclusivity(unchecked) private(set) var isProtected: Bool
    let hasPresetKey: Bool
    /// Set once the hub has forgotten it.
    var isRetired = false

    init(name: Name, number: Int, presetKey: Proof.ChannelKey?) {
        self.name = name
        self.number = number
        isSystem = name.text.hasPrefix(Self.systemPrefix)
        isOfBridges = name.text.hasPrefix(StingerExtensions.channelPrefix)
        isBridgeNews = name.text == StingerExtensions.newsChannel
        isReserved = isSystem || isOfBridges
        key = presetKey
        hasPresetKey = presetKey != nil
        isProtected = presetKey != nil
    }

    /// Whether a broadcast of a client has somebody to go to.
    @inline(__always)
    func hasListener(otherThan client: HubConnection) -> Bool {
        if let soleListener { return soleListener != Unmanaged.passUnretained(client).toOpaque() }
        return !listeners.isEmpty
    }

    /// Whether a client has proved the password, or needs none.
    func admits(_ client: HubConnection) -> Bool { !isProtected || client.isMember(of: self) }

    /// Whether the hub's own channels tell a client nothing of this one.
    func isHidden(from client: HubConnection) -> Bool { !admits(client) || isOfBridges && !client.speaksStinger }

    /// Whether a client hears who comes and goes.
    func tellsMembers(_ client: HubConnection) -> Bool {
        client.hearsMembership && (!isOfBridges || client.speaksStinger)
    }

    /// The member that has been here longest, bridges apart; nobody owns a reserved channel.
    var owner: HubConnection? { isReserved ? nil : members.first { !$0.isStingerBridge } }

    /// Nothing is left that would have to be remembered.
    var isEmpty: Bool {
        members.isEmpty && remoteMembers.isEmpty && events.isEmpty && subscriptions.isEmpty
    }

    func addMember(_ client: HubConnection) { members.append(client) }
    func addListener(_ client: HubConnection) {
        listeners.append(client)
        if client.speaksStinger { stingerListeners.append(client) }
    }

    func removeListener(_ client: HubConnection) {
        listeners.removeAll { $0 === client }
        if client.speaksStinger { stingerListeners.removeAll { $0 === client } }
    }

    func removeMember(_ client: HubConnection) { members.removeAll { $0 === client } }

    /// Lets go of all that refers back to it; for the end of the hub.
    func dissolve() {
        members = []
        listeners = []
        stingerListeners = []
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
    /// The longest registered first, and bridges behind all others.
    @exclusivity(unchecked) private(set) var providers: [HubConnection] = []
    /// How many of them are no bridges.
    private var localCount = 0
    var traits = EventTraits()
    private var turn = 0

    init(name: Name, channel: HubChannel) {
        self.name = name
        self.channel = channel
    }

    func add(_ provider: HubConnection) {
        guard !provider.isStingerBridge else {
            providers.append(provider)
            return
        }
        providers.insert(provider, at: localCount)
        localCount += 1
    }

    func remove(_ provider: HubConnection) {
        guard let index = providers.firstIndex(where: { $0 === provider }) else { return }
        providers.remove(at: index)
        if index < localCount { localCount -= 1 }
    }

    /// Whether all it has are proxies of providers elsewhere, which give way to one that is here.
    var isOnlyBridged: Bool { localCount == 0 && hasProviders }

    /// Once it has none, it is off its channel for good.
    var hasProviders: Bool { !providers.isEmpty }

    func isProvided(by client: HubConnection) -> Bool { providers.contains { $0 === client } }

    /// Picks the provider for the next call or send; a bridge only where there is no other.
    func nextProvider(_ policy: HubSettings.GroupPolicy) -> HubConnection? {
        guard providers.count > 1 else { return providers.first }
        let candidates = providers[..<(localCount > 0 ? localCount : providers.count)]
        switch policy {
        case .roundRobin:
            let index = turn % candidates.count
            turn = (index + 1) % candidates.count
            return candidates[index]
        case .leastActive:
            // The first of the smallest: ties go to the longest registered.
            return candidates.min { $0.unansweredCallCount < $1.unansweredCallCount }
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
