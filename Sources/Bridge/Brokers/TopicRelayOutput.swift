package import Federation
package import MQTTProtocol

/// What a bridge between brokers wants done besides sending.
package enum TopicRelayOutput {
    package enum Level: Sendable {
        case debug, notice, warning
    }

    /// Connect once, to read.
    case open(TopicPort)
    /// Close the connection after what was put out.
    case close(TopicPort, MQTTSessionFailure?)
    /// The link is up: how long it holds counts from here.
    case steady(Side)
    case tell(Level, String, [(String, String)])
}
