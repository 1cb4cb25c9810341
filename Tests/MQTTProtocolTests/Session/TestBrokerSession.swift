import MQTTProtocol

/// What a broker keeps of a client over its connections.
final class TestBrokerSession {
    struct Outgoing {
        let packetID: UInt16
        let message: TestBroker.Message
        var isReleased = false
    }

    var subscriptions: [String: SubscriptionOptions] = [:]
    var queue: [TestBroker.Message] = []
    var outgoing: [Outgoing] = []
    /// QoS 2 identifiers of the client that are not released.
    var received: Set<UInt16> = []
    weak var connection: TestBrokerConnection?
    private var lastID: UInt16 = 0

    func offer(_ message: TestBroker.Message) {
        guard let granted = subscriptions.filter({ Self.matches(message.topic, $0.key) }).map(\.value.qos).max() else {
            return
        }
        var copy = message
        copy.qos = min(message.qos, granted)
        copy.isRetained = false
        guard let connection else {
            if copy.qos != .atMostOnce { queue.append(copy) }
            return
        }
        if copy.qos == .atMostOnce { connection.send(copy) } else { queue.append(copy) }
        connection.sendWaiting()
    }

    /// The lowest identifier is not asked for: brokers count up.
    func nextID() -> UInt16 {
        repeat { lastID = lastID == .max ? 1 : lastID + 1 } while outgoing.contains { $0.packetID == lastID }
        return lastID
    }

    /// Filters of the tests end in `#` or are literal.
    static func matches(_ topic: String, _ filter: String) -> Bool {
        filter.hasSuffix("#") ? topic.hasPrefix(filter.dropLast()) : topic == filter
    }
}
