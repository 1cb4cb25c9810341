package import MQTTProtocol
import NIOCore
import TestSupport

/// The server's side of both versions in memory: sessions, QoS 0 to 2 both ways, retained messages, wills, shared subscriptions, topic aliases
/// and limits. It notes what a client does that the standard forbids.
package final class TestBroker {
    package struct Message: Equatable {
        package var topic: String
        package var payload: [UInt8]
        package var qos: QoS
        package var isRetained = false
        package var properties: [MQTTProperty] = []
        /// The client's id; empty where a test has published it.
        package var sender = ""

        package init(
            topic: String,
            payload: [UInt8],
            qos: QoS,
            isRetained: Bool = false,
            properties: [MQTTProperty] = [],
            sender: String = ""
        ) {
            self.topic = topic
            self.payload = payload
            self.qos = qos
            self.isRetained = isRetained
            self.properties = properties
            self.sender = sender
        }
    }

    package var limits: TestBrokerLimits
    /// Messages taken from clients, each as often as it would be passed on.
    package private(set) var taken: [Message] = []
    package private(set) var retained: [String: Message] = [:]
    /// What clients did that the standard forbids.
    package var violations: [String] = []
    /// Acknowledgements that are kept back until `releaseAcknowledgements`.
    package var withheldKinds: Set<AcknowledgementPacket.Kind> = []
    /// Wills are published when `releaseWills` says so, as by a broker that finds out late that a connection is dead.
    package var holdsWills = false
    private var heldWills: [Message] = []
    private var sessions: [String: TestBrokerSession] = [:]
    private var shareCount = 0

    package init(limits: TestBrokerLimits = TestBrokerLimits()) { self.limits = limits }

    package func connect() -> TestBrokerConnection { TestBrokerConnection(broker: self) }

    func session(_ clientID: String, isClean: Bool) -> (session: TestBrokerSession, isPresent: Bool) {
        if !isClean, let session = sessions[clientID] { return (session, true) }
        let session = TestBrokerSession(clientID: clientID)
        sessions[clientID] = session
        return (session, false)
    }

    /// As a broker does that comes back without its memory of clients.
    package func forgetSessions() { sessions.removeAll() }

    /// As a broker does that comes back without its store.
    package func forgetRetained() { retained.removeAll() }

    func forget(_ session: TestBrokerSession) {
        if sessions[session.clientID] === session { sessions[session.clientID] = nil }
    }

    package func hasSession(_ clientID: String) -> Bool { sessions[clientID] != nil }

    package func session(_ clientID: String) -> TestBrokerSession? { sessions[clientID] }

    /// A message from a client, for whoever subscribes.
    package func take(_ message: Message) {
        taken.append(message)
        if message.isRetained { retained[message.topic] = message.payload.isEmpty ? nil : message }
        publish(message)
    }

    package func publish(_ message: Message) {
        var groups: [String: [TestBrokerSession]] = [:]
        for session in sessions.values {
            session.offer(message, hasNoLocal: limits.hasNoLocal)
            for filter in session.sharedFilters(of: message.topic) { groups[filter, default: []].append(session) }
        }
        for (filter, members) in groups {
            let members = members.sorted { $0.clientID < $1.clientID }
            shareCount += 1
            members[shareCount % members.count].offerShare(message, of: filter)
        }
    }

    func publishWill(_ will: Message) {
        if holdsWills { heldWills.append(will) } else { take(will) }
    }

    package func releaseWills() {
        let wills = heldWills
        heldWills = []
        for will in wills { take(will) }
    }

    package func releaseAcknowledgements() {
        withheldKinds = []
        for session in sessions.values { session.connection?.putWithheld() }
    }
}
