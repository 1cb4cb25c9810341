import HubProtocol

/// An event that this client provides.
public struct HubProvision: Sendable {
    public let event: String
    let channel: HubClientChannel

    /// Stops providing it. Calls that are being worked on still get their answers.
    public func withdraw() async throws {
        let event = event
        let name = channel.name
        try await channel.client.handle.perform { driver, completion in
            driver.withdraw(event, channel: name, completion)
        }
    }
}

/// What a channel is told of a provider.
struct ProviderTraits {
    let isStream: Bool
    let isGroup: Bool
    let parameters: HubValue?
    let returns: HubValue?

    var eventTraits: EventTraits {
        EventTraits(
            isStream: isStream,
            isGroup: isGroup,
            parameterSchema: parameters.map { RawValue($0.encoded) },
            returnSchema: returns.map { RawValue($0.encoded) }
        )
    }
}

extension HubRequest where Parameters: Decodable {
    init(_ call: IncomingCall, _ type: Parameters.Type) throws(HubClientError) {
        channel = call.channel
        event = call.event
        sender = call.sender
        parameters = try call.payload.decoded(as: type)
    }
}

extension HubClientError {
    /// What a provider's closure threw, as its caller reads it.
    init(thrown error: any Error) {
        switch error {
        case let error as HubClientError: self = error
        case is CancellationError: self.init(.failed, "the provider gave up the call")
        default: self.init(.failed, "\(error)")
        }
    }
}
