import HubProtocol
import MessagePack

/// `set_password` (docs/wire/comm-ipc.md, section 3, "Protected channels").
extension Hub {
    func setPassword(_ message: ControlMessage) {
        let client = message.client
        let requestID = requestID(message.body, message.envelope)
        guard !message.envelope.channel.isEmpty else {
            refuse(message, .malformedMessage, "malformed message: set_password needs a channel (at \(id.text))")
            return
        }
        guard let password = message.fields.value("password", scanner.walker)?.string, !password.isEmpty,
            password.count <= limits.nameByteMaximum
        else {
            refuse(
                message,
                .malformedMessage,
                "malformed message: password must be a string of 1 to \(limits.nameByteMaximum) bytes (at \(id.text))"
            )
            return
        }
        let name = message.body.slice(message.envelope.channel)
        if let refusal = lackOfRoom(on: name, client) {
            refuse(message, .overloaded, refusal)
            return
        }
        let known = channel(name)
        guard !name.starts(with: HubChannel.systemPrefix.utf8) else {
            let channel = String(decoding: name, as: UTF8.self)
            refuse(message, .readOnly, "denied: channel \(channel) is read-only (at \(id.text))")
            return
        }
        guard !name.starts(with: StingerExtensions.channelPrefix.utf8) else {
            let channel = String(decoding: name, as: UTF8.self)
            refuse(message, .denied, "denied: channel \(channel) is nobody's (at \(id.text))")
            return
        }
        // A channel that has a password but no member is not for the taking.
        let isOwner = known.map { $0.owner === client || ($0.owner == nil && !$0.isProtected) } ?? true
        guard isOwner, !client.isStingerBridge else {
            let text = "Only the channel owner can set or change the password"
            count(.notOwner)
            report(text, causedBy: client) {
                if requestID != nil { send(to: client) { $0.writeFailure(text, requestID: requestID) } }
            }
            return
        }
        let channel = known ?? makeChannel(Name(name))
        enter(channel, client)
        let key = Proof.ChannelKey(password: password)
        if channel.key.map({ !($0 == key) }) ?? true {
            channel.key = key
            say("Channel \(channel.name.text) password set/changed", client: client.id, about: channel)
            putOutOthers(channel, than: client, because: "Channel password changed, please reconnect")
            forgetStrangers(on: channel, causedBy: client)
        }
        if requestID != nil { send(to: client) { $0.writeSuccess(requestID: requestID) } }
    }

    private func putOutOthers(_ channel: HubChannel, than owner: HubConnection, because text: String) {
        for member in channel.members where member !== owner { putOut(member, from: channel, because: text) }
    }

    /// Takes a member out of a channel with all that it has there, but for its subscriptions. Whoever else is put out with it is told no more
    /// than that.
    func putOut(_ member: HubConnection, from channel: HubChannel, because text: String) {
        send(to: member) {
            if member.speaksStinger { $0.writeError(text, channel: channel.name) } else { $0.writeError(text) }
        }
        channel.removeListener(member)
        channel.removeMember(member)
        member.memberships[channel.number] = nil
        for event in channel.events.values where event.isProvided(by: member) { withdraw(event, from: member) }
    }

    /// Ends the subscriptions, owned and heard, of clients that are not members.
    func forgetStrangers(on channel: HubChannel, causedBy causer: HubConnection?) {
        for subscription in channel.subscriptions.values.sorted(by: { $0.number < $1.number }) {
            if let owner = subscription.owner, !owner.isMember(of: channel) {
                remove(subscription, of: owner, causedBy: causer)
            }
            for subscriber in subscription.subscribers where !subscriber.isMember(of: channel) {
                removeSubscriber(subscriber, from: subscription)
            }
        }
    }
}
