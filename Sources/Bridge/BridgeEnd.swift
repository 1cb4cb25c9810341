import Federation
import HubProtocol
import NIOCore

/// One end of a bridge: the hub there, our connections to it, and what we brought to it.
final class BridgeEnd {
    let side: Side
    let settings: EndSettings
    /// The connection that everything but the proxies on Python hubs goes by.
    var main: RelayPort?
    var hubID = Name("")
    var speaksStinger = false
    /// Whether the hub is one of this process.
    var isHosted = false
    /// What was there when we came has been heard; from here on the end takes part.
    var isReady = false
    /// Whether the hub tells of members and of those that go.
    var tellsMembers = false
    var view = HubView()
    var joined: Set<String> = []
    /// Those that would have to be proved a password that we have not; people are told of each once.
    var channelsWithoutPassword: Set<String> = []
    /// What our open requests are about, by request id.
    var requests: [String: Request] = [:]
    /// Pings sent to find out what has been answered before them.
    var openFences = 0
    var fenceRounds = 0
    var neighbourBridges: Set<String> = []
    /// When a hub that tells nothing of departures is next asked what is there.
    var nextResync = NIODeadline.distantFuture

    /// What this bridge brings here, by the names of this side.
    var proxies: [EndpointKey: Proxy] = [:]
    /// Where calls to those proxies go on.
    var proxyRoutes = ProxyRoutes()
    /// The subscriptions of this hub that we are subscribed to for the other side; by `subscription.NAME.data`.
    var publicationRoutes = ProxyRoutes()
    /// Where broadcasts that come from here go on.
    var broadcastRoutes: [NameKey: BroadcastRoute] = [:]
    @exclusivity(unchecked) var lastBroadcastRoute: BroadcastRoute?
    /// Sources of the other side that are carried to this one: the channel here, and the hub's id.
    var carriedSources: Set<EndpointKey> = []
    /// Remote members that this bridge has announced here: by channel, then by id.
    var announced: [String: Set<String>] = [:]
    /// Further connections, by the far client whose proxies they hold.
    var holders: [String: RelayPort] = [:]
    var holderNumber = 0

    enum Request {
        case join(channel: String)
        case members(channel: String)
        case channels
        case provide(EndpointKey)
        case own(EndpointKey)
        case other
    }

    /// Something that this bridge brings to the hub.
    final class Proxy {
        let key: EndpointKey
        var far: EndpointKey
        var path: [String]
        var state = State.waiting
        /// What the hub last said against it; told once.
        var refusal: String?
        /// The connection that it is registered on.
        var port: RelayPort?
        var traits = EventTraits()
        var schema: RawValue?
        /// Of a subscription: somebody here is subscribed, or may be.
        var isWanted = false

        enum State {
            /// Not asked for yet.
            case waiting
            case registering
            case registered
            /// The hub said no, most often because somebody else has it; asked again later.
            case refused
        }

        init(_ key: EndpointKey, far: EndpointKey, path: [String]) {
            self.key = key
            self.far = far
            self.path = path
        }
    }

    init(side: Side, settings: EndSettings) {
        self.side = side
        self.settings = settings
    }

    func broadcastRoute(_ channel: UnsafeRawBufferPointer) -> BroadcastRoute? {
        if let last = lastBroadcastRoute, last.channel.equals(channel) { return last }
        guard let found = broadcastRoutes[NameKey(channel)] else { return nil }
        lastBroadcastRoute = found
        return found
    }

    /// Forgets everything that ended with the connection.
    func reset() {
        main = nil
        isReady = false
        speaksStinger = false
        tellsMembers = false
        view = HubView()
        joined = []
        channelsWithoutPassword = []
        requests = [:]
        openFences = 0
        fenceRounds = 0
        neighbourBridges = []
        nextResync = .distantFuture
        proxies = [:]
        proxyRoutes.removeAll()
        publicationRoutes.removeAll()
        lastBroadcastRoute = nil
        broadcastRoutes = [:]
        carriedSources = []
        announced = [:]
        holders = [:]
    }

    var ports: [RelayPort] { (main.map { [$0] } ?? []) + holders.values }
}
