import Federation
import HubProtocol
import MessagePack
import NIOCore

/// From a connection to an end that takes part, and back.
extension BridgeRelay {
    static let systemChannel = "__comm_ipc_system"

    func handleControl(_ message: HubClientSession.Message, _ end: BridgeEnd, _ port: RelayPort) {
        switch message.envelope.kind {
        case .identified: identified(end, port)
        case .channelSync:
            guard port.isMain, let sync = ChannelSync(message.body, walker) else { return }
            apply(end.view.apply(sync), end, sync.channel)
        case .metadataUpdate:
            guard port.isMain, let notice = ChannelNotice(message.body, walker) else { return }
            let channel = String(decoding: message.body.slice(message.envelope.channel), as: UTF8.self)
            hear(notice, on: channel, end)
        case .channelChallenge: refusedForPassword(message, end)
        case .pong: if port.isMain { fencePassed(end) }
        case .error: handleError(message, end, port)
        case .cancel: relayCancel(message, end, port)
        default: break
        }
    }

    // MARK: Coming up

    private func identified(_ end: BridgeEnd, _ port: RelayPort) {
        guard case .ready(let hubID, let speaksStinger) = port.session.state else { return }
        if port.isMain {
            beginSession(end, port, hubID: hubID, speaksStinger: speaksStinger)
        } else {
            registerHeld(end, port)
        }
    }

    func beginSession(_ end: BridgeEnd, _ port: RelayPort, hubID: String, speaksStinger: Bool) {
        if let expected = end.settings.expectedHubID, expected != hubID {
            close(port, HubClientFailure(.wrongHub(id: hubID, why: "the configuration expects \(expected)")))
            return
        }
        let other = far(end)
        if let main = other.main, main.session.isReady, !main.isClosed, other.hubID.text == hubID {
            let why = "\(other.settings.name) has the same id; hubs that are joined need ids of their own"
            close(port, HubClientFailure(.wrongHub(id: hubID, why: why)))
            return
        }
        end.hubID = Name(hubID)
        end.speaksStinger = speaksStinger
        join(end, Self.systemChannel)
        join(end, StingerExtensions.routesChannel)
        if !end.isHosted { join(end, StingerExtensions.newsChannel) }
        request(end, .members(channel: StingerExtensions.routesChannel)) {
            port.session.output.writeListMembers(channel: StingerExtensions.routesChannel, requestID: $0)
        }
        for channel in settings.rules.literalChannels(on: end.side) { join(end, channel) }
        if speaksStinger, settings.rules.hasPatterns(on: end.side) {
            request(end, .channels) { port.session.output.writeListChannels(requestID: $0) }
        }
        fence(end)
        wake(at: now + limits.sweepInterval)
    }

    /// Hubs answer in order: when the pong is there, so is all that was asked for before.
    func fence(_ end: BridgeEnd) {
        guard let port = end.main else { return }
        end.openFences += 1
        port.session.output.writePing()
        touch(port)
    }

    private func fencePassed(_ end: BridgeEnd) {
        guard end.openFences > 0 else { return }
        end.openFences -= 1
        guard end.openFences == 0, !end.isReady, let port = end.main else { return }
        // Some registrations wait for the proof of a password: one round more.
        if end.requests.values.contains(where: { if case .join = $0 { true } else { false } }), end.fenceRounds < 3 {
            end.fenceRounds += 1
            fence(end)
            return
        }
        end.isReady = true
        routes.advance(to: now)
        routes.linkUp(
            end.side,
            hubID: end.hubID.text,
            ownID: port.clientID,
            reportsDepartures: end.tellsMembers
        )
        if !end.tellsMembers { end.nextResync = now + limits.resyncInterval }
        for (name, channel) in end.view.channels {
            if !ChannelRules.isReserved(name) { routes.channelFound(end.side, name) }
            for (event, providers) in channel.events {
                for provider in providers.providers {
                    apply([.provided(event: event, client: provider.client)], end, name)
                }
            }
            for (subscription, owned) in channel.subscriptions {
                apply([.owned(subscription: subscription, client: owned.owner)], end, name)
            }
        }
        routes.segmentKnown(end.side, others: end.tellsMembers ? end.neighbourBridges : nil)
        tell(
            .linkUp,
            [("peer", end.settings.name), ("hub", end.hubID.text), ("client_id", port.clientID)]
        )
    }

    /// Becomes a member of a channel that the rules concern.
    func join(_ end: BridgeEnd, _ channel: String) {
        guard let port = end.main, end.joined.insert(channel).inserted else { return }
        let requestID = port.session.register(channel: channel)
        end.requests[requestID] = .join(channel: channel)
        listMembers(end, channel)
        touch(port)
    }

    private func listMembers(_ end: BridgeEnd, _ channel: String) {
        guard let port = end.main, !channel.hasPrefix("__") else { return }
        request(end, .members(channel: channel)) {
            port.session.output.writeListMembers(channel: channel, requestID: $0)
        }
    }

    /// Asks once more what is on a channel.
    func resync(_ end: BridgeEnd, _ channel: String) {
        guard let port = end.main else { return }
        let requestID = port.session.register(channel: channel)
        end.requests[requestID] = .join(channel: channel)
        touch(port)
    }

    func request(_ end: BridgeEnd, _ what: BridgeEnd.Request, _ write: (String) -> Void) {
        guard let port = end.main else { return }
        let requestID = port.session.makeRequestID()
        end.requests[requestID] = what
        write(requestID)
        touch(port)
    }

    // MARK: Going down

    /// A link's first connection is gone: what was brought here is no more, and what came from here goes on the other side.
    func lose(_ end: BridgeEnd, _ words: String) {
        let wasReady = end.isReady
        let other = far(end)
        for port in end.holders.values { close(port, nil) }
        failCalls(toward: end.side, .linkLost, "the connection to hub \(end.hubID.text) was lost")
        dropCalls(from: end)
        for proxy in end.proxies.values where proxy.key.kind == .subscription && proxy.isWanted {
            setListening(other, proxy, false)
        }
        other.broadcastRoutes = [:]
        other.lastBroadcastRoute = nil
        other.publicationRoutes.removeAll()
        end.reset()
        routes.advance(to: now)
        routes.linkDown(end.side)
        guard wasReady else { return }
        tell(.linkDown, [("peer", end.settings.name), ("hub", end.hubID.text), ("reason", words)])
    }

    // MARK: What goes wrong

    private func refusedForPassword(_ message: HubClientSession.Message, _ end: BridgeEnd) {
        guard let fields = MapView(at: 0, in: message.body), let requestID = fields.value("request_id", walker)?.text,
            let request = end.requests.removeValue(forKey: requestID)
        else { return }
        let channel = String(decoding: message.body.slice(message.envelope.channel), as: UTF8.self)
        let reason = "the channel has a password; give it in channel_passwords of \(end.settings.name)"
        let isNew = end.channelsWithoutPassword.insert(channel).inserted
        if case .provide(let key) = request { proxyRefused(end, key, reason) }
        guard isNew else { return }
        tell(.registrationRefused, [("peer", end.settings.name), ("channel", channel), ("reason", reason)])
    }

    /// Errors that are no answers: most say that we are off a channel.
    private func handleError(_ message: HubClientSession.Message, _ end: BridgeEnd, _ port: RelayPort) {
        guard let text = MapView(at: 0, in: message.body)?.value("message", walker)?.text else { return }
        if text.hasPrefix("Channel password changed") {
            close(port, HubClientFailure(.refused(text)))
            return
        }
        let ending = " owner disconnected, channel terminated"
        guard text.hasPrefix("Channel "), text.hasSuffix(ending) else {
            // That hub is not told: what causes an error there would cause the next.
            tell(.registrationRefused, [("peer", end.settings.name), ("reason", text)], except: end)
            return
        }
        let channel = String(text.dropFirst(8).dropLast(ending.count))
        if port.isMain { channelTerminated(end, channel) } else { rebuild(port) }
    }

    /// All members have been put out of a channel, this bridge among them: it joins again, and finds who comes back.
    private func channelTerminated(_ end: BridgeEnd, _ channel: String) {
        guard end.joined.contains(channel) else { return }
        let old = end.view.channels.removeValue(forKey: channel)
        for (event, providers) in old?.events ?? [:] {
            for provider in providers.providers { withdrawn(end, channel, event, provider.client) }
        }
        for (name, subscription) in old?.subscriptions ?? [:] {
            apply([.notOwned(subscription: name, client: subscription.owner)], end, channel)
        }
        for member in (old?.members ?? [:]).keys.sorted() { memberLeft(end, channel, member) }
        for proxy in end.proxies.values where proxy.key.channel == channel {
            proxy.state = .waiting
            proxy.port?.proxies.remove(proxy.key)
            proxy.port = nil
        }
        resync(end, channel)
        listMembers(end, channel)
        for proxy in end.proxies.values where proxy.key.channel == channel { register(proxy, end) }
        announceMembersAnew(end, channel)
    }
}
