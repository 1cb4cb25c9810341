import HubProtocol
public import MessagePack
import NIOCore

/// A channel that this client has joined: the place to call, to provide, to publish and to listen.
public struct HubClientChannel: Sendable {
    public let name: String
    let client: HubClient

    private var handle: ClientHandle { client.handle }

    // MARK: Calling

    /// Calls an event and waits for the answer.
    ///
    /// - Parameters:
    ///   - parameters: what the provider gets; `HubValue` where no type of its own is wanted.
    ///   - timeout: nil: the client's `callTimeout`.
    /// - Throws: `HubClientError`: `.noProvider`, `.providerLost`, `.linkLost`, `.deadline`, `.denied`, `.loop`, `.overloaded`, or `.failed` with the
    ///   provider's own words. `CancellationError` when the task is cancelled; the provider hears of that.
    public func call<Answer: Decodable & Sendable>(
        _ event: String,
        _ parameters: some Encodable,
        as type: Answer.Type = Answer.self,
        timeout: Duration? = nil
    ) async throws -> Answer {
        let data = try parameters.messagePack()
        let timeout = timeout ?? client.settings.callTimeout
        let name = name
        let answer: [UInt8] = try await handle.perform { driver, completion in
            driver.call(channel: name, event: event, data: data, timeout: .init(timeout), completion)
        }
        return try answer.decoded(as: type)
    }

    /// Calls an event that streams; the call begins when the first chunk is asked for.
    ///
    /// - Parameter timeout: for each chunk; nil: the provider may take its time.
    public func stream<Chunk: Decodable & Sendable>(
        _ event: String,
        _ parameters: some Encodable & Sendable,
        as type: Chunk.Type = Chunk.self,
        timeout: Duration? = nil
    ) -> HubSequence<Chunk> {
        let name = name
        return HubSequence { [client] in
            let data = try parameters.messagePack()
            return try await client.handle.perform { driver, completion in
                let inbox = driver.makeInbox(nil, wakesReading: true)
                do throws(HubClientError) {
                    let timeout = timeout.map { TimeAmount($0) }
                    try driver.stream(channel: name, event: event, data: data, timeout: timeout, into: inbox)
                    completion.finish(returning: inbox)
                } catch {
                    completion.finish(throwing: error)
                }
            }
        } convert: {
            try $0.decode(type)
        }
    }

    // MARK: Providing

    /// Provides an event: the closure answers each call, in a task of its own.
    ///
    /// What the closure throws is the caller's answer: the words of a `HubClientError`, the description of any other error. A caller that goes
    /// away cancels the task.
    ///
    /// - Parameters:
    ///   - isGroup: several clients may provide the event; the hub spreads the calls.
    ///   - parameters, returns: JSON schemas, for those who look at what there is on the channel.
    /// - Throws: `.refused` where somebody else provides the event already.
    @discardableResult
    public func provide<Parameters: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: String,
        taking type: Parameters.Type = Parameters.self,
        isGroup: Bool = false,
        parameters: HubValue? = nil,
        returns: HubValue? = nil,
        _ handler: @escaping @Sendable (HubRequest<Parameters>) async throws -> Answer
    ) async throws -> HubProvision {
        let traits = ProviderTraits(isStream: false, isGroup: isGroup, parameters: parameters, returns: returns)
        return try await provide(event, traits) { call in
            do {
                let answer = try await handler(HubRequest(call, type))
                call.answers.answer(try answer.messagePack())
            } catch {
                call.answers.fail(HubClientError(thrown: error))
            }
        }
    }

    /// Provides an event that streams: the closure sends chunk after chunk; the stream ends when it returns.
    @discardableResult
    public func provideStream<Parameters: Decodable & Sendable, Chunk: Encodable & Sendable>(
        _ event: String,
        taking type: Parameters.Type = Parameters.self,
        of chunk: Chunk.Type = Chunk.self,
        isGroup: Bool = false,
        parameters: HubValue? = nil,
        returns: HubValue? = nil,
        _ handler: @escaping @Sendable (HubRequest<Parameters>, HubStreamWriter<Chunk>) async throws -> Void
    ) async throws -> HubProvision {
        let traits = ProviderTraits(isStream: true, isGroup: isGroup, parameters: parameters, returns: returns)
        return try await provide(event, traits) { call in
            do {
                try await handler(HubRequest(call, type), HubStreamWriter(answers: call.answers))
                call.answers.finish()
            } catch {
                call.answers.fail(HubClientError(thrown: error))
            }
        }
    }

    private func provide(
        _ event: String,
        _ traits: ProviderTraits,
        _ run: @escaping @Sendable (IncomingCall) async -> Void
    ) async throws -> HubProvision {
        guard !event.isEmpty, !event.hasPrefix("subscription.") else {
            throw HubClientError(.invalidSettings, "an event cannot be called \"\(event)\"")
        }
        let name = name
        let provider = Provider(client: client, traits: traits.eventTraits, run: run)
        try await handle.perform { driver, completion in
            driver.provide(event, provider, channel: name, completion)
        }
        return HubProvision(event: event, channel: self)
    }

    /// The events of a group, which are called `GROUP.EVENT`: several clients may provide each.
    public func group(_ name: String) -> HubGroup { HubGroup(name: name, channel: self) }

    // MARK: Messages

    /// Sends to every other client on the channel.
    public func broadcast(_ event: String, _ value: some Encodable) async throws {
        try await post(.broadcast, event, value)
    }

    /// Sends to one provider of the event, without an answer. Where nobody provides it, nobody gets it.
    public func send(_ event: String, _ value: some Encodable) async throws {
        try await post(.send, event, value)
    }

    private func post(_ kind: PostKind, _ event: String, _ value: some Encodable) async throws {
        let message = OutgoingMessage(
            kind: kind == .send ? .send : .broadcast,
            channel: name,
            event: event,
            content: .data(try value.messagePack())
        )
        try await handle.perform { driver, completion in driver.post(message, completion) }
    }

    private enum PostKind {
        case broadcast, send
    }

    /// The broadcasts of others, from now on, and what the hub says on a system channel.
    ///
    /// - Parameter event: nil: all of them.
    public func broadcasts(_ event: String? = nil) async throws -> HubSequence<HubMessage> {
        let name = name
        let inbox: Inbox = try await handle.perform { driver, completion in
            driver.listen(event, channel: name, completion)
        }
        return HubSequence(inbox) { $0 }
    }

    // MARK: Subscriptions

    /// Subscribes to what somebody publishes, now or later.
    public func subscribe<Value: Decodable & Sendable>(
        _ subscription: String,
        as type: Value.Type = Value.self
    ) async throws -> HubSequence<Value> {
        let name = name
        let inbox: Inbox = try await handle.perform { driver, completion in
            driver.subscribe(subscription, channel: name, completion)
        }
        return HubSequence(inbox) { try $0.decode(type) }
    }

    /// Declares a subscription, whose only publisher this client then is.
    ///
    /// - Parameter schema: a JSON schema, for those who look at what there is on the channel.
    /// - Throws: `.refused` where another client has it already.
    public func declareSubscription<Value: Encodable>(
        _ subscription: String,
        of type: Value.Type = Value.self,
        schema: HubValue? = nil
    ) async throws -> HubPublisher<Value> {
        let name = name
        let audience = Audience()
        let schema = schema.map { RawValue($0.encoded) }
        try await handle.perform { driver, completion in
            let publication = Publication(schema: schema, audience: audience)
            driver.declare(subscription, publication, channel: name, completion)
        }
        return HubPublisher(subscription: subscription, audience: audience, channel: self)
    }

    // MARK: The channel itself

    /// What there is on the channel: events with their schemas, and subscriptions.
    public func explore() async throws -> ChannelContents {
        let name = name
        return try await handle.perform { driver, completion in
            completion.finish(driver.contents(of: name))
        }
    }

    /// Who is on the channel. Hubs of comm-ipc before 0.1.16 do not answer this.
    public func members() async throws -> [HubMember] {
        struct Members: Decodable {
            let members: [HubMember]
        }
        let name = name
        let answer: [UInt8] = try await handle.perform { driver, completion in
            driver.listMembers(channel: name, completion)
        }
        return try answer.decoded(as: Members.self).members
    }

    /// Gives the channel a password, or another one; for its owner only. The hub puts all others out, to come back with it.
    public func setPassword(_ password: String) async throws {
        guard !password.isEmpty else { throw HubClientError(.invalidSettings, "a password has a letter at least") }
        let name = name
        let keys = try ChannelKeys(password: password, channel: name)
        try await handle.perform { driver, completion in
            driver.setPassword(password, keys: keys, channel: name, completion)
        }
    }
}
