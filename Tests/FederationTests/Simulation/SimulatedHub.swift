import NIOCore

@testable import Federation

/// A hub: one order for all that it passes on.
final class SimulatedHub {
    let world: SimulatedFederation
    let index: Int
    let id: String
    /// Whether it tells when a client goes.
    let reportsDepartures: Bool
    private(set) var isUp = true
    /// In the order in which they came.
    private(set) var clients: [Wire] = []
    private(set) var bridges: [Wire] = []
    private(set) var channels: [String] = []
    private(set) var members: [String: [Wire]] = [:]
    private(set) var registrations: [EndpointKey: [Wire]] = [:]
    private var subscribers: [EndpointKey: [Wire]] = [:]
    private var calls: [Int: Call] = [:]
    /// What has passed, by channel and number: nothing may twice. (Under another name it is another channel.)
    private var passed: [String: Set<Int>] = [:]

    private struct Call {
        let caller: Wire
        let callerRequest: Int
        let provider: Wire
    }

    init(_ world: SimulatedFederation, index: Int, reportsDepartures: Bool) {
        self.world = world
        self.index = index
        self.reportsDepartures = reportsDepartures
        id = "h\(index)"
    }

    /// Events by such names may have many providers.
    static func isGroup(_ key: EndpointKey) -> Bool { key.kind == .event && key.name.hasPrefix("group") }

    // MARK: Clients

    func connected(_ wire: Wire) {
        guard wire.isOpenAtHub else { return }
        guard isUp else { return wire.cut() }
        guard !clients.contains(where: { $0.clientID == wire.clientID }) else {
            wire.tellClient(.refusedClient)
            wire.isOpenAtHub = false
            return
        }
        wire.isKnownToHub = true
        world.changed()
        let known = registrations.keys.sorted().flatMap { key in
            (registrations[key] ?? []).map { (key: key, owner: $0.clientID, isBridge: $0.isBridge) }
        }
        let others = Set(bridges.map(\.clientID))
        wire.tellClient(
            .welcome(
                ClientWord.Welcome(bridges: reportsDepartures ? others : nil, channels: channels, registrations: known)
            )
        )
        clients.append(wire)
        if wire.isBridge { bridges.append(wire) }
    }

    func ended(_ wire: Wire) {
        guard wire.isOpenAtHub else { return }
        wire.isOpenAtHub = false
        guard wire.isKnownToHub else { return }
        world.changed()
        clients.removeAll { $0 === wire }
        bridges.removeAll { $0 === wire }
        for channel in members.keys.sorted() { members[channel]?.removeAll { $0 === wire } }
        for key in subscribers.keys.sorted() { subscribers[key]?.removeAll { $0 === wire } }
        for key in registrations.keys.sorted() where registrations[key]?.contains(where: { $0 === wire }) == true {
            remove(key, of: wire, tellsNow: reportsDepartures)
        }
        for number in calls.keys.sorted() {
            guard let call = calls[number] else { continue }
            if call.provider === wire { call.caller.tellClient(.answer(request: call.callerRequest, .providerLost)) }
            if call.provider === wire || call.caller === wire { calls[number] = nil }
        }
        if wire.isBridge, reportsDepartures { for other in bridges { other.tellClient(.left(bridge: wire.clientID)) } }
    }

    /// Ends, and begins again with nothing after a while.
    func restart(after time: TimeAmount) {
        guard isUp else { return }
        isUp = false
        for wire in clients {
            wire.cut()
            wire.isOpenAtHub = false
        }
        clients = []
        bridges = []
        channels = []
        members = [:]
        registrations = [:]
        subscribers = [:]
        calls = [:]
        world.after(time) { [self] in
            isUp = true
            world.changed()
        }
    }

    // MARK: Words

    func receive(_ word: HubWord, from wire: Wire) {
        guard wire.isOpenAtHub, !wire.isCut else { return }
        guard wire.isKnownToHub else {
            // It was gone before it had come.
            if case .end = word { wire.isOpenAtHub = false }
            return
        }
        switch word {
        case .join(let channel): join(channel, wire)
        case .provide(let key): provide(key, wire)
        case .withdraw(let key): remove(key, of: wire, tellsNow: true)
        case .subscribe(let key): subscribe(key, wire)
        case .unsubscribe(let key): subscribers[key]?.removeAll { $0 === wire }
        case .publish(let key, let message):
            guard registrations[key]?.contains(where: { $0 === wire }) == true else { return }
            notePassage(message, on: key.channel)
            for other in subscribers[key] ?? [] { other.tellClient(.publication(key, message)) }
        case .broadcast(let channel, var message):
            guard !message.path.contains(id) else { return world.dropped() }
            message.path.append(id)
            notePassage(message, on: channel)
            for other in members[channel] ?? [] where other !== wire {
                other.tellClient(.broadcast(channel: channel, message))
            }
            for other in bridges where other !== wire { other.tellClient(.broadcast(channel: channel, message)) }
        case .call(let key, let request, let message): call(key, request, message, wire)
        case .answer(let request, let outcome):
            guard let call = calls[request], call.provider === wire else { return }
            calls[request] = nil
            call.caller.tellClient(.answer(request: call.callerRequest, outcome))
        case .route(let change):
            world.count(change, receivers: bridges.count - 1)
            for other in bridges where other !== wire { other.tellClient(.route(from: wire.clientID, change)) }
        case .end: ended(wire)
        }
    }

    private func notePassage(_ message: SimulatedMessage, on channel: String) {
        if message.path.count > 17 { world.fail("message \(message.number) crossed \(message.path.count - 1) bridges") }
        guard passed[channel, default: []].insert(message.number).inserted else {
            return world.duplicate("message \(message.number) passed \(id) twice on \(channel), now by \(message.path)")
        }
    }

    private func join(_ channel: String, _ wire: Wire) {
        // Bridges hear every channel anyway.
        if !wire.isBridge, members[channel]?.contains(where: { $0 === wire }) != true {
            members[channel, default: []].append(wire)
        }
        guard !channels.contains(channel) else { return }
        channels.append(channel)
        world.changed()
        for bridge in bridges { bridge.tellClient(.channel(channel)) }
    }

    private func provide(_ key: EndpointKey, _ wire: Wire) {
        let owners = registrations[key] ?? []
        guard !owners.contains(where: { $0 === wire }) else { return wire.tellClient(.accepted(key)) }
        guard owners.isEmpty || Self.isGroup(key) else { return wire.tellClient(.refused(key)) }
        registrations[key] = owners + [wire]
        wire.tellClient(.accepted(key))
        tell(key, wire, isThere: true)
    }

    private func remove(_ key: EndpointKey, of wire: Wire, tellsNow: Bool) {
        guard let owners = registrations[key], owners.contains(where: { $0 === wire }) else { return }
        let rest = owners.filter { $0 !== wire }
        registrations[key] = rest.isEmpty ? nil : rest
        if rest.isEmpty { subscribers[key] = nil }
        if tellsNow {
            tell(key, wire, isThere: false)
        } else {
            // Whoever looks now and then finds out.
            world.after(.milliseconds(500)) { [self] in
                guard registrations[key]?.contains(where: { $0.clientID == wire.clientID }) != true else { return }
                tell(key, wire, isThere: false)
            }
        }
    }

    private func tell(_ key: EndpointKey, _ wire: Wire, isThere: Bool) {
        world.changed()
        for other in clients where other !== wire {
            other.tellClient(.registered(key, owner: wire.clientID, isBridge: wire.isBridge, isThere: isThere))
        }
    }

    private func subscribe(_ key: EndpointKey, _ wire: Wire) {
        guard registrations[key] != nil, subscribers[key]?.contains(where: { $0 === wire }) != true else { return }
        subscribers[key, default: []].append(wire)
    }

    private func call(_ key: EndpointKey, _ request: Int, _ message: SimulatedMessage, _ wire: Wire) {
        var message = message
        guard !message.path.contains(id) else {
            world.dropped()
            return wire.tellClient(.answer(request: request, .loop))
        }
        message.path.append(id)
        if message.path.count > 17 { world.fail("call \(message.number) crossed \(message.path.count - 1) bridges") }
        guard let provider = registrations[key]?.first else {
            return wire.tellClient(.answer(request: request, .noProvider))
        }
        let number = world.makeNumber()
        calls[number] = Call(caller: wire, callerRequest: request, provider: provider)
        provider.tellClient(.call(key, request: number, message))
    }

    /// No call is open.
    var isIdle: Bool { calls.isEmpty }
}
