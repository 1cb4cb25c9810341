/// A call that came to a provider.
public struct HubRequest<Parameters: Sendable>: Sendable {
    public let channel: String
    public let event: String
    /// The client that calls.
    public let sender: String
    public let parameters: Parameters
}
