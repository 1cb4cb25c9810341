import Federation
import HubProtocol
import MessagePack
import NIOCore

/// Subscriptions: the first and the last subscriber travel to the owner's side, and what is published comes back, once.
extension BridgeRelay {
    /// What hubs say themselves: of subscribers, of publications, of registrations.
    func handleReceive(_ message: HubClientSession.Message, _ end: BridgeEnd) {
        let channel = message.body.slice(message.envelope.channel)
        let event = message.body.slice(message.envelope.event)
        if let route = end.publicationRoutes.find(channel, event) {
            publish(message, route, end)
            return
        }
        let channelName = String(decoding: channel, as: UTF8.self)
        if channelName == Self.systemChannel {
            guard let data = MapView(at: 0, in: message.body)?.value("data", walker)?.map,
                let found = data.value("channel", walker)?.text
            else { return }
            self.found(found, end)
            return
        }
        let parts = String(decoding: event, as: UTF8.self)
        guard parts.hasPrefix("subscription.") else { return }
        let name = parts.dropFirst(13)
        if name.hasSuffix(".first") {
            subscribersChanged(end, channelName, String(name.dropLast(6)), isWanted: true)
        } else if name.hasSuffix(".last") {
            subscribersChanged(end, channelName, String(name.dropLast(5)), isWanted: false)
        }
    }

    private func subscribersChanged(_ end: BridgeEnd, _ channel: String, _ name: String, isWanted: Bool) {
        guard let proxy = end.proxies[.subscription(channel, name)] else { return }
        setWanted(proxy, end, isWanted)
    }

    /// Somebody on this side subscribed to what the other side owns, or nobody is subscribed any more.
    func setWanted(_ proxy: BridgeEnd.Proxy, _ end: BridgeEnd, _ isWanted: Bool) {
        guard proxy.isWanted != isWanted else { return }
        proxy.isWanted = isWanted
        setListening(far(end), proxy, isWanted)
    }

    /// Subscribes on the owner's side, or ends that.
    func setListening(_ owners: BridgeEnd, _ proxy: BridgeEnd.Proxy, _ isListening: Bool) {
        let dataEvent = "subscription.\(proxy.far.name).data"
        let near = EndpointKey(.subscription, channel: proxy.far.channel, name: dataEvent)
        if isListening {
            owners.publicationRoutes.insert(ProxyRoute(near, far: proxy.key))
        } else {
            owners.publicationRoutes.remove(near)
        }
        guard let port = owners.main, owners.isReady else { return }
        request(owners, .other) {
            port.session.output.writeSubscriptionRequest(
                isListening ? .subscribe : .unsubscribe,
                channel: proxy.far.channel,
                name: proxy.far.name,
                requestID: $0
            )
        }
    }

    private func publish(_ message: HubClientSession.Message, _ route: ProxyRoute, _ end: BridgeEnd) {
        let other = far(end)
        guard let port = other.main, other.isReady, message.envelope.data.isPresent else {
            counts.count(.linkDown)
            return
        }
        if !route.delivers {
            routes.advance(to: now)
            route.delivers = routes.delivers(other.side, route.far)
            guard route.delivers else {
                // The way that had it before may still bring it.
                counts.count(.duplicate)
                return
            }
        }
        port.session.output.writePublish(
            channel: route.farChannel,
            name: route.farName,
            data: message.body.slice(message.envelope.data)
        )
        counts.countRelayed()
        touch(port)
    }
}
