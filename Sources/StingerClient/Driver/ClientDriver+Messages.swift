import HubProtocol
import MessagePack
import NIOCore

/// What comes from the hub, by kind.
extension ClientDriver {
    func received(_ message: HubClientSession.Message, on connection: ClientConnection) {
        switch message.envelope.kind {
        case .identified: becameReady(connection)
        case .response: receivedAnswer(message)
        case .call: receivedCall(message)
        case .send: receivedSend(message)
        case .broadcast: receivedBroadcast(message)
        case .receive: receivedNews(message)
        case .cancel: receivedCancellation(message)
        case .channelSync: receivedContents(message)
        case .metadataUpdate: receivedNotice(message)
        case .channelChallenge: receivedChallenge(message)
        case .error: receivedError(message)
        // The session's own, and what only clients send.
        case .identify, .connectionProof, .connectionChallenge, .ping, .pong, .register, .unregister, .setPassword,
            .addSubscription, .removeSubscription, .subscribe, .unsubscribe, .publish, .listMembers, .listChannels,
            .announceRemote, .forgetRemote, .unknown:
            break
        }
    }

    /// Whether a message on a channel with a password is signed as it has to be.
    func isTrusted(_ message: HubClientSession.Message, on channel: String) -> Bool {
        guard let key = channels[channel]?.keys?.message else { return true }
        return key.verify(frame: message.body)
    }

    static let unsigned = "its signature is wrong or missing"

    func drop(_ incoming: Incoming, _ words: String) {
        logger.warning("dropped \(incoming.event) of \(incoming.sender) on channel \(incoming.channel): \(words)")
    }

    private func receivedBroadcast(_ message: HubClientSession.Message) {
        guard let incoming = Incoming(message) else { return }
        guard isTrusted(message, on: incoming.channel) else { return drop(incoming, Self.unsigned) }
        deliverToListeners(incoming)
    }

    func deliverToListeners(_ incoming: Incoming) {
        guard let channel = channels[incoming.channel] else { return }
        for listener in channel.listeners where listener.event == nil || listener.event == incoming.event {
            push(incoming.message, to: listener.inbox)
        }
    }

    /// News of subscriptions and of system channels: from the hub, which has no key to sign with.
    private func receivedNews(_ message: HubClientSession.Message) {
        guard let incoming = Incoming(message), let channel = channels[incoming.channel] else { return }
        if hasSignature(message), !isTrusted(message, on: incoming.channel) {
            return drop(incoming, "its signature is wrong")
        }
        let prefix = "subscription."
        guard incoming.event.hasPrefix(prefix), let point = incoming.event.lastIndex(of: "."),
            point > incoming.event.index(incoming.event.startIndex, offsetBy: prefix.count - 1)
        else { return deliverToListeners(incoming) }
        let name = String(incoming.event[..<point].dropFirst(prefix.count))
        switch incoming.event[point...] {
        case ".data": for inbox in channel.subscribers[name] ?? [] { push(incoming.message, to: inbox) }
        case ".first": channel.publications[name]?.audience.set(true)
        case ".last": channel.publications[name]?.audience.set(false)
        default: break
        }
    }

    // MARK: What there is on a channel

    private func receivedContents(_ message: HubClientSession.Message) {
        guard let sync = ChannelSync(message.body, walker), let channel = channels[sync.channel] else { return }
        var contents = ChannelContents()
        for event in sync.events {
            contents.events[event.name] = ChannelContents.Event(event.name, event.providers, event.traits)
        }
        for subscription in sync.subscriptions {
            contents.subscriptions[subscription.name] = ChannelContents.Subscription(
                name: subscription.name,
                owner: subscription.owner ?? "",
                schema: subscription.schema?.value
            )
        }
        channel.contents = contents
    }

    private func receivedNotice(_ message: HubClientSession.Message) {
        let name = String(decoding: message.body.slice(message.envelope.channel), as: UTF8.self)
        guard let channel = channels[name], let notice = ChannelNotice(message.body, walker) else { return }
        switch notice {
        case .provided(let event, let owner, let traits):
            var providers = traits.isGroup ? channel.contents.events[event]?.providers ?? [] : []
            if !providers.contains(owner) { providers.append(owner) }
            channel.contents.events[event] = ChannelContents.Event(event, providers, traits)
        case .eventWithdrawn(let event, let owner): channel.contents.remove(provider: owner, of: event)
        case .owned(let subscription, let owner, let schema):
            channel.contents.subscriptions[subscription] = ChannelContents.Subscription(
                name: subscription,
                owner: owner,
                schema: schema?.value
            )
        case .subscriptionWithdrawn(let subscription, _): channel.contents.subscriptions[subscription] = nil
        case .joined: break
        case .left(let member): channel.contents.remove(member: member)
        }
    }

    // MARK: Bounds

    func makeInbox(_ use: InboxUse?, wakesReading: Bool) -> Inbox {
        let handle = ClientHandle(self)
        let inbox = Inbox(
            byteMaximum: settings.limits.inboxByteMaximum,
            gate: wakesReading ? gate : nil,
            onRoom: { inbox in handle.execute { $0.hasRoom(inbox) } },
            onAbandon: { inbox in handle.execute { $0.forget(inbox) } }
        )
        if let use { inboxUses[ObjectIdentifier(inbox)] = use }
        return inbox
    }

    func push(_ message: HubMessage, to inbox: Inbox) {
        guard let byteCount = inbox.push(message) else { return }
        let isNew = fullInboxes.insert(ObjectIdentifier(inbox)).inserted
        if byteCount > settings.limits.inboxByteLimit {
            inbox.finish(
                .failure(HubClientError(.overloaded, "\(byteCount) bytes wait unread in one sequence of messages"))
            )
            forget(inbox)
        } else if isNew {
            updateReading()
        }
    }

    private func hasRoom(_ inbox: Inbox) {
        if !inbox.isFull { fullInboxes.remove(ObjectIdentifier(inbox)) }
        updateReading()
    }

    /// Stops reading while an inbox is full and nobody waits for what only reading brings.
    func updateReading() {
        guard let connection else {
            gate.isClosed = false
            return
        }
        let isWaitedFor = !requests.isEmpty || streams.values.contains { $0.inbox.isWaitedFor }
        let shallRead = fullInboxes.isEmpty || isWaitedFor
        gate.isClosed = !shallRead
        connection.setReading(shallRead)
    }

    /// Nobody reads that inbox any more.
    private func forget(_ inbox: Inbox) {
        let identity = ObjectIdentifier(inbox)
        fullInboxes.remove(identity)
        switch inboxUses.removeValue(forKey: identity) {
        case .stream(let id): abandonStream(id)
        case .subscription(let channel, let name): unsubscribe(inbox, channel: channel, name: name)
        case .broadcasts(let channel): channels[channel]?.listeners.removeAll { $0.inbox === inbox }
        case nil: break
        }
        updateReading()
    }
}

extension RawValue {
    var value: HubValue? { try? MessagePackValue(bytes) }
}

extension ChannelContents.Event {
    init(_ name: String, _ providers: [String], _ traits: EventTraits) {
        self.name = name
        self.providers = providers
        isStream = traits.isStream
        isGroup = traits.isGroup
        parameters = traits.parameterSchema?.value
        returns = traits.returnSchema?.value
    }

    func without(_ provider: String) -> ChannelContents.Event {
        ChannelContents.Event(
            name: name,
            providers: providers.filter { $0 != provider },
            isStream: isStream,
            isGroup: isGroup,
            parameters: parameters,
            returns: returns
        )
    }
}

extension ChannelContents {
    mutating func remove(provider: String, of event: String) {
        guard let left = events[event]?.without(provider) else { return }
        events[event] = left.providers.isEmpty ? nil : left
    }

    mutating func remove(member: String) {
        for event in Array(events.keys) { remove(provider: member, of: event) }
        subscriptions = subscriptions.filter { $0.value.owner != member }
    }
}
