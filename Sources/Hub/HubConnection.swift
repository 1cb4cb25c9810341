package import HubProtocol
import NIOCore

/// One client's connection, as the hub sees it: who it is, what it registered, and what waits for it.
package final class HubConnection {
    enum State {
        case awaitingIdentity
        case awaitingProof(ProofOffer)
        case identified
        /// A wrong proof has not been answered yet; then the connection ends.
        case penalised
        case closing
    }

    /// A number that no other open connection has; reused after it closed.
    package let slot: Int
    /// Where it came from, for logs; and the part of it that wrong proofs are counted by.
    package let address: String
    let host: String
    /// What a proof is bound to: the SHA-256 of the certificate that the client sees; nil without TLS.
    var channelBinding: [UInt8]?
    /// Whether it is an end in this process, which neither proves itself nor has to say something now and then.
    var isAttached = false

    @exclusivity(unchecked) var state = State.awaitingIdentity
    /// Whether it is among the hub's clients: from being admitted until it departs.
    var isClient = false
    /// Whether it ever was.
    private(set) var wasAdmitted = false
    /// Its socket is closed, and its slot may be another's.
    var isGone = false
    /// Its client id; "unidentified" until it has one.
    @exclusivity(unchecked) package private(set) var id = Name("unidentified")
    package private(set) var mode = ClientMode.client
    private(set) var hearsMembership = false
    package private(set) var speaksStinger = false
    /// Whether it stands for another hub: what it provides is used when nobody here provides it.
    private(set) var isStingerBridge = false
    /// The entry that every message from it carries on.
    private var senderEntryBytes = OwnedBytes([])
    var senderEntry: UnsafeRawBufferPointer { senderEntryBytes.bytes }

    @exclusivity(unchecked) var frames: FrameAssembler
    let connectedAt: NIODeadline
    var lastReceivedAt: NIODeadline
    /// When the frame that is still incomplete began.
    var frameBeganAt: NIODeadline

    // MARK: What it registered

    struct Membership {
        let channel: HubChannel
        var isListening: Bool
    }

    /// Something it registered, and the bytes that this keeps alive.
    struct Holding<Item> {
        let item: Item
        let byteCount: Int
    }

    /// By the channel's number.
    var memberships: [Int: Membership] = [:]
    /// The events it provides, subscriptions it owns and those it is subscribed to.
    private(set) var providedEvents: [ObjectIdentifier: Holding<HubEvent>] = [:]
    private(set) var ownedSubscriptions: [ObjectIdentifier: Holding<HubSubscription>] = [:]
    var heardSubscriptions: [ObjectIdentifier: HubSubscription] = [:]
    var remoteMembers: [NameKey: RemoteMember] = [:]
    /// Channels that those are on, added up.
    var remoteMembershipCount = 0
    /// Registrations that wait for the proof of a channel password, by the id of the challenge.
    var challenges: [String: PendingRegistration] = [:]
    /// Bytes that the above keeps alive.
    var registrationBytes = 0
    var failedProofCount = 0

    // MARK: Calls

    /// Heads of its lists in the call table.
    @exclusivity(unchecked) var firstCallMade = CallTable.none
    @exclusivity(unchecked) var firstCallTaken = CallTable.none
    @exclusivity(unchecked) var callsInFlight = 0
    /// Calls it was asked and has not answered; what `least-active` compares.
    @exclusivity(unchecked) var unansweredCallCount = 0

    /// Where its last message went; most go to the same place.
    @exclusivity(unchecked) var lastChannel: HubChannel?
    @exclusivity(unchecked) var lastEvent: HubEvent?
    @exclusivity(unchecked) var lastTarget: HubConnection?

    // MARK: Output

    @exclusivity(unchecked) var output = OutputQueue()
    /// How many slow readers, and penalties, keep the hub from reading from it.
    var holdCount = 0
    /// Senders that wait for this one to read.
    var heldSenders: [ObjectIdentifier: HubConnection] = [:]

    init(slot: Int, address: String, host: String, limits: HubLimits, now: NIODeadline) {
        self.slot = slot
        self.address = address
        self.host = host
        frames = FrameAssembler(bodyByteMaximum: limits.handshakeFrameByteMaximum)
        connectedAt = now
        lastReceivedAt = now
        frameBeganAt = now
    }

    func identify(as identity: ClientIdentity, frameByteMaximum: Int) {
        id = identity.id
        mode = identity.mode
        hearsMembership = identity.hearsMembership
        speaksStinger = identity.speaksStinger
        isStingerBridge = identity.speaksStinger && identity.mode == .bridge
        senderEntryBytes = FrameSplicer.senderEntry(id)
        frames.bodyByteMaximum = frameByteMaximum
        state = .identified
        isClient = true
        wasAdmitted = true
    }

    var isIdentified: Bool {
        if case .identified = state { true } else { false }
    }

    /// Whether what it sends is still listened to.
    var isOpen: Bool {
        switch state {
        case .awaitingIdentity, .awaitingProof, .identified: true
        case .penalised, .closing: false
        }
    }

    func isMember(of channel: HubChannel) -> Bool { memberships[channel.number] != nil }

    var registrationCount: Int {
        providedEvents.count + ownedSubscriptions.count + heardSubscriptions.count
    }

    func keep(_ event: HubEvent, byteCount: Int) {
        let old = providedEvents.updateValue(
            Holding(item: event, byteCount: byteCount),
            forKey: ObjectIdentifier(event)
        )
        registrationBytes += byteCount - (old?.byteCount ?? 0)
    }

    /// What an event it provides takes; nil if it doesn't.
    func byteCount(of event: HubEvent) -> Int? { providedEvents[ObjectIdentifier(event)]?.byteCount }

    /// What a subscription it owns takes; nil if it doesn't.
    func byteCount(of subscription: HubSubscription) -> Int? {
        ownedSubscriptions[ObjectIdentifier(subscription)]?.byteCount
    }

    func drop(_ event: HubEvent) {
        registrationBytes -= providedEvents.removeValue(forKey: ObjectIdentifier(event))?.byteCount ?? 0
    }

    func keep(_ subscription: HubSubscription, byteCount: Int) {
        let holding = Holding(item: subscription, byteCount: byteCount)
        let old = ownedSubscriptions.updateValue(holding, forKey: ObjectIdentifier(subscription))
        registrationBytes += byteCount - (old?.byteCount ?? 0)
    }

    func drop(_ subscription: HubSubscription) {
        registrationBytes -= ownedSubscriptions.removeValue(forKey: ObjectIdentifier(subscription))?.byteCount ?? 0
    }
}

/// A registration that was challenged for the channel's password.
struct PendingRegistration {
    let registration: Registration
    let challenge: String
    let issuedAt: NIODeadline
}
