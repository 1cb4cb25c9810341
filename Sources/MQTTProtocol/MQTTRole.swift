/// The two ends of a connection: which packets each may send, and what in them, differs (MQTT 5.0, 2.1.2).
package enum MQTTRole: Hashable, Sendable, CaseIterable {
    case client
    case server

    package var peer: MQTTRole {
        switch self {
        case .client: .server
        case .server: .client
        }
    }
}
