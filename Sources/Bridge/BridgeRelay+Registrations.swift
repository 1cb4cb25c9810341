import Federation
import HubProtocol
import MessagePack
import NIOCore

/// What is registered on the hubs, and what this bridge registers for the other side.
extension BridgeRelay {
    // MARK: What a hub tells

    func hear(_ notice: ChannelNotice, on channel: String, _ end: BridgeEnd) {
        if channel == StingerExtensions.routesChannel {
            hearNeighbour(notice, end)
            return
        }
        // A hub that names one member of a group leaves us guessing who else is in it: ask.
        if case .left(let member) = notice, !end.speaksStinger, end.view.isInGroup(member, channel) {
            resync(end, channel)
        }
        apply(end.view.apply(notice, on: channel), end, channel)
    }

    func apply(_ changes: [HubView.Change], _ end: BridgeEnd, _ channel: String) {
        guard !ChannelRules.isReserved(channel) else { return }
        for change in changes {
            switch change {
            case .provided(let event, let client): provided(end, .event(channel, event), client)
            case .notProvided(let event, let client): withdrawn(end, channel, event, client)
            case .owned(let name, let client): provided(end, .subscription(channel, name), client)
            case .notOwned(let name, let client): notProvided(end, .subscription(channel, name), client)
            case .traitsChanged(let event): traitsChanged(end, .event(channel, event))
            case .joined(let member, let path): memberJoined(end, channel, member, path)
            case .left(let member): memberLeft(end, channel, member)
            }
        }
    }

    private func provided(_ end: BridgeEnd, _ key: EndpointKey, _ client: String) {
        guard end.isReady else { return }
        routes.advance(to: now)
        guard let bridge = BridgeName.bridge(of: client) else {
            routes.setLocal(end.side, key, isThere: true)
            return
        }
        guard bridge != end.main?.clientID else { return }
        routes.setProxy(end.side, key, of: bridge, isThere: true)
    }

    func withdrawn(_ end: BridgeEnd, _ channel: String, _ event: String, _ client: String) {
        let key = EndpointKey.event(channel, event)
        notProvided(end, key, client)
        // Hubs of this project end such calls themselves.
        guard !end.speaksStinger, end.view.traits(channel, event) == nil else { return }
        failCalls(to: key, on: end, "\(client), the provider of \(channel):\(event), disconnected")
    }

    private func notProvided(_ end: BridgeEnd, _ key: EndpointKey, _ client: String) {
        guard end.isReady else { return }
        routes.advance(to: now)
        let left: [String] =
            switch key.kind {
            case .event: end.view.channels[key.channel]?.events[key.name]?.providers.map(\.client) ?? []
            case .subscription: (end.view.channels[key.channel]?.subscriptions[key.name]?.owner).map { [$0] } ?? []
            case .source: []
            }
        if let bridge = BridgeName.bridge(of: client) {
            if bridge == end.main?.clientID {
                lost(end, key)
            } else if !left.contains(where: { BridgeName.bridge(of: $0) == bridge }) {
                routes.setProxy(end.side, key, of: bridge, isThere: false)
            }
        } else {
            routes.setLocal(end.side, key, isThere: left.contains { BridgeName.bridge(of: $0) == nil })
        }
        retryRefused(end, key)
    }

    /// A local client has taken over what we brought here; the hub has told it to us as withdrawn.
    private func lost(_ end: BridgeEnd, _ key: EndpointKey) {
        guard let proxy = end.proxies[key] else { return }
        proxy.state = .refused
        proxy.port?.proxies.remove(key)
        proxy.port = nil
    }

    private func traitsChanged(_ end: BridgeEnd, _ key: EndpointKey) {
        let other = far(end)
        for proxy in other.proxies.values where proxy.far == key && proxy.state != .waiting { register(proxy, other) }
    }

    // MARK: What the routes decide

    func carryOutRoutes() {
        routes.advance(to: now)
        while true {
            let actions = routes.takeActions()
            if actions.isEmpty { break }
            for action in actions {
                switch action {
                case .announce(let side, let change): announce(change, end(side))
                case .beat(let side): beat(end(side))
                case .carry(let side, let key, let far, let path): carry(key, far: far, path, end(side))
                case .drop(let side, let key): drop(key, end(side))
                }
            }
        }
        for end in [first, second] {
            for port in end.holders.values where port.mustBeRebuilt { rebuild(port) }
        }
        if let deadline = routes.nextDeadline { wake(at: deadline) }
    }

    private func carry(_ key: EndpointKey, far farKey: EndpointKey, _ path: [String], _ end: BridgeEnd) {
        switch key.kind {
        case .source: carrySource(key, far: farKey, end)
        case .event, .subscription:
            if let proxy = end.proxies[key] {
                let isOther = proxy.far != farKey
                proxy.far = farKey
                proxy.path = path
                if isOther { register(proxy, end) }
                return
            }
            let proxy = BridgeEnd.Proxy(key, far: farKey, path: path)
            end.proxies[key] = proxy
            join(end, key.channel)
            register(proxy, end)
        }
    }

    private func drop(_ key: EndpointKey, _ end: BridgeEnd) {
        guard key.kind != .source else {
            dropSource(key, end)
            return
        }
        guard let proxy = end.proxies.removeValue(forKey: key) else { return }
        withdraw(proxy, end)
        guard proxy.state == .registered else { return }
        tell(.registrationWithdrawn, about: proxy, end)
    }

    /// Registers a proxy on the hub it is for, with what the other side says of the original.
    func register(_ proxy: BridgeEnd.Proxy, _ end: BridgeEnd) {
        guard let port = end.main else { return }
        let other = far(end)
        let key = proxy.key
        switch key.kind {
        case .source: break
        case .event:
            guard let origin = other.view.traits(proxy.far.channel, proxy.far.name) else { return }
            proxy.traits = origin.traits
            end.proxyRoutes.insert(ProxyRoute(key, far: proxy.far))
            guard end.speaksStinger else {
                hold(proxy, for: origin.client, end)
                return
            }
            proxy.port = port
            registerEvent(proxy, on: port, end)
        case .subscription:
            proxy.schema = other.view.channels[proxy.far.channel]?.subscriptions[proxy.far.name]?.schema
            proxy.port = port
            proxy.state = .registering
            request(end, .own(key)) {
                port.session.output.writeAddSubscription(
                    channel: key.channel,
                    name: key.name,
                    schema: proxy.schema,
                    requestID: $0
                )
            }
        }
    }

    func registerEvent(_ proxy: BridgeEnd.Proxy, on port: RelayPort, _ end: BridgeEnd) {
        proxy.state = .registering
        port.proxies.insert(proxy.key)
        let requestID = port.session.register(channel: proxy.key.channel, event: proxy.key.name, traits: proxy.traits)
        end.requests[Self.requestKey(requestID, port)] = .provide(proxy.key)
        touch(port)
    }

    /// Request ids are a connection's own.
    static func requestKey(_ requestID: String, _ port: RelayPort) -> String {
        port.isMain ? requestID : "\(port.clientID):\(requestID)"
    }

    private func withdraw(_ proxy: BridgeEnd.Proxy, _ end: BridgeEnd) {
        let key = proxy.key
        switch key.kind {
        case .source: break
        case .event:
            end.proxyRoutes.remove(key)
            guard let port = proxy.port else { return }
            port.proxies.remove(key)
            guard proxy.state == .registering || proxy.state == .registered else { return }
            if port.isMain {
                request(end, .other) {
                    port.session.output.writeUnregister(channel: key.channel, event: key.name, requestID: $0)
                }
            } else {
                port.mustBeRebuilt = true
            }
        case .subscription:
            if proxy.isWanted { setListening(far(end), proxy, false) }
            guard let port = proxy.port, proxy.state == .registering || proxy.state == .registered else { return }
            request(end, .other) {
                port.session.output.writeSubscriptionRequest(
                    .removeSubscription,
                    channel: key.channel,
                    name: key.name,
                    requestID: $0
                )
            }
        }
    }

    // MARK: Answers

    func handleResponse(_ message: HubClientSession.Message, _ end: BridgeEnd, _ port: RelayPort) {
        guard message.envelope.requestID.isPresent else { return }
        let id = message.body.slice(message.envelope.requestID)
        if let id = Self.string(id), id.count == PendingCalls.requestIDByteCount, id[0] == UInt8(ascii: "c") {
            relayAnswer(message, end, id)
            return
        }
        guard let fields = MapView(at: 0, in: message.body),
            let requestID = Self.string(id).map({ String(decoding: $0, as: UTF8.self) })
        else { return }
        let requestKey = Self.requestKey(requestID, port)
        guard let request = end.requests[requestKey] else { return }
        let values = fields.values(["error", "data", "success"], walker)
        let error = values[0]?.text
        // A provider that is accepted is answered twice.
        if values[2] == nil || error != nil { end.requests[requestKey] = nil }
        let data = values[1]?.map
        switch request {
        case .join(let channel): if let error { joinRefused(end, channel, error) }
        case .members(let channel): if error == nil { membersListed(data, of: channel, end) }
        case .channels:
            let names = data?.value("channels", walker)?.elements(walker, maximum: 1 << 20)?.compactMap(\.text) ?? []
            for name in names { found(name, end) }
        case .provide(let key): proxyAnswered(end, key, error)
        case .own(let key):
            proxyAnswered(end, key, error)
            guard error == nil, let proxy = end.proxies[key] else { return }
            // A Python hub does not say whether somebody is subscribed already; then somebody may be.
            if data?.value("has_subscribers", walker)?.bool ?? true { setWanted(proxy, end, true) }
        case .other: break
        }
    }

    /// The content of a str value.
    static func string(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let head = try? ValueHead(at: 0, in: value), case .string = head.kind else { return nil }
        return UnsafeRawBufferPointer(rebasing: value[head.contentStart..<head.contentStart + head.contentCount])
    }

    private func joinRefused(_ end: BridgeEnd, _ channel: String, _ error: String) {
        end.joined.remove(channel)
        tell(.registrationRefused, [("peer", end.settings.name), ("channel", channel), ("reason", error)])
    }

    private func proxyAnswered(_ end: BridgeEnd, _ key: EndpointKey, _ error: String?) {
        if let error {
            proxyRefused(end, key, error)
            return
        }
        guard let proxy = end.proxies[key], proxy.state == .registering else { return }
        proxy.state = .registered
        proxy.refusal = nil
        tell(.registrationRelayed, about: proxy, end)
    }

    func proxyRefused(_ end: BridgeEnd, _ key: EndpointKey, _ error: String) {
        guard let proxy = end.proxies[key], proxy.state == .registering else { return }
        proxy.state = .refused
        proxy.port?.proxies.remove(key)
        // Somebody on the hub has the name; that one is called, and nothing is wrong.
        guard !error.contains("already"), proxy.refusal != error, !end.channelsWithoutPassword.contains(key.channel)
        else { return }
        proxy.refusal = error
        tell(
            .registrationRefused,
            [
                ("peer", end.settings.name), ("channel", key.channel), ("name", key.name), ("reason", error),
            ]
        )
    }

    func retryRefused(_ end: BridgeEnd, _ key: EndpointKey) {
        guard let proxy = end.proxies[key], proxy.state == .refused else { return }
        register(proxy, end)
    }

    /// A channel of which only a pattern speaks has been seen on a hub.
    func found(_ channel: String, _ end: BridgeEnd) {
        guard settings.rules.concerns(channel, on: end.side) else { return }
        join(end, channel)
        guard end.isReady else { return }
        routes.advance(to: now)
        routes.channelFound(end.side, channel)
    }

    // MARK: Proxies on hubs that take no registration back

    /// Registers a proxy on the connection that holds those of its far client; when that client goes, so does the connection.
    private func hold(_ proxy: BridgeEnd.Proxy, for farClient: String, _ end: BridgeEnd) {
        if let port = proxy.port, port.holder == farClient, port.proxies.contains(proxy.key), !port.isClosed {
            if port.session.isReady { registerEvent(proxy, on: port, end) }
            return
        }
        if let old = proxy.port, old.proxies.remove(proxy.key) != nil { old.mustBeRebuilt = true }
        guard let port = end.holders[farClient] ?? openHolder(for: farClient, end) else {
            proxy.state = .refused
            counts.count(.overloaded)
            return
        }
        proxy.port = port
        port.proxies.insert(proxy.key)
        if port.session.isReady { registerEvent(proxy, on: port, end) }
    }

    private func openHolder(for farClient: String, _ end: BridgeEnd) -> RelayPort? {
        guard end.holders.count < limits.holderMaximum, let main = end.main else { return nil }
        end.holderNumber += 1
        let name = BridgeName.further(main.clientID, end.holderNumber)
        let settings = clientSettings(end.side, name, main.channelBinding)
        let port = RelayPort(side: end.side, settings: settings, holder: farClient, now: now)
        end.holders[farClient] = port
        put(.open(port))
        return port
    }

    /// A holder's connection stands: what was meant for it is registered.
    package func opened(_ port: RelayPort) { touch(port) }

    func registerHeld(_ end: BridgeEnd, _ port: RelayPort) {
        for key in port.proxies {
            if let proxy = end.proxies[key], proxy.port === port { registerEvent(proxy, on: port, end) }
        }
    }

    /// Ends a connection because one of the registrations on it is to go; what else it held moves to a new one.
    func rebuild(_ port: RelayPort) {
        port.mustBeRebuilt = false
        let end = end(port.side)
        close(port, nil)
        loseHolder(port, end)
    }

    /// - Parameter isOurDoing: what it held is registered anew at once; else after a moment.
    func loseHolder(_ port: RelayPort, _ end: BridgeEnd, isOurDoing: Bool = true) {
        if let holder = port.holder, end.holders[holder] === port { end.holders[holder] = nil }
        if let main = answering(port) { calls.move(from: port, to: main) }
        let kept = port.proxies
        port.proxies = []
        for key in kept {
            guard let proxy = end.proxies[key], proxy.port === port else { continue }
            proxy.port = nil
            proxy.state = isOurDoing ? .waiting : .refused
            if isOurDoing { register(proxy, end) }
        }
    }
}

extension HubView {
    /// Whether a client provides a group's event on the channel.
    func isInGroup(_ client: String, _ channel: String) -> Bool {
        channels[channel]?.events.values.contains {
            $0.providers.contains { $0.client == client && $0.traits.isGroup }
        } ?? false
    }
}
