import MQTTProtocol
import TestSupport

/// What a broker keeps of a client over its connections.
package final class TestBrokerSession {
    struct Outgoing {
        let packetID: UInt16
        let message: TestBroker.Message
        var isReleased = false
    }

    let clientID: String
    var subscriptions: [String: SubscriptionOptions] = [:]
    var queue: [TestBroker.Message] = []
    var outgoing: [Outgoing] = []
    /// QoS 2 identifiers of the client that are not released.
    var received: Set<UInt16> = []
    /// Its own messages are not for it.
    var isBridge = false
    var connection: TestBrokerConnection?
    private var lastID: UInt16 = 0

    init(clientID: String) { self.clientID = clientID }

    /// Messages of QoS 1 and 2 that the client has not acknowledged, or was not sent yet.
    package var waitingCount: Int { queue.count + outgoing.count }
    package var filters: Set<String> { Set(subscriptions.keys) }

    func offer(_ message: TestBroker.Message, hasNoLocal: Bool) {
        let isOwn = hasNoLocal && message.sender == clientID
        guard !(isOwn && isBridge) else { return }
        let matching = subscriptions.filter { NaiveTopics.matches($0.key, message.topic) }.values
        offer(message, by: matching.filter { !(isOwn && $0.noLocal) })
    }

    /// The group's filters, as they were subscribed to, that match a topic.
    func sharedFilters(of topic: String) -> [String] {
        subscriptions.keys.filter { text in
            SharedSubscription(text).map { NaiveTopics.matches($0.filter.text, topic) } ?? false
        }
    }

    func offerShare(_ message: TestBroker.Message, of filter: String) {
        offer(message, by: subscriptions[filter].map { [$0] } ?? [])
    }

    /// Once, however many subscriptions match (MQTT 5.0, 3.3.4).
    private func offer(_ message: TestBroker.Message, by matching: [SubscriptionOptions]) {
        guard let granted = matching.map(\.qos).max() else { return }
        var copy = message
        copy.qos = min(message.qos, granted)
        copy.isRetained = message.isRetained && matching.contains { $0.retainAsPublished }
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
}
