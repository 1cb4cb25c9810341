import NIOCore

@testable import Federation

/// Whoever connects to hubs.
protocol SimulatedClient: AnyObject {
    func receive(_ word: ClientWord, from wire: Wire)
    /// A call that this client made through the hub ends with it, and so on.
    func wireEnded(_ wire: Wire)
}

/// One connection between a client and a hub: in order each way, each message with a delay of its own.
final class Wire {
    let world: SimulatedFederation
    let hub: SimulatedHub
    let client: any SimulatedClient
    let clientID: String
    let isBridge: Bool
    let side: Side
    /// The hub has taken the client in.
    var isKnownToHub = false
    var isOpenAtHub = true
    var isOpenAtClient = true
    /// Half-open: what either says vanishes, and nobody notices.
    private(set) var isHalfOpen = false
    /// Cut: what is under way is lost.
    private(set) var isCut = false
    /// Nothing arrives before this time.
    private var stalledUntil: NIODeadline
    private var lastAtHub: NIODeadline
    private var lastAtClient: NIODeadline

    init(
        _ world: SimulatedFederation,
        _ hub: SimulatedHub,
        _ client: any SimulatedClient,
        clientID: String,
        isBridge: Bool,
        side: Side
    ) {
        self.world = world
        self.hub = hub
        self.client = client
        self.clientID = clientID
        self.isBridge = isBridge
        self.side = side
        stalledUntil = world.now
        lastAtHub = world.now
        lastAtClient = world.now
    }

    /// Both ends hear each other.
    var isWhole: Bool { isOpenAtHub && isOpenAtClient && !isHalfOpen && !isCut && isKnownToHub }

    private func arrival(after last: NIODeadline) -> NIODeadline {
        max(last, stalledUntil, world.now + world.delay())
    }

    func tellHub(_ word: HubWord) {
        guard isOpenAtClient, !isHalfOpen, !isCut else { return }
        lastAtHub = arrival(after: lastAtHub)
        world.queue.add(lastAtHub, .atHub(self, word))
    }

    func tellClient(_ word: ClientWord) {
        guard isOpenAtHub, !isHalfOpen, !isCut else { return }
        lastAtClient = arrival(after: lastAtClient)
        world.queue.add(lastAtClient, .atClient(self, word))
    }

    // MARK: Ending

    /// The client goes; what it has said still arrives.
    func closeAtClient() {
        guard isOpenAtClient else { return }
        tellHub(.end)
        isOpenAtClient = false
        if isHalfOpen || isCut { return }
        world.changed()
    }

    /// The hub puts the client out; what it has said still arrives.
    func closeAtHub() {
        guard isOpenAtHub else { return }
        tellClient(.end)
        isOpenAtHub = false
    }

    /// What is under way is lost, and both ends notice.
    func cut() {
        guard !isCut else { return }
        isCut = true
        world.changed()
        endAtHub(after: world.delay())
        endAtClient(after: world.delay())
    }

    func stall(_ time: TimeAmount) { stalledUntil = world.now + time }

    /// Nothing passes, and it takes both ends long to notice.
    func becomeHalfOpen() {
        guard isWhole else { return }
        isHalfOpen = true
        endAtHub(after: .milliseconds(world.pick(6_000...8_000)))
        endAtClient(after: .milliseconds(world.pick(5_000...9_000)))
    }

    private func endAtHub(after time: TimeAmount) {
        world.queue.add(world.now + time, .act { [self] in hub.ended(self) })
    }

    private func endAtClient(after time: TimeAmount) {
        world.queue.add(world.now + time, .act { [self] in endedAtClient() })
    }

    func endedAtClient() {
        guard isOpenAtClient else { return }
        isOpenAtClient = false
        world.changed()
        client.wireEnded(self)
    }
}
