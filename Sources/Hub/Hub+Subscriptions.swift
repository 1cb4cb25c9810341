import HubProtocol
import MessagePack
import NIOCore

/// Subscriptions: declared by an owner, heard by subscribers (docs/wire/comm-ipc.md, section 6).
extension Hub {
    /// Bytes that an entry of a subscriber takes, roughly.
    private static let subscriberByteCount = 256

    func addSubscription(_ message: ControlMessage) {
        guard !message.envelope.channel.isEmpty, !message.envelope.subscription.isEmpty else {
            answer(message, "channel and sub_name required")
            return
        }
        let channelName = String(decoding: message.body.slice(message.envelope.channel), as: UTF8.self)
        let name = Name(message.body.slice(message.envelope.subscription))
        guard channelName != "subscription" else {
            answer(message, "Channel name \(channelName) is reserved")
            return
        }
        guard !name.text.hasPrefix("subscription.") else {
            answer(message, "Subscription name \(name.text) is reserved")
            return
        }
        let channel = makeChannel(Name(channelName))
        guard mayAct(on: channel, message.body, message.envelope, message.client) else {
            retireIfEmpty(channel)
            return
        }
        let known = channel.subscriptions[name.key]
        let proxy = known?.owner.flatMap { $0.isStingerBridge && !message.client.isStingerBridge ? $0 : nil }
        if let owner = known?.owner, owner !== message.client, proxy == nil {
            answer(message, "Subscription \(name.text) already owned by another client")
            return
        }
        let schema = message.fields.value("return_schema", scanner.walker).flatMap {
            $0.isNull ? nil : RawValue($0.raw)
        }
        let byteCount = 256 + name.utf8.count + (schema?.bytes.count ?? 0)
        if let refusal = lackOfRoom(
            for: byteCount,
            replacing: known.flatMap { message.client.byteCount(of: $0) },
            message.client
        ) {
            count(.overloaded)
            answer(message, refusal)
            retireIfEmpty(channel)
            return
        }
        let subscription = makeSubscription(name, on: channel)
        if let proxy {
            proxy.drop(subscription)
            tellWithdrawn(subscription, of: proxy, causedBy: message.client)
        }
        subscription.owner = message.client
        subscription.schema = schema
        message.client.keep(subscription, byteCount: byteCount)
        send(toListenersOf: channel, where: { $0 !== message.client }) {
            $0.writeSubscriptionNotice(channel: channel.name, name: name, owner: message.client.id, schema: schema)
        }
        say(
            "Client \(message.client.id.text) added subscription \(name.text) on channel \(channelName)",
            client: message.client.id,
            about: channel
        )
        answerAdded(message, subscription)
        // The one before has been told long ago.
        if proxy != nil, !subscription.subscribers.isEmpty { tellOwner(of: subscription, isFirst: true) }
    }

    private func answerAdded(_ message: ControlMessage, _ subscription: HubSubscription) {
        guard message.client.speaksStinger, let requestID = requestID(message.body, message.envelope) else {
            answer(message, nil)
            return
        }
        send(to: message.client) {
            $0.writeSubscriptionAdded(requestID: requestID, hasSubscribers: !subscription.subscribers.isEmpty)
        }
    }

    /// Answers with success, or with an error; not at all without a request id.
    private func answer(_ message: ControlMessage, _ error: String?) {
        guard let requestID = requestID(message.body, message.envelope) else { return }
        send(to: message.client) {
            if let error { $0.writeFailure(error, requestID: requestID) } else { $0.writeSuccess(requestID: requestID) }
        }
    }

    private func subscription(_ message: ControlMessage) -> HubSubscription? {
        channel(message.body.slice(message.envelope.channel))?
            .subscriptions[NameKey(message.body.slice(message.envelope.subscription))]
    }

    func removeSubscription(_ message: ControlMessage) {
        guard let subscription = subscription(message), subscription.owner === message.client else {
            count(.notOwner)
            answer(message, "Not the owner or subscription does not exist")
            return
        }
        remove(subscription, of: message.client, causedBy: message.client)
        answer(message, nil)
    }

    /// Withdraws a subscription; its subscribers' entries go with it.
    ///
    /// Not so where a bridge had brought it: its link fell, or the owner on the other side starts anew, and the subscribers, who hear of neither,
    /// go on waiting.
    func remove(_ subscription: HubSubscription, of owner: HubConnection, causedBy causer: HubConnection?) {
        let channel = subscription.channel
        subscription.owner = nil
        owner.drop(subscription)
        if !owner.isStingerBridge {
            for subscriber in subscription.subscribers { unhear(subscription, subscriber) }
        }
        if subscription.isEmpty { channel.subscriptions[subscription.name.key] = nil }
        tellWithdrawn(subscription, of: owner, causedBy: causer)
        say("Subscription \(subscription.name.text) on channel \(channel.name.text) removed", about: channel)
        retireIfEmpty(channel)
    }

    func subscribe(_ message: ControlMessage) {
        guard !message.envelope.channel.isEmpty, !message.envelope.subscription.isEmpty else {
            count(.malformedMessage)
            answer(message, "channel and sub_name required")
            return
        }
        let client = message.client
        let channel = makeChannel(Name(message.body.slice(message.envelope.channel)))
        // Unlike other acts, subscribing on a system channel is harmless, and clients of 0.1.x do it with the channel they open.
        if let denial = entryDenial(client, channel) {
            retireIfEmpty(channel)
            refuse(message, .denied, "denied: \(denial) (at \(id.text))")
            return
        }
        let name = Name(message.body.slice(message.envelope.subscription))
        let subscription = makeSubscription(name, on: channel)
        if client.heardSubscriptions[ObjectIdentifier(subscription)] == nil {
            if let refusal = lackOfRoom(for: Self.subscriberByteCount, replacing: nil, client) {
                if subscription.isEmpty { channel.subscriptions[name.key] = nil }
                retireIfEmpty(channel)
                count(.overloaded)
                answer(message, refusal)
                return
            }
            subscription.add(client)
            client.heardSubscriptions[ObjectIdentifier(subscription)] = subscription
            client.registrationBytes += Self.subscriberByteCount
            if subscription.subscribers.count == 1 { tellOwner(of: subscription, isFirst: true) }
        }
        answer(message, nil)
    }

    func unsubscribe(_ message: ControlMessage) {
        if let subscription = subscription(message),
            message.client.heardSubscriptions[ObjectIdentifier(subscription)] != nil
        {
            removeSubscriber(message.client, from: subscription)
        }
        answer(message, nil)
    }

    func removeSubscriber(_ client: HubConnection, from subscription: HubSubscription) {
        unhear(subscription, client)
        if subscription.subscribers.isEmpty { tellOwner(of: subscription, isFirst: false) }
        if subscription.isEmpty {
            subscription.channel.subscriptions[subscription.name.key] = nil
            retireIfEmpty(subscription.channel)
        }
    }

    private func unhear(_ subscription: HubSubscription, _ client: HubConnection) {
        subscription.remove(client)
        client.heardSubscriptions[ObjectIdentifier(subscription)] = nil
        client.registrationBytes -= Self.subscriberByteCount
    }

    private func tellOwner(of subscription: HubSubscription, isFirst: Bool) {
        guard let owner = subscription.owner else { return }
        send(to: owner) {
            $0.writeSubscriberNotice(
                channel: subscription.channel.name,
                name: subscription.name,
                isFirst: isFirst,
                unixSeconds: unixSeconds
            )
        }
    }

    /// Spreads what an owner publishes; whoever else tries is not heard.
    func publish(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard let channel = channel(body, envelope, client) else {
            count(.noReceiver)
            return
        }
        guard mayAct(on: channel, body, envelope, client) else { return }
        guard let subscription = channel.subscriptions[NameKey(body.slice(envelope.subscription))],
            subscription.owner === client
        else {
            count(.notOwner)
            return
        }
        guard !subscription.subscribers.isEmpty else {
            count(.noReceiver)
            return
        }
        let start = outbox.batch.writerIndex
        outbox.batch.writePublication(
            channel: channel.name,
            event: subscription.dataEvent,
            data: envelope.data.isPresent ? body.slice(envelope.data) : nil,
            sender: client.id,
            serverID: id,
            unixSeconds: unixSeconds
        )
        for subscriber in subscription.subscribers {
            outbox.address(start, outbox.batch.writerIndex, to: subscriber, from: client)
        }
    }
}
