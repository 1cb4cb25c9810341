/// The events of a group on a channel: several clients may provide each, and the hub spreads the calls over them.
public struct HubGroup: Sendable {
    public let name: String
    let channel: HubClientChannel

    private func full(_ event: String) -> String { "\(name).\(event)" }

    @discardableResult
    public func provide<Parameters: Decodable & Sendable, Answer: Encodable & Sendable>(
        _ event: String,
        taking type: Parameters.Type = Parameters.self,
        parameters: HubValue? = nil,
        returns: HubValue? = nil,
        _ handler: @escaping @Sendable (HubRequest<Parameters>) async throws -> Answer
    ) async throws -> HubProvision {
        try await channel.provide(
            full(event),
            taking: type,
            isGroup: true,
            parameters: parameters,
            returns: returns,
            handler
        )
    }

    @discardableResult
    public func provideStream<Parameters: Decodable & Sendable, Chunk: Encodable & Sendable>(
        _ event: String,
        taking type: Parameters.Type = Parameters.self,
        of chunk: Chunk.Type = Chunk.self,
        parameters: HubValue? = nil,
        returns: HubValue? = nil,
        _ handler: @escaping @Sendable (HubRequest<Parameters>, HubStreamWriter<Chunk>) async throws -> Void
    ) async throws -> HubProvision {
        try await channel.provideStream(
            full(event),
            taking: type,
            of: chunk,
            isGroup: true,
            parameters: parameters,
            returns: returns,
            handler
        )
    }

    public func call<Answer: Decodable & Sendable>(
        _ event: String,
        _ parameters: some Encodable,
        as type: Answer.Type = Answer.self,
        timeout: Duration? = nil
    ) async throws -> Answer {
        try await channel.call(full(event), parameters, as: type, timeout: timeout)
    }

    public func stream<Chunk: Decodable & Sendable>(
        _ event: String,
        _ parameters: some Encodable & Sendable,
        as type: Chunk.Type = Chunk.self,
        timeout: Duration? = nil
    ) -> HubSequence<Chunk> {
        channel.stream(full(event), parameters, as: type, timeout: timeout)
    }
}
