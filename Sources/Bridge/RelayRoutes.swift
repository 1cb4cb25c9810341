import Federation
import HubProtocol

/// Where calls to a proxy, sends to it, or publications of a subscription go on: to the other side, under the names it has there.
final class ProxyRoute {
    let key: EndpointKey
    let far: EndpointKey
    /// The far names where they differ; the near ones where calls are answered.
    let nearChannel: Name
    let farChannel: Name
    let event: Name
    let farName: Name
    /// Of publications: the silence after a change of ways is over.
    var delivers = false
    var isRenamed: Bool { key.channel != far.channel }

    init(_ key: EndpointKey, far: EndpointKey) {
        self.key = key
        self.far = far
        nearChannel = Name(key.channel)
        farChannel = Name(far.channel)
        event = Name(key.name)
        farName = Name(far.name)
    }
}

/// Proxies of one hub by the names in messages, found without making strings.
struct ProxyRoutes {
    private final class Channel {
        let name: Name
        var events: [NameKey: ProxyRoute] = [:]

        init(_ name: Name) { self.name = name }
    }

    private var channels: [NameKey: Channel] = [:]
    private var last: (channel: Channel, route: ProxyRoute)?

    mutating func find(_ channel: UnsafeRawBufferPointer, _ event: UnsafeRawBufferPointer) -> ProxyRoute? {
        if let last, last.channel.name.equals(channel), last.route.event.equals(event) { return last.route }
        guard let found = channels[NameKey(channel)], let route = found.events[NameKey(event)] else { return nil }
        last = (found, route)
        return route
    }

    mutating func insert(_ route: ProxyRoute) {
        last = nil
        let channel = channels[route.nearChannel.key] ?? Channel(route.nearChannel)
        channels[channel.name.key] = channel
        // First out: the key of what stays belongs to the object that it finds.
        channel.events.removeValue(forKey: route.event.key)
        channel.events[route.event.key] = route
    }

    mutating func remove(_ key: EndpointKey) {
        last = nil
        Name(key.channel).withKey { channelKey in
            guard let channel = channels[channelKey] else { return }
            Name(key.name).withKey { _ = channel.events.removeValue(forKey: $0) }
            if channel.events.isEmpty { channels.removeValue(forKey: channelKey) }
        }
    }

    mutating func removeAll() {
        last = nil
        channels = [:]
    }
}

/// Where broadcasts on one channel of a hub go on.
final class BroadcastRoute {
    let channel: Name
    /// The name on the other side; nil where it is the same.
    let farName: Name?
    let farChannel: String
    /// Whether events are looked at one by one.
    let isFiltered: Bool
    /// Whether broadcasts go on byte for byte.
    let isPlain: Bool
    /// Whether broadcasts of the hub's own members are carried.
    @exclusivity(unchecked) var carriesOwn = false
    /// Other hubs whose broadcasts are carried.
    @exclusivity(unchecked) private var origins: [NameKey: Name] = [:]
    /// The connection to the far hub. The route is gone before that is: so it need not be counted for every message.
    unowned(unsafe) let port: RelayPort
    /// The ids of the hubs here and there.
    let hubID: Name
    let farHubID: Name
    /// Needed where a side has a password for the channel.
    let signatures: SignatureRelay?

    init(
        channel: Name,
        farName: String,
        isFiltered: Bool,
        signatures: SignatureRelay?,
        port: RelayPort,
        hubID: Name,
        farHubID: Name
    ) {
        self.channel = channel
        farChannel = farName
        self.farName = farName == channel.text ? nil : Name(farName)
        self.isFiltered = isFiltered
        self.signatures = signatures
        isPlain = !isFiltered && signatures == nil && farName == channel.text
        self.port = port
        self.hubID = hubID
        self.farHubID = farHubID
    }

    var isIdle: Bool { !carriesOwn && origins.isEmpty }

    func carries(origin: UnsafeRawBufferPointer) -> Bool { origins[NameKey(origin)] != nil }

    func setCarries(origin: String, _ carries: Bool) {
        let name = Name(origin)
        name.withKey { _ = origins.removeValue(forKey: $0) }
        if carries { origins[name.key] = name }
    }
}

/// The keys by which signatures of one channel are checked on the side where a message comes from, and made on the other.
struct SignatureRelay {
    let incoming: MessageKey?
    let outgoing: MessageKey?

    /// - Returns: nil where the channel has no password on either side.
    init?(incoming: ChannelPassword?, outgoing: ChannelPassword?) {
        guard incoming != nil || outgoing != nil else { return nil }
        self.incoming = incoming?.messageKey
        self.outgoing = outgoing?.messageKey
    }
}
