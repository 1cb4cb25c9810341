import Federation
import HubProtocol
import MessagePack

/// Who is on the channels of the other side: announced where this bridge is the way to them.
extension BridgeRelay {
    func membersListed(_ data: MapView?, of channel: String, _ end: BridgeEnd) {
        end.tellsMembers = true
        let members = data?.value("members", walker)?.elements(walker, maximum: 1 << 20) ?? []
        for member in members {
            guard let values = member.map?.values(["id", "mode", "path"], walker), let id = values[0]?.text else {
                continue
            }
            if channel == StingerExtensions.routesChannel {
                if let bridge = BridgeName.bridge(of: id), bridge != end.main?.clientID, bridge == id {
                    end.neighbourBridges.insert(bridge)
                }
                continue
            }
            let path = values[2]?.elements(walker, maximum: FrameSplicer.pathLengthMaximum)?.compactMap(\.text) ?? []
            hear(.joined(member: id, isBridge: values[1]?.text == "bridge", path: path), on: channel, end)
        }
    }

    func memberJoined(_ end: BridgeEnd, _ channel: String, _ member: String, _ path: [String]) {
        let other = far(end)
        for key in other.carriedSources where isSource(key, of: channel, on: end, path) {
            announce(member, path, on: key.channel, of: end, to: other)
        }
    }

    func memberLeft(_ end: BridgeEnd, _ channel: String, _ member: String) {
        let other = far(end)
        guard case .carried(let name, _) = settings.rules.verdict(from: end.side, channel: channel) else { return }
        forget(member, on: name, other)
    }

    /// Whether members with this path come by the source.
    private func isSource(_ key: EndpointKey, of channel: String, on end: BridgeEnd, _ path: [String]) -> Bool {
        guard key.name == path.first ?? end.hubID.text,
            case .carried(let name, _) = settings.rules.verdict(from: end.side, channel: channel)
        else { return false }
        return name == key.channel
    }

    func announceMembers(ofSource key: EndpointKey, far farKey: EndpointKey, _ end: BridgeEnd) {
        let other = far(end)
        for (member, path) in other.view.channels[farKey.channel]?.members ?? [:]
        where path.first ?? other.hubID.text == farKey.name {
            announce(member, path, on: key.channel, of: other, to: end)
        }
    }

    /// The hub has forgotten whom it was told of on a channel.
    func announceMembersAnew(_ end: BridgeEnd, _ channel: String) {
        end.announced[channel] = nil
        for route in far(end).broadcastRoutes.values where route.farChannel == channel {
            for key in end.carriedSources where key.channel == channel {
                announceMembers(ofSource: key, far: .source(route.channel.text, hub: key.name), end)
            }
        }
    }

    func forgetMembers(ofSource key: EndpointKey, _ end: BridgeEnd) {
        let other = far(end)
        for member in end.announced[key.channel] ?? [] {
            let isOther = other.view.channels.values.contains { channel in
                channel.members[member].map { $0.first ?? other.hubID.text == key.name } ?? false
            }
            if isOther { forget(member, on: key.channel, end) }
        }
    }

    private func announce(_ member: String, _ path: [String], on channel: String, of home: BridgeEnd, to end: BridgeEnd)
    {
        guard let port = end.main, end.isReady, end.tellsMembers, !path.contains(end.hubID.text) else { return }
        end.announced[channel, default: []].insert(member)
        port.session.output.writeAnnounceRemote(
            channel: channel,
            member: member,
            mode: .client,
            path: path + [home.hubID.text]
        )
        touch(port)
    }

    private func forget(_ member: String, on channel: String, _ end: BridgeEnd) {
        guard let port = end.main, end.announced[channel]?.remove(member) != nil else { return }
        port.session.output.writeForgetRemote(channel: channel, member: member)
        touch(port)
    }
}
