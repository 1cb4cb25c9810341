@testable import Federation

/// A broadcast, publication or call under way.
struct SimulatedMessage {
    /// Nobody else's.
    let number: Int
    /// The hubs it has passed.
    var path: [String] = []
}

/// How a call ends.
enum Outcome: Equatable {
    case answered(by: String)
    case noProvider
    case providerLost
    case linkLost
    case loop
}

/// What clients tell hubs.
enum HubWord {
    case join(channel: String)
    case provide(EndpointKey)
    case withdraw(EndpointKey)
    case subscribe(EndpointKey)
    case unsubscribe(EndpointKey)
    case publish(EndpointKey, SimulatedMessage)
    case broadcast(channel: String, SimulatedMessage)
    case call(EndpointKey, request: Int, SimulatedMessage)
    case answer(request: Int, Outcome)
    /// To the other bridges; nil: a sign of life.
    case route(OfferChange?)
    /// The connection has ended; comes last.
    case end
}

/// What hubs tell clients.
enum ClientWord {
    /// What is there, to one who has just come.
    case welcome(Welcome)
    /// Its id is in use.
    case refusedClient
    case registered(EndpointKey, owner: String, isBridge: Bool, isThere: Bool)
    case accepted(EndpointKey)
    case refused(EndpointKey)
    case channel(String)
    case left(bridge: String)
    case publication(EndpointKey, SimulatedMessage)
    case broadcast(channel: String, SimulatedMessage)
    case call(EndpointKey, request: Int, SimulatedMessage)
    case answer(request: Int, Outcome)
    case route(from: String, OfferChange?)
    case end

    struct Welcome {
        /// nil on hubs that do not tell who is there.
        let bridges: Set<String>?
        let channels: [String]
        let registrations: [(key: EndpointKey, owner: String, isBridge: Bool)]
    }
}
