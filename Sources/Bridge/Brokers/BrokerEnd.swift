import Federation
import HubProtocol
import MQTTProtocol
import NIOCore

/// What a bridge knows of one of its two brokers. Confined to the bridge's loop.
final class BrokerEnd {
    /// How far the link has come.
    enum Phase: Equatable {
        /// No connection.
        case offline
        /// CONNECT is under way.
        case connecting
        /// The broker has taken us; SUBSCRIBE is under way.
        case subscribing
        /// A message of our own is under way to the broker and back.
        case probing
        /// Messages pass.
        case up
    }

    /// Whether the broker lets us hear our own message on the probe's topic.
    enum Hearing {
        case unknown
        case heard
        /// It never came back, or may not be sent: pings must do.
        case deaf
    }

    let side: Side
    let settings: BrokerEndSettings
    let topics: BridgeTopics
    // Every message touches what is not checked for overlapping accesses: while the session is lent to a message nothing calls it.
    @exclusivity(unchecked) var session: MQTTClientSession
    @exclusivity(unchecked) var phase = Phase.offline
    @exclusivity(unchecked) var version: MQTTVersion
    var isWritable = true

    // MARK: Subscriptions

    /// SUBSCRIBE packets under way, by their identifier: what each filter is for, in order.
    var subscribing: [UInt16: [SubscriptionPurpose]] = [:]
    /// Subscribed to by this process on the session that the broker has.
    var isSubscribed = false
    /// What the broker has refused, so that it is said once.
    var refused: Set<String> = []

    let subscriptions: CarriedSubscriptions
    /// Of subscriptions that the broker has not granted: what they would have brought first may come by others.
    var missingIdentifiers: Set<UInt32> = []
    /// What the session may still have from an earlier configuration.
    var staleFilters: Set<String>

    // MARK: Life

    var probeCount: UInt64 = 0
    /// When the probe must be back.
    var probeDeadline: NIODeadline?
    var hearing = Hearing.unknown
    var lastHeard: NIODeadline
    /// When a step of coming up must be done.
    var stepDeadline: NIODeadline?
    /// What our state topic says, as far as we know.
    var publishedState: Bool?
    /// What it said when the link came up: nobody need be told that again.
    var storedState: Bool?
    /// What the bridge has said on it on this connection and will hear again, oldest first.
    var expectedStates: CircularBuffer<Bool> = []
    /// The broker did not know our session when we came, and no reading knows of it.
    var hasFreshSession = false
    /// The broker has retained messages.
    var keepsRetained = true
    /// The message under way that follows others of QoS 0 which nobody confirms; nil: none.
    var fence: UInt32?
    var lastFence: NIODeadline
    /// How often somebody else's words on our state topic were set right on this connection.
    var correctionCount = 0

    // MARK: Paths

    /// The broker's id in paths, once known.
    var brokerID: String?
    /// The same as paths have it.
    var escapedID: [UInt8] = []
    /// The user property `stinger-path` with this broker alone, encoded: of messages that start here.
    var pathProperty = OwnedBytes([])

    // MARK: Other bridges

    /// Everything that others had said when the link came up has been heard.
    var hasLooked = false
    /// The probe under way is for that.
    var isLooking = false
    /// What others said before the broker's id was known.
    var earlyRoutes: [RoutesMessage] = []
    /// When news of others is asked for again.
    var newsDue = NIODeadline.distantFuture
    /// Topics by which others' death is known, which were subscribed to one by one.
    var watchedSigns: Set<String> = []

    // MARK: Flow

    @exclusivity(unchecked) var echo = EchoWindow()
    /// The broker sends us what we have published ourselves. Before the first connection: it may, and what waits for it will be told apart.
    @exclusivity(unchecked) var hasEchoes: Bool
    /// It does not, since it knows by our mark that we are a bridge: the first probe has shown it, and holds for later connections.
    var honoursMark = false
    /// The packet identifier of what was asked behind the probe to see that; 0: nothing.
    var behindProbe: UInt16 = 0
    /// The highest QoS that the broker takes.
    @exclusivity(unchecked) var maximumQoS = QoS.exactlyOnce
    /// Messages of QoS 1 and 2 from here that are not acknowledged yet, since the session of that epoch began.
    @exclusivity(unchecked) var unacknowledgedCount = 0
    var countedEpoch: UInt32 = 0
    @exclusivity(unchecked) var bursts = BurstPacing()
    /// By rule: what this broker has refused for the moment.
    @exclusivity(unchecked) var refusedMessages: [Int: RefusedMessages] = [:]
    /// When it has last taken a message of QoS 1 or 2.
    @exclusivity(unchecked) var takenAt = NIODeadline.uptimeNanoseconds(0)
    /// By rule and reason.
    var refusalsSaid: [String: RefusalSaid] = [:]
    /// Paces what has gathered in an outage; nil outside of one.
    var drain: HeldMessages?

    init(side: Side, settings: BrokerEndSettings, rules: TopicRules, bridge: String, now: NIODeadline) {
        self.side = side
        self.settings = settings
        topics = BridgeTopics(bridge: bridge, peer: settings.name)
        let own = [topics.probe, BridgeTopics.brokerID] + (settings.stateTopic.map { [$0] } ?? [])
        ownTopics = own.map { Array($0.utf8) }
        ownTopicLengths = own.reduce(0) { $0 | Self.lengthBit($1.utf8.count) }
        subscriptions = CarriedSubscriptions(rules, side)
        staleFilters = settings.staleFilters.union(CarriedSubscriptions.ofOtherDirection(rules, side))
        session = MQTTClientSession(settings: settings.session)
        version = settings.session.version
        hasEchoes = settings.session.version == .v3_1_1 || settings.session.fallsBack
        lastHeard = now
        lastFence = now
    }

    var isUp: Bool { phase == .up }

    /// The bridge's own topics that it subscribes to.
    let ownTopics: [[UInt8]]
    private let ownTopicLengths: UInt64

    private static func lengthBit(_ byteCount: Int) -> UInt64 { 1 << UInt64(truncatingIfNeeded: byteCount & 63) }

    /// Few topics are as long as one of the bridge's own: the others are told by that alone.
    func isOwnTopic(_ topic: UnsafeRawBufferPointer) -> Bool {
        guard ownTopicLengths & Self.lengthBit(topic.count) != 0 else { return false }
        return ownTopics.contains { own in own.withUnsafeBytes { $0.hasSameBytes(as: topic) } }
    }
}

/// What a subscription of a bridge is for.
enum SubscriptionPurpose: Equatable {
    /// Rules, by their indices.
    case rules([Int], filter: String)
    /// One of the bridges' own topics.
    case own(String)

    var filter: String {
        switch self {
        case .rules(_, let filter): filter
        case .own(let filter): filter
        }
    }
}
