import NIOCore

@testable import Federation

/// A bridge process: a route table, and the least of a relay around it.
final class SimulatedBridge: SimulatedClient {
    let world: SimulatedFederation
    let index: Int
    let rules: ChannelRules
    private let hubs: [SimulatedHub]
    private(set) var isAlive = false
    /// By side; links that are wanted, dialled or up.
    private(set) var wires: [Wire?] = [nil, nil]
    /// The links that may not be dialled for now.
    var isBarred = [false, false]
    private(set) var table: RouteTable
    private var life = 0
    private var carried: [[EndpointKey: Carried]] = [[:], [:]]
    private var calls: [Int: Call] = [:]
    private var wakeTime: NIODeadline?
    private(set) var worstTableSize = 0

    private struct Carried {
        var far: EndpointKey
        var isRefused = false
    }

    private struct Call {
        let caller: Wire
        let callerRequest: Int
        let toward: Side
    }

    init(_ world: SimulatedFederation, index: Int, between: (SimulatedHub, SimulatedHub), rules: ChannelRules) {
        self.world = world
        self.index = index
        self.rules = rules
        hubs = [between.0, between.1]
        table = RouteTable(rules: rules, limits: world.limits, now: world.now)
    }

    var carriedCount: Int { carried[0].count + carried[1].count }
    var name: String { "b\(index)/\(life)" }

    func hub(_ side: Side) -> SimulatedHub { hubs[side.index] }
    func wire(_ side: Side) -> Wire? { wires[side.index] }

    /// Both links work.
    var isWhole: Bool {
        isAlive && backlog == nil && wires.allSatisfy { $0?.isWhole == true && $0?.isOpenAtClient == true }
    }

    // MARK: Life

    func start() {
        guard !isAlive else { return }
        isAlive = true
        life += 1
        backlog = nil
        table = RouteTable(rules: rules, limits: world.limits, now: world.now)
        wakeTime = nil
        for side in Side.allCases { dial(side) }
    }

    func kill() {
        guard isAlive else { return }
        isAlive = false
        for side in Side.allCases {
            wire(side)?.closeAtClient()
            wires[side.index] = nil
            carried[side.index] = [:]
        }
        calls = [:]
        world.changed()
    }

    /// The process does not run for a while; what arrives piles up.
    func freeze(for time: TimeAmount) {
        guard isAlive, backlog == nil else { return }
        backlog = []
        let life = life
        world.after(time) { [self] in
            guard life == self.life, let waiting = backlog else { return }
            backlog = nil
            wakeTime = nil
            world.changed()
            table.advance(to: world.now)
            act()
            for thing in waiting {
                switch thing {
                case .word(let word, let wire): if wire.isOpenAtClient { receive(word, from: wire) }
                case .end(let wire): wireEnded(wire)
                }
            }
        }
    }

    private enum Waiting {
        case word(ClientWord, Wire)
        case end(Wire)
    }

    /// Of a process that does not run.
    private var backlog: [Waiting]?

    private func dial(_ side: Side) {
        guard isAlive, wire(side) == nil else { return }
        guard !isBarred[side.index], hub(side).isUp else { return redial(side) }
        let wire = Wire(world, hub(side), self, clientID: name, isBridge: true, side: side)
        wires[side.index] = wire
        world.after(world.delay()) { wire.hub.connected(wire) }
    }

    private func redial(_ side: Side) {
        let life = life
        world.after(.milliseconds(world.pick(200...1_000))) { [self] in if life == self.life { dial(side) } }
    }

    func wireEnded(_ wire: Wire) {
        guard isAlive, self.wire(wire.side) === wire else { return }
        if backlog != nil {
            backlog?.append(.end(wire))
            return
        }
        wires[wire.side.index] = nil
        let side = wire.side
        for number in calls.keys.sorted() {
            guard let call = calls[number] else { continue }
            if call.toward == side { call.caller.tellHub(.answer(request: call.callerRequest, .linkLost)) }
            if call.toward == side || call.caller === wire { calls[number] = nil }
        }
        for key in carried[side.index].keys.sorted() where key.kind == .subscription {
            if let far = carried[side.index][key]?.far { self.wire(side.other)?.tellHub(.unsubscribe(far)) }
        }
        carried[side.index] = [:]
        table.advance(to: world.now)
        table.linkDown(side)
        act()
        redial(side)
    }

    // MARK: Words

    func receive(_ word: ClientWord, from wire: Wire) {
        guard isAlive, self.wire(wire.side) === wire else { return }
        if backlog != nil {
            backlog?.append(.word(word, wire))
            return
        }
        let side = wire.side
        switch word {
        case .refusedClient, .end: return wire.endedAtClient()
        case .publication(let key, let message): return publish(key, message, from: side)
        case .broadcast(let channel, let message): return broadcast(channel, message, from: side)
        case .call(let key, let request, let message): return call(key, request, message, wire)
        case .answer(let request, let outcome):
            guard let call = calls.removeValue(forKey: request) else { return }
            return call.caller.tellHub(.answer(request: call.callerRequest, outcome))
        case .accepted(let key):
            carried[side.index][key]?.isRefused = false
            return
        case .refused(let key):
            carried[side.index][key]?.isRefused = true
            return
        case .welcome, .registered, .channel, .left, .route: break
        }
        table.advance(to: world.now)
        switch word {
        case .welcome(let welcome): begin(side, welcome)
        case .registered(let key, let owner, let isBridge, let isThere):
            registered(side, key, owner, isBridge: isBridge, isThere: isThere)
        case .channel(let channel): table.channelFound(side, channel)
        case .left(let bridge): table.bridgeGone(side, bridge)
        case .route(let bridge, let change): table.heard(side, from: bridge, change)
        default: break
        }
        act()
    }

    private func begin(_ side: Side, _ welcome: ClientWord.Welcome) {
        let hub = hub(side)
        localOwners[side.index] = [:]
        table.linkUp(side, hubID: hub.id, ownID: name, reportsDepartures: hub.reportsDepartures)
        for channel in welcome.channels { table.channelFound(side, channel) }
        for (key, owner, isBridge) in welcome.registrations {
            registered(side, key, owner, isBridge: isBridge, isThere: true)
        }
        table.segmentKnown(side, others: welcome.bridges)
        for channel in rules.literalChannels(on: side) { wire(side)?.tellHub(.join(channel: channel)) }
    }

    /// Programs that have an endpoint, by side and key: of a group there may be many.
    private var localOwners: [[EndpointKey: Set<String>]] = [[:], [:]]

    private func registered(_ side: Side, _ key: EndpointKey, _ owner: String, isBridge: Bool, isThere: Bool) {
        if isBridge {
            table.setProxy(side, key, of: owner, isThere: isThere)
        } else {
            var owners = localOwners[side.index][key] ?? []
            if isThere { owners.insert(owner) } else { owners.remove(owner) }
            localOwners[side.index][key] = owners
            table.setLocal(side, key, isThere: !owners.isEmpty)
        }
        if isThere {
            // Subscribers of the one before are none of this one.
            let near = carried[side.other.index].contains { $0.value.far == key && key.kind == .subscription }
            if near { wire(side)?.tellHub(.subscribe(key)) }
        } else if carried[side.index][key]?.isRefused == true {
            carried[side.index][key]?.isRefused = false
            wire(side)?.tellHub(.provide(key))
        }
    }

    // MARK: Acting

    func wake() {
        guard isAlive, backlog == nil, let time = wakeTime, time <= world.now else { return }
        wakeTime = nil
        table.advance(to: world.now)
        act()
    }

    private func act() {
        for action in table.takeActions() {
            switch action {
            case .announce(let side, let change):
                world.changed()
                let counts = table.counts(side)
                worstTableSize = max(worstTableSize, counts.offersHeard + counts.offersMade)
                wire(side)?.tellHub(.route(change))
            case .beat(let side): wire(side)?.tellHub(.route(nil))
            case .carry(let side, let key, let far, _): carry(side, key, far)
            case .drop(let side, let key): drop(side, key)
            }
        }
        guard let next = table.nextDeadline, wakeTime.map({ next < $0 }) ?? true else { return }
        wakeTime = max(next, world.now)
        world.queue.add(max(next, world.now), .wake(self))
    }

    private func carry(_ side: Side, _ key: EndpointKey, _ far: EndpointKey) {
        world.changed()
        guard carried[side.index][key] == nil else { return }
        carried[side.index][key] = Carried(far: far)
        guard key.kind != .source else { return }
        wire(side)?.tellHub(.provide(key))
        if key.kind == .subscription { wire(side.other)?.tellHub(.subscribe(far)) }
    }

    private func drop(_ side: Side, _ key: EndpointKey) {
        world.changed()
        guard let old = carried[side.index].removeValue(forKey: key), key.kind != .source else { return }
        wire(side)?.tellHub(.withdraw(key))
        if key.kind == .subscription { wire(side.other)?.tellHub(.unsubscribe(old.far)) }
    }

    // MARK: Relaying

    private func publish(_ far: EndpointKey, _ message: SimulatedMessage, from side: Side) {
        guard let key = rules.counterpart(of: far, on: side), carried[side.other.index][key]?.far == far else { return }
        guard table.delivers(side.other, key) else { return }
        wire(side.other)?.tellHub(.publish(key, message))
    }

    private func broadcast(_ channel: String, _ message: SimulatedMessage, from side: Side) {
        let source = EndpointKey.source(channel, hub: message.path[0])
        guard !message.path.contains(hub(side.other).id), message.path.count <= world.limits.hopMaximum else { return }
        guard let key = rules.counterpart(of: source, on: side), carried[side.other.index][key] != nil else { return }
        wire(side.other)?.tellHub(.broadcast(channel: key.channel, message))
    }

    private func call(_ key: EndpointKey, _ request: Int, _ message: SimulatedMessage, _ wire: Wire) {
        let toward = wire.side.other
        guard let far = carried[wire.side.index][key]?.far else {
            return wire.tellHub(.answer(request: request, .noProvider))
        }
        guard let out = self.wire(toward), out.isKnownToHub else {
            return wire.tellHub(.answer(request: request, .linkLost))
        }
        guard !message.path.contains(hub(toward).id), message.path.count <= world.limits.hopMaximum else {
            world.dropped()
            return wire.tellHub(.answer(request: request, .loop))
        }
        let number = world.makeNumber()
        calls[number] = Call(caller: wire, callerRequest: request, toward: toward)
        out.tellHub(.call(far, request: number, message))
    }
}

extension Side {
    var index: Int { self == .first ? 0 : 1 }
}
