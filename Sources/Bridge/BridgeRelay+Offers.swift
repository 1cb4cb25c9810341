import Federation
import HubProtocol
import MessagePack
import NIOCore

/// What the bridges of a hub tell each other on its channel `__stinger_routes` (docs/decisions/0006).
///
/// Broadcasts: `beat` with nil; `offers` with `{full, ask, more, offered: [[kind, channel, name, [hub…]]…], withdrawn: [[kind, channel, name]…]}`.
extension BridgeRelay {
    func beat(_ end: BridgeEnd) {
        guard let port = end.main, end.isReady else { return }
        port.session.output.writeFrame(4) {
            $0.writeEntry("type", "broadcast")
            $0.writeEntry("channel", StingerExtensions.routesChannel)
            $0.writeEntry("event", "beat")
            $0.writeNullEntry("data")
        }
        touch(port)
    }

    func announce(_ change: OfferChange, _ end: BridgeEnd) {
        guard let port = end.main, end.isReady else { return }
        port.session.output.writeOffers(change)
        touch(port)
    }

    func hearOffers(_ message: HubClientSession.Message, _ end: BridgeEnd) {
        guard message.envelope.senderID.isPresent,
            let sender = Self.string(message.body.slice(message.envelope.senderID)),
            let bridge = BridgeName.bridge(of: String(decoding: sender, as: UTF8.self)), end.isReady
        else {
            counts.count(.malformed)
            return
        }
        routes.advance(to: now)
        guard String(decoding: message.body.slice(message.envelope.event), as: UTF8.self) == "offers" else {
            routes.heard(end.side, from: bridge, nil)
            return
        }
        guard let data = MapView(at: 0, in: message.body)?.value("data", walker)?.map,
            let change = OfferChange(data, walker)
        else {
            counts.count(.malformed)
            return
        }
        routes.heard(end.side, from: bridge, change)
    }

    /// A bridge has come to the hub, or gone from it.
    func hearNeighbour(_ notice: ChannelNotice, _ end: BridgeEnd) {
        switch notice {
        case .left(let member):
            guard let bridge = BridgeName.bridge(of: member), bridge == member else { return }
            end.neighbourBridges.remove(bridge)
            routes.advance(to: now)
            routes.bridgeGone(end.side, bridge)
        case .joined, .provided, .eventWithdrawn, .owned, .subscriptionWithdrawn: break
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeOffers(_ change: OfferChange) {
        writeFrame(4) {
            $0.writeEntry("type", "broadcast")
            $0.writeEntry("channel", StingerExtensions.routesChannel)
            $0.writeEntry("event", "offers")
            $0.writeMessagePack("data")
            $0.writeMapHead(5)
            $0.writeEntry("full", change.isFull)
            $0.writeEntry("ask", change.asksForOffers)
            $0.writeEntry("more", change.continues)
            $0.writeMessagePack("offered")
            $0.writeArrayHead(change.offered.count)
            for offer in change.offered {
                $0.writeArrayHead(4)
                $0.writeKey(offer.key)
                $0.writeArrayHead(offer.path.count)
                for hub in offer.path { $0.writeMessagePack(hub) }
            }
            $0.writeMessagePack("withdrawn")
            $0.writeArrayHead(change.withdrawn.count)
            for key in change.withdrawn {
                $0.writeArrayHead(3)
                $0.writeKey(key)
            }
        }
    }

    private mutating func writeKey(_ key: EndpointKey) {
        writeMessagePack(Int(key.kind.rawValue))
        writeMessagePack(key.channel)
        writeMessagePack(key.name)
    }
}

extension OfferChange {
    /// - Returns: nil when the map is not what bridges send; a single offer that is not, is left out.
    fileprivate init?(_ data: MapView, _ walker: borrowing ValueWalker) {
        let values = data.values(["full", "ask", "more", "offered", "withdrawn"], walker)
        guard let isFull = values[0]?.bool, let asks = values[1]?.bool,
            let offered = values[3]?.elements(walker, maximum: 1 << 16),
            let withdrawn = values[4]?.elements(walker, maximum: 1 << 16)
        else { return nil }
        self.init(isFull: isFull, asksForOffers: asks, continues: values[2]?.bool ?? false)
        for entry in offered {
            guard let parts = entry.elements(walker, maximum: 4), parts.count == 4, let key = EndpointKey(parts),
                let path = parts[3].elements(walker, maximum: FrameSplicer.pathLengthMaximum)
            else { continue }
            let hubs = path.compactMap(\.text)
            if hubs.count == path.count { self.offered.append(Offer(key: key, path: hubs)) }
        }
        for entry in withdrawn {
            guard let parts = entry.elements(walker, maximum: 3), parts.count == 3, let key = EndpointKey(parts) else {
                continue
            }
            self.withdrawn.append(key)
        }
    }
}

extension EndpointKey {
    fileprivate init?(_ parts: [ValueView]) {
        guard parts[0].kind == .integer, let kind = Kind(rawValue: parts[0].raw[0]), let channel = parts[1].text,
            let name = parts[2].text
        else { return nil }
        self.init(kind, channel: channel, name: name)
    }
}
