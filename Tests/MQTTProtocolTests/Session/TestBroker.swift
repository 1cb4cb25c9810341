import MQTTProtocol
import NIOCore

/// The server's side of both versions in memory: sessions, QoS 0 to 2 both ways, retained messages, topic aliases and limits. It notes what a
/// client does that the standard forbids.
final class TestBroker {
    struct Limits {
        var acceptsV5 = true
        /// nil: not announced, and not checked.
        var receiveMaximum: UInt16?
        var maximumQoS = QoS.exactlyOnce
        var isRetainAvailable = true
        var packetByteMaximum: UInt32?
        var topicAliasMaximum: UInt16 = 0
        var serverKeepAlive: UInt16?
        /// Aliases that the broker uses towards clients, if they allow as many.
        var aliasesUsed: UInt16 = 0
    }

    struct Message: Equatable {
        var topic: String
        var payload: [UInt8]
        var qos: QoS
        var isRetained = false
        var properties: [MQTTProperty] = []
    }

    var limits: Limits
    /// Messages taken from clients, each as often as it would be passed on.
    private(set) var taken: [Message] = []
    private(set) var retained: [String: Message] = [:]
    /// What clients did that the standard forbids.
    var violations: [String] = []
    private var sessions: [String: TestBrokerSession] = [:]

    init(limits: Limits = Limits()) { self.limits = limits }

    func connect() -> TestBrokerConnection { TestBrokerConnection(broker: self) }

    func session(_ clientID: String, isClean: Bool) -> (session: TestBrokerSession, isPresent: Bool) {
        if !isClean, let session = sessions[clientID] { return (session, true) }
        let session = TestBrokerSession()
        sessions[clientID] = session
        return (session, false)
    }

    /// As a broker does that comes back without its memory.
    func forgetSessions() { sessions.removeAll() }

    func hasSession(_ clientID: String) -> Bool { sessions[clientID] != nil }

    /// A message from a client, for whoever subscribes.
    func take(_ message: Message) {
        taken.append(message)
        if message.isRetained { retained[message.topic] = message.payload.isEmpty ? nil : message }
        publish(message)
    }

    func publish(_ message: Message) {
        for session in sessions.values { session.offer(message) }
    }
}
