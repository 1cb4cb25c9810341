import HubProtocol
import MessagePack
import NIOCore

/// Channels, and what is registered on them.
extension ClientDriver {
    // MARK: Joining

    func join(_ name: String, keys: ChannelKeys?, _ completion: Completion<Void>) {
        if let channel = channels[name] {
            // Somebody joins already, or it is being joined again after an outage.
            return channel.isJoined ? completion.finish(returning: ()) : channel.joiners.append(completion)
        }
        guard let connection else { return completion.finish(throwing: noConnection) }
        let channel = ChannelState(name: name, keys: keys)
        channel.joiners = [completion]
        channels[name] = channel
        connection.send { $0.use(keys?.proof, forChannel: name) }
        join(channel) { [self] result in
            if case .failure = result, channels[name] === channel { channels[name] = nil }
        }
    }

    private func join(_ channel: ChannelState, _ then: @escaping (Result<Void, HubClientError>) -> Void) {
        let name = channel.name
        let finish = { (result: Result<Void, HubClientError>) in
            then(result)
            let joiners = channel.joiners
            channel.joiners = []
            for joiner in joiners { joiner.finish(result) }
        }
        request(.registration, timeout: Self.registrationTimeout) {
            $0.register(channel: name)
        } finish: { result in
            switch result {
            case .failure(let error): finish(.failure(error))
            case .success(let data):
                // As comm-ipc's clients do: a program that counts on a password is not to talk in the open.
                let isProtected = (try? MessagePackValue(data))?["authenticated"]?.bool ?? false
                guard channel.keys == nil || isProtected else {
                    let error = HubClientError(.refused, "channel \(name) has no password, but one was given")
                    return finish(.failure(error))
                }
                channel.isJoined = true
                finish(.success(()))
            }
        }
    }

    /// Puts everything back on a new connection, or after the hub has put us out. Once in, all is in flight at once.
    func restore(_ channel: ChannelState) {
        let keys = channel.keys
        connection?.send { $0.use(keys?.proof, forChannel: channel.name) }
        join(channel) { [self] result in
            guard channels[channel.name] === channel else { return }
            if case .failure(let error) = result {
                // A link that fell meanwhile begins anew.
                guard error.code != .linkLost else { return }
                return lose(channel, because: error)
            }
            for (event, provider) in channel.providers {
                register(event, provider, on: channel) { [self] in report($0, event, of: channel) }
            }
            for (subscription, publication) in channel.publications {
                declare(subscription, publication, on: channel) { [self] in report($0, subscription, of: channel) }
            }
            for subscription in channel.subscribers.keys {
                subscribe(subscription, on: channel) { [self] in report($0, subscription, of: channel) }
            }
        }
    }

    private func report(_ result: Result<Void, HubClientError>, _ name: String, of channel: ChannelState) {
        guard case .failure(let error) = result, error.code != .linkLost, error.code != .closed else { return }
        logger.warning("\(name) on channel \(channel.name) could not be registered again: \(error)")
        events.yield(.registrationLost(channel: channel.name, name: name, error))
    }

    private func lose(_ channel: ChannelState, because error: HubClientError) {
        channels[channel.name] = nil
        logger.warning("lost channel \(channel.name): \(error)")
        events.yield(.channelLost(channel: channel.name, error))
        drop(channel, because: error)
    }

    func drop(_ channel: ChannelState, because error: HubClientError) {
        for inbox in channel.inboxes {
            inboxUses[ObjectIdentifier(inbox)] = nil
            inbox.finish(.failure(error))
        }
        for publication in channel.publications.values { publication.audience.finish() }
    }

    /// The hub asks for a password that we have not got.
    func receivedChallenge(_ message: HubClientSession.Message) {
        let envelope = message.envelope
        guard envelope.requestID.isPresent,
            let id = (try? MessagePackValue(message.body.slice(envelope.requestID)))?.string,
            let request = requests.removeValue(forKey: id)
        else { return }
        let name = String(decoding: message.body.slice(envelope.channel), as: UTF8.self)
        request.finish(.failure(HubClientError(.unauthorized, "channel \(name) asks for a password; give one")))
        updateReading()
    }

    /// An error that is no answer: we are out of a channel, or a request could not be read.
    func receivedError(_ message: HubClientSession.Message) {
        let fields = MapView(at: 0, in: message.body)?.values(["message", "channel", "request_id"], walker)
        let text = fields?[0]?.text ?? "an error without words"
        if let id = fields?[2]?.text, let request = requests.removeValue(forKey: id) {
            request.finish(.failure(HubClientError(registration: text, reason: nil, hub: nil)))
            return updateReading()
        }
        let name = fields?[1]?.text ?? text.channelOfTermination
        logger.notice("the hub says: \(text)")
        guard let name, let channel = channels[name], channel.isJoined else { return }
        channel.isJoined = false
        channel.contents = ChannelContents()
        for publication in channel.publications.values { publication.audience.set(false) }
        restore(channel)
    }

    // MARK: Providers

    func provide(_ event: String, _ provider: Provider, channel name: String, _ completion: Completion<Void>) {
        guard let channel = joined(name, completion) else { return }
        guard channel.providers[event] == nil else {
            return completion.finish(throwing: HubClientError(.refused, "this client provides \(event) already"))
        }
        channel.providers[event] = provider
        register(event, provider, on: channel) { result in
            if case .failure = result { channel.providers[event] = nil }
            completion.finish(result)
        }
    }

    private func register(
        _ event: String,
        _ provider: Provider,
        on channel: ChannelState,
        _ finish: @escaping (Result<Void, HubClientError>) -> Void
    ) {
        let name = channel.name
        request(.registration, timeout: Self.registrationTimeout) {
            $0.register(channel: name, event: event, traits: provider.traits)
        } finish: {
            finish($0.map { _ in })
        }
    }

    func withdraw(_ event: String, channel name: String, _ completion: Completion<Void>) {
        guard let channel = channels[name], channel.providers.removeValue(forKey: event) != nil else {
            return completion.finish(returning: ())
        }
        // Other hubs cannot be told: what they still send here is answered with an error.
        guard let connection, connection.speaksStinger else { return completion.finish(returning: ()) }
        request(.registration, timeout: Self.registrationTimeout) { session in
            let id = session.makeRequestID()
            session.output.writeUnregister(channel: name, event: event, requestID: id)
            return id
        } finish: {
            completion.finish($0.map { _ in })
        }
    }

    // MARK: Subscriptions

    func declare(_ name: String, _ publication: Publication, channel: String, _ completion: Completion<Void>) {
        guard let channel = joined(channel, completion) else { return }
        guard channel.publications[name] == nil else {
            return completion.finish(throwing: HubClientError(.refused, "this client publishes \(name) already"))
        }
        channel.publications[name] = publication
        declare(name, publication, on: channel) { result in
            if case .failure = result { channel.publications[name] = nil }
            completion.finish(result)
        }
    }

    private func declare(
        _ name: String,
        _ publication: Publication,
        on channel: ChannelState,
        _ finish: @escaping (Result<Void, HubClientError>) -> Void
    ) {
        let channelName = channel.name
        request(.registration, timeout: Self.registrationTimeout) { session in
            let id = session.makeRequestID()
            let schema = publication.schema
            session.output.writeAddSubscription(channel: channelName, name: name, schema: schema, requestID: id)
            return id
        } finish: { result in
            if case .success(let data) = result, (try? MessagePackValue(data))?["has_subscribers"]?.bool == true {
                publication.audience.set(true)
            }
            finish(result.map { _ in })
        }
    }

    func endPublication(_ name: String, channel: String, _ completion: Completion<Void>) {
        guard let publication = channels[channel]?.publications.removeValue(forKey: name) else {
            return completion.finish(returning: ())
        }
        publication.audience.finish()
        subscriptionRequest(.removeSubscription, name, channel: channel) { completion.finish($0) }
    }

    func subscribe(_ name: String, channel: String, _ completion: Completion<Inbox>) {
        guard let channel = joined(channel, completion) else { return }
        let inbox = makeInbox(.subscription(channel: channel.name, name: name), wakesReading: false)
        let isFirst = channel.subscribers[name, default: []].isEmpty
        channel.subscribers[name, default: []].append(inbox)
        guard isFirst else { return completion.finish(returning: inbox) }
        subscribe(name, on: channel) { result in
            if case .failure = result {
                channel.subscribers[name]?.removeAll { $0 === inbox }
                if channel.subscribers[name]?.isEmpty == true { channel.subscribers[name] = nil }
            }
            completion.finish(result.map { inbox })
        }
    }

    private func subscribe(
        _ name: String,
        on channel: ChannelState,
        _ finish: @escaping (Result<Void, HubClientError>) -> Void
    ) {
        subscriptionRequest(.subscribe, name, channel: channel.name, finish)
    }

    func unsubscribe(_ inbox: Inbox, channel: String, name: String) {
        guard let state = channels[channel], state.subscribers[name] != nil else { return }
        state.subscribers[name]?.removeAll { $0 === inbox }
        guard state.subscribers[name]?.isEmpty == true else { return }
        state.subscribers[name] = nil
        if connection != nil { subscriptionRequest(.unsubscribe, name, channel: channel) { _ in } }
    }

    private func subscriptionRequest(
        _ kind: MessageKind,
        _ name: String,
        channel: String,
        _ finish: @escaping (Result<Void, HubClientError>) -> Void
    ) {
        request(.registration, timeout: Self.registrationTimeout) { session in
            let id = session.makeRequestID()
            session.output.writeSubscriptionRequest(kind, channel: channel, name: name, requestID: id)
            return id
        } finish: {
            finish($0.map { _ in })
        }
    }

    // MARK: The rest

    func listen(_ event: String?, channel name: String, _ completion: Completion<Inbox>) {
        guard let channel = joined(name, completion) else { return }
        let inbox = makeInbox(.broadcasts(channel: name), wakesReading: false)
        channel.listeners.append((event, inbox))
        completion.finish(returning: inbox)
    }

    func setPassword(_ password: String, keys: ChannelKeys, channel name: String, _ completion: Completion<Void>) {
        guard let channel = joined(name, completion) else { return }
        request(.registration, timeout: Self.registrationTimeout) { session in
            let id = session.makeRequestID()
            session.output.writeSetPassword(password, channel: name, requestID: id)
            return id
        } finish: { [self] result in
            if case .success = result {
                channel.keys = keys
                connection?.send { $0.use(keys.proof, forChannel: name) }
            }
            completion.finish(result.map { _ in })
        }
    }

    func listMembers(channel name: String, _ completion: Completion<[UInt8]>) {
        guard joined(name, completion) != nil else { return }
        request(.registration, timeout: Self.registrationTimeout) { session in
            let id = session.makeRequestID()
            session.output.writeListMembers(channel: name, requestID: id)
            return id
        } finish: {
            completion.finish($0)
        }
    }

    /// What the hub told of a channel, and what this client has on it, which the hub tells only others.
    func contents(of name: String) -> Result<ChannelContents, HubClientError> {
        guard let channel = channels[name] else { return .failure(.notOn(name)) }
        var contents = channel.contents
        for (event, provider) in channel.providers {
            let others = contents.events[event]?.providers.filter { $0 != settings.clientID } ?? []
            contents.events[event] = ChannelContents.Event(event, others + [settings.clientID], provider.traits)
        }
        for (name, publication) in channel.publications {
            contents.subscriptions[name] = ChannelContents.Subscription(
                name: name,
                owner: settings.clientID,
                schema: publication.schema?.value
            )
        }
        return .success(contents)
    }

    private func joined<Value>(_ name: String, _ completion: Completion<Value>) -> ChannelState? {
        if let channel = channels[name] { return channel }
        completion.finish(throwing: HubClientError.notOn(name))
        return nil
    }
}

extension HubClientError {
    fileprivate static func notOn(_ channel: String) -> HubClientError {
        HubClientError(.denied, "this client is not on channel \(channel) any more")
    }
}

extension String {
    /// The channel of "Channel NAME owner disconnected, channel terminated", which is all that comm-ipc's hubs say.
    fileprivate var channelOfTermination: String? {
        let ending = " owner disconnected, channel terminated"
        guard hasPrefix("Channel "), hasSuffix(ending) else { return nil }
        return String(dropFirst("Channel ".count).dropLast(ending.count))
    }
}
