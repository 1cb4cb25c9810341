@testable import Federation

/// A program on one hub: member, provider, caller, owner and subscriber in one.
final class SimulatedProgram: SimulatedClient {
    let world: SimulatedFederation
    let hub: SimulatedHub
    let name: String
    let channels: [String]
    /// Events and subscriptions that it has, or would like to have.
    private(set) var endpoints: [EndpointKey]
    /// Subscriptions that it wants to hear of.
    let interests: [EndpointKey]
    private(set) var wire: Wire?
    private(set) var isWanted = true
    private var owned: [EndpointKey: Bool] = [:]
    /// What it got, by number.
    private(set) var received: [Int: Int] = [:]
    /// Calls of its own that have not ended.
    private(set) var openCalls: [Int: EndpointKey] = [:]
    private(set) var outcomes: [Int: Outcome] = [:]

    init(
        _ world: SimulatedFederation,
        on hub: SimulatedHub,
        name: String,
        channels: [String],
        endpoints: [EndpointKey],
        interests: [EndpointKey]
    ) {
        self.world = world
        self.hub = hub
        self.name = name
        self.channels = channels
        self.endpoints = endpoints
        self.interests = interests
    }

    /// It is a client of the hub, as both see it.
    var isPresent: Bool { wire?.isWhole == true }

    // MARK: Life

    func start() {
        isWanted = true
        dial()
    }

    func stop() {
        isWanted = false
        guard let wire else { return }
        wire.closeAtClient()
        self.wire = nil
        endCalls()
    }

    private func dial() {
        guard isWanted, wire == nil else { return }
        guard hub.isUp else { return redial() }
        let wire = Wire(world, hub, self, clientID: name, isBridge: false, side: .first)
        self.wire = wire
        world.after(world.delay()) { wire.hub.connected(wire) }
    }

    private func redial() { world.after(.milliseconds(world.pick(100...900))) { [self] in dial() } }

    func wireEnded(_ wire: Wire) {
        guard self.wire === wire else { return }
        self.wire = nil
        endCalls()
        redial()
    }

    private func endCalls() {
        for number in openCalls.keys.sorted() { end(number, .linkLost) }
    }

    // MARK: Acting

    func broadcast(on channel: String) -> Int? {
        guard isPresent else { return nil }
        let number = world.makeNumber()
        wire?.tellHub(.broadcast(channel: channel, SimulatedMessage(number: number)))
        return number
    }

    func publish(_ key: EndpointKey) -> Int? {
        guard isPresent else { return nil }
        let number = world.makeNumber()
        wire?.tellHub(.publish(key, SimulatedMessage(number: number)))
        return number
    }

    func call(_ key: EndpointKey) -> Int? {
        guard isPresent else { return nil }
        let number = world.makeNumber()
        openCalls[number] = key
        world.callCount += 1
        wire?.tellHub(.call(key, request: number, SimulatedMessage(number: number)))
        return number
    }

    /// Takes an endpoint back, and has it again after a while.
    func flicker(_ key: EndpointKey, for milliseconds: Int) {
        guard isPresent, owned[key] == true else { return }
        owned[key] = false
        wire?.tellHub(.withdraw(key))
        let wire = wire
        world.after(.milliseconds(Int64(milliseconds))) { [self] in
            if self.wire === wire { wire?.tellHub(.provide(key)) }
        }
    }

    // MARK: Hearing

    func receive(_ word: ClientWord, from wire: Wire) {
        guard self.wire === wire else { return }
        switch word {
        case .refusedClient, .end: wire.endedAtClient()
        case .welcome:
            owned = [:]
            for channel in channels { wire.tellHub(.join(channel: channel)) }
            for key in endpoints { wire.tellHub(.provide(key)) }
            for key in interests { wire.tellHub(.subscribe(key)) }
        case .registered(let key, _, _, let isThere):
            if isThere, interests.contains(key) { wire.tellHub(.subscribe(key)) }
            // Somebody else had it.
            if !isThere, endpoints.contains(key), owned[key] != true { wire.tellHub(.provide(key)) }
        case .accepted(let key):
            owned[key] = true
            if interests.contains(key) { wire.tellHub(.subscribe(key)) }
        case .refused(let key): owned[key] = false
        case .publication(_, let message), .broadcast(_, let message):
            world.deliveryCount += 1
            received[message.number, default: 0] += 1
            if received[message.number] != 1 { world.duplicate("\(name) got message \(message.number) twice") }
        case .call(let key, let request, _):
            // Some answers take their time.
            let life = wire
            let answer = { [name] in life.tellHub(.answer(request: request, .answered(by: "\(name) \(key.name)"))) }
            if world.chance(70) { answer() } else { world.after(.milliseconds(world.pick(0...800)), answer) }
        case .answer(let request, let outcome): end(request, outcome)
        case .channel, .left, .route: break
        }
    }

    private func end(_ number: Int, _ outcome: Outcome) {
        guard openCalls.removeValue(forKey: number) != nil else {
            return world.fail("call \(number) of \(name) ended a second time: \(outcome)")
        }
        outcomes[number] = outcome
        world.outcomeCounts["\(outcome)".prefix { $0 != "(" }.description, default: 0] += 1
    }
}
