package import MQTTProtocol
package import NIOCore

/// A retained message as it has to be published on the other side; its topic is told apart.
package struct RetainedMessage: Equatable, Sendable {
    /// Encoded, without their length and the message expiry; empty in 3.1.1.
    package var properties: [UInt8]
    package var payload: [UInt8]
    package var qos: QoS
    /// nil: it does not expire.
    package var expiresAt: NIODeadline?

    package init(properties: [UInt8] = [], payload: [UInt8], qos: QoS, expiresAt: NIODeadline? = nil) {
        self.properties = properties
        self.payload = payload
        self.qos = qos
        self.expiresAt = expiresAt
    }

    var byteCount: Int { properties.count + payload.count }
}
