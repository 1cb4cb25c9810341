import HubProtocol
import MessagePack
import NIOCore

/// Who is on a channel, here and behind bridges (docs/wire/comm-ipc.md, section 7).
extension Hub {
    func listMembers(_ message: ControlMessage) {
        let requestID = requestID(message.body, message.envelope)
        let channel = channel(message.body.slice(message.envelope.channel))
        if let denial = channel.flatMap({ entryDenial(message.client, $0) }) {
            refuse(message, .denied, "denied: \(denial) (at \(id.text))")
            return
        }
        let local = channel?.members ?? []
        let remote = channel.map { Array($0.remoteMembers.values) } ?? []
        send(to: message.client) {
            $0.writeFrame(3) {
                $0.writeEntry("type", "response")
                $0.writeEntry("request_id", raw: requestID)
                $0.writeMessagePack("data")
                $0.writeMapHead(1)
                $0.writeMessagePack("members")
                $0.writeArrayHead(local.count + remote.count)
                for member in local { $0.writeMember(member) }
                for member in remote { $0.writeMember(member) }
            }
        }
    }

    func announceRemote(_ message: ControlMessage) {
        let bridge = message.client
        guard bridge.mode == .bridge else {
            count(.notBridge)
            return
        }
        let channel =
            message.envelope.channel.isEmpty
            ? nil : makeChannel(Name(message.body.slice(message.envelope.channel)))
        defer { if let channel { retireIfEmpty(channel) } }
        if let channel, !mayAct(on: channel, message.body, message.envelope, bridge) { return }
        let maximum = limits.announcementsPerMessage
        guard
            let entries = message.fields.value("clients", scanner.walker)?.elements(scanner.walker, maximum: maximum)
        else {
            refuse(
                message,
                .malformedMessage,
                "malformed message: clients must be a list of at most \(maximum) (at \(id.text))"
            )
            return
        }
        for entry in entries {
            guard let announced = Announcement(entry, scanner.walker, limits) else {
                refuse(
                    message,
                    .malformedMessage,
                    "malformed message: a remote client is a map of id, mode and path (at \(id.text))"
                )
                return
            }
            guard announce(announced, bridge, channel, message) else { return }
        }
    }

    /// - Returns: false when it was refused; what follows it would be, too.
    private func announce(
        _ announced: Announcement,
        _ bridge: HubConnection,
        _ channel: HubChannel?,
        _ message: ControlMessage
    ) -> Bool {
        guard !announced.hubs.contains(where: { id.equals($0) }) else {
            count(.loop)
            return true
        }
        guard max(bridge.remoteMembers.count, bridge.remoteMembershipCount) < limits.remoteMembersPerClient else {
            let words =
                "bridge \(bridge.id.text) speaks for \(limits.remoteMembersPerClient) clients, which is the limit"
            refuse(message, .overloaded, "overloaded: \(words) (at \(id.text))")
            return false
        }
        var member = remoteMembers[announced.id.key]
        var isNews = false
        if let known = member, known.bridge !== bridge || known.pathLength != announced.hubs.count {
            // A way at least as short stays; an empty path is one that was never told.
            if known.pathLength > 0, announced.hubs.count >= known.pathLength { return true }
            let channels = known.channels
            forget(known)
            member = add(announced, bridge)
            for channel in channels { member.map { _ = enter($0, channel) } }
            isNews = true
        } else if member == nil {
            member = add(announced, bridge)
        }
        guard let channel, let member, enter(member, channel) || isNews else { return true }
        send(toListenersOf: channel, where: channel.tellsMembers) {
            $0.writeRemoteJoinNotice(channel: channel.name, member: member.id, mode: member.mode, path: member.path)
        }
        return true
    }

    private func add(_ announced: Announcement, _ bridge: HubConnection) -> RemoteMember {
        let member = RemoteMember(
            id: announced.id,
            mode: announced.mode,
            bridge: bridge,
            path: announced.path,
            pathLength: announced.hubs.count
        )
        remoteMembers[member.id.key] = member
        bridge.remoteMembers[member.id.key] = member
        return member
    }

    /// - Returns: false if it was there already.
    private func enter(_ member: RemoteMember, _ channel: HubChannel) -> Bool {
        guard channel.remoteMembers[member.id.key] == nil else { return false }
        channel.addRemote(member)
        member.channels.append(channel)
        member.bridge.remoteMembershipCount += 1
        return true
    }

    private func forget(_ member: RemoteMember) {
        for channel in member.channels { channel.removeRemote(member) }
        member.bridge.remoteMembershipCount -= member.channels.count
        member.channels = []
        remoteMembers[member.id.key] = nil
        member.bridge.remoteMembers[member.id.key] = nil
    }

    func forgetRemote(_ message: ControlMessage) {
        guard message.client.mode == .bridge else {
            count(.notBridge)
            return
        }
        guard let remoteID = message.fields.value("id", scanner.walker)?.string else {
            refuse(message, .malformedMessage, "malformed message: id must be a string (at \(id.text))")
            return
        }
        guard let member = message.client.remoteMembers[NameKey(remoteID)] else { return }
        let channelName = message.body.slice(message.envelope.channel)
        if channelName.isEmpty {
            leave(member, only: nil)
        } else if let channel = channel(channelName) {
            leave(member, only: channel)
        }
    }

    /// Takes a remote member off one channel, or off all; without any it is forgotten.
    func leave(_ member: RemoteMember, only channel: HubChannel?) {
        let left = member.channels.filter { channel == nil || $0 === channel }
        member.channels.removeAll { one in left.contains { $0 === one } }
        member.bridge.remoteMembershipCount -= left.count
        for channel in left {
            channel.removeRemote(member)
            send(toListenersOf: channel, where: channel.tellsMembers) {
                $0.writeRemoteLeaveNotice(channel: channel.name, member: member.id)
            }
            retireIfEmpty(channel)
        }
        if member.channels.isEmpty { forget(member) }
    }
}

/// A remote client as a bridge announces it.
private struct Announcement {
    let id: Name
    let mode: ClientMode
    let path: RawValue
    let hubs: [UnsafeRawBufferPointer]

    /// - Returns: nil unless the entry is a map with an id, or an id alone.
    init?(_ entry: ValueView, _ walker: borrowing ValueWalker, _ limits: HubLimits) {
        let fields = entry.map
        guard let name = fields == nil ? entry.string : fields?.value("id", walker)?.string, !name.isEmpty,
            name.count <= limits.nameByteMaximum
        else { return nil }
        id = Name(name)
        if let given = fields?.value("mode", walker), !given.isNull {
            guard let known = given.string.flatMap({ ClientMode(String(decoding: $0, as: UTF8.self)) }) else {
                return nil
            }
            mode = known
        } else {
            mode = .client
        }
        guard let given = fields?.value("path", walker), !given.isNull else {
            path = RawValue([Format.fixArray])
            hubs = []
            return
        }
        guard let elements = given.elements(walker, maximum: FrameSplicer.pathLengthMaximum) else { return nil }
        let ids = elements.compactMap(\.string)
        guard ids.count == elements.count else { return nil }
        path = RawValue(given.raw)
        hubs = ids
    }
}

extension ByteBuffer {
    fileprivate mutating func writeMember(_ member: HubConnection) {
        writeMapHead(4)
        writeEntry("id", member.id)
        writeEntry("mode", member.mode.wireName)
        writeEntry("is_local", true)
        writeMessagePack("path")
        writeArrayHead(0)
    }

    fileprivate mutating func writeMember(_ member: RemoteMember) {
        writeMapHead(5)
        writeEntry("id", member.id)
        writeEntry("mode", member.mode.wireName)
        writeEntry("is_local", false)
        writeEntry("bridge_id", member.bridge.id)
        writeEntry("path", raw: member.path)
    }
}
