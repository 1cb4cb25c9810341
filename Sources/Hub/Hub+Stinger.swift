import HubProtocol
import NIOCore

/// What only clients ask for that speak stinger, and what only they hear (docs/wire/comm-ipc.md, section 11).
extension Hub {
    // MARK: What they ask for

    /// Takes back an event that the client provides; calls it was asked go on.
    func unregister(_ message: ControlMessage) {
        let client = message.client
        let channelName = message.body.slice(message.envelope.channel)
        let eventName = message.body.slice(message.envelope.event)
        guard let channel = channel(channelName), let event = channel.events[NameKey(eventName)],
            event.isProvided(by: client)
        else {
            let names = [channelName, eventName].map { String(decoding: $0, as: UTF8.self) }
            refuse(message, .notOwner, "Not a provider of \(names[0]):\(names[1])")
            return
        }
        withdraw(event, from: client)
        tellWithdrawn(event, of: client, causedBy: client)
        if let requestID = requestID(message.body, message.envelope) {
            send(to: client) { $0.writeSuccess(requestID: requestID) }
        }
    }

    /// Ends a call for its caller, who asks for nothing more than that. One that has ended meanwhile is none of its business.
    func cancel(_ message: ControlMessage) {
        guard message.envelope.requestID.isPresent else {
            refuse(
                message,
                .malformedMessage,
                "malformed message: cancel needs the request_id of a call (at \(id.text))"
            )
            return
        }
        let requestID = requestIDKey.key(of: message.body.slice(message.envelope.requestID))
        guard let number = calls.find(caller: message.client, requestID: requestID) else { return }
        count(.cancelled)
        tellCancelled(calls[number])
        calls.remove(number)
    }

    /// Tells the provider that nobody waits for its answer any more.
    func tellCancelled(_ call: CallTable.Call) {
        guard call.provider.speaksStinger else { return }
        send(to: call.provider) {
            $0.writeCancellation(requestID: RequestIDKey.value(of: call.requestID), caller: call.caller.id)
        }
    }

    /// Names the channels that there are to a bridge; of those with a password, only the ones it is on.
    func listChannels(_ message: ControlMessage) {
        let client = message.client
        guard client.isStingerBridge else {
            refuse(message, .denied, "denied: channels are listed to bridges only (at \(id.text))")
            return
        }
        let names = allChannels.filter { !$0.isReserved && $0.admits(client) }.map(\.name)
        // A name has a head of at most 3 bytes; what is around the names takes less than 64, but for the request id.
        let byteCount = names.reduce(64 + limits.nameByteMaximum) { $0 + $1.utf8.count + 3 }
        guard byteCount <= limits.frameByteMaximum else {
            let words =
                "the names of \(names.count) channels do not go into \(limits.frameByteMaximum) bytes, the limit"
            refuse(message, .overloaded, "overloaded: \(words) (at \(id.text))")
            return
        }
        let requestID = requestID(message.body, message.envelope)
        send(to: client) { $0.writeChannelList(requestID: requestID, names) }
    }

    // MARK: What they hear

    /// Says that a client provides an event no more.
    ///
    /// - Parameter causer: whose message did that, and who is not told.
    func tellWithdrawn(_ event: HubEvent, of provider: HubConnection, causedBy causer: HubConnection?) {
        tellWithdrawn(event.name, "event", of: provider, on: event.channel, causedBy: causer)
    }

    /// The same of a subscription that a client owned.
    func tellWithdrawn(_ subscription: HubSubscription, of owner: HubConnection, causedBy causer: HubConnection?) {
        tellWithdrawn(subscription.name, "subscription", of: owner, on: subscription.channel, causedBy: causer)
    }

    /// To the listeners, and to the client that lost it, which need not be one.
    private func tellWithdrawn(
        _ name: Name,
        _ stype: StaticString,
        of owner: HubConnection,
        on channel: HubChannel,
        causedBy causer: HubConnection?
    ) {
        let ownerHears = owner !== causer && owner.speaksStinger && owner.isOpen
        guard ownerHears || !channel.stingerListeners.isEmpty else { return }
        let start = outbox.batch.writerIndex
        outbox.batch.writeWithdrawnNotice(channel: channel.name, name: name, stype: stype, owner: owner.id)
        let end = outbox.batch.writerIndex
        for listener in channel.stingerListeners where listener !== causer && listener !== owner {
            outbox.address(start, end, to: listener)
        }
        if ownerHears { outbox.address(start, end, to: owner) }
    }

    /// Says that there is a channel that was not there before this message. Registrations on it would tell the same, but a channel
    /// may come without.
    func tellNewChannel() {
        guard let channel = newChannel else { return }
        newChannel = nil
        guard !channel.isRetired, !channel.isReserved else { return }
        sendSystem(.registrations, about: channel, where: \.speaksStinger) { systemChannel, buffer in
            buffer.writeSystemEvent(channel: systemChannel, event: "new_channel", serverID: id, dataCount: 1) {
                $0.writeEntry("channel", channel.name)
            }
        }
    }

    /// Says something on the hub's own channels: on `__comm_ipc_errors` or on `__comm_ipc_system`, to all who listen there.
    ///
    /// - Parameter fields: the entries of `data`.
    package func announce(_ event: String, _ fields: [(StaticString, String)], isError: Bool) {
        sendSystem(isError ? .errors : .registrations) { channel, buffer in
            buffer.writeSystemEvent(channel: channel, event: event, serverID: id, dataCount: fields.count) {
                for (key, value) in fields { $0.writeEntry(key, value) }
            }
        }
    }
}
