package import Federation
package import MQTTProtocol
package import NIOCore

/// What a bridge between brokers wants done besides sending.
package enum TopicRelayOutput {
    package enum Level: Sendable {
        case debug, notice, warning
    }

    /// Connect a second time, once, to read what is stored.
    case beginReading(Side)
    /// Close that connection after these bytes.
    case endReading(Side, farewell: ByteBuffer?)
    /// Close the connection after what was put out.
    case close(Side, MQTTSessionFailure?)
    /// The link is up: how long it holds counts from here.
    case steady(Side)
    case tell(Level, String, [(String, String)])
}
