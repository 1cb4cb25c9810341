package import MQTTProtocol
package import Transport

/// An MQTT broker, which is dialled.
package struct RemoteBroker: Equatable, Sendable {
    package typealias AddressOrder = Transport.AddressOrder

    /// At least one.
    package var connect: [BrokerAddress]
    package var order = AddressOrder.inTurn
    package var version = MQTTVersion.v5
    /// A broker that refuses MQTT 5 is dialled with 3.1.1.
    package var fallsBack = false
    /// nil: `stinger-BRIDGE-PEER`.
    package var clientID: String?
    package var username: String?
    package var password: Secret?
    package var tls = RemoteHub.TLS()
    /// Protocols offered in the TLS handshake (RFC 7301).
    package var applicationProtocols: [String] = []
    /// A password may cross a network in the clear.
    package var allowsPlaintext = false
    package var cleanStart = false
    package var sessionExpiry: Duration = .seconds(24 * 3600)
    package var keepAlive: Duration = .seconds(30)
    /// Messages that the broker may send ahead of our acknowledgements.
    package var receiveMaximum = 100
    /// Messages sent ahead of the broker's acknowledgements, where it announces no maximum of its own.
    package var window = 20
    package var packetByteMaximum = 16 << 20
    package var topicAliasMaximum = 16
    package var hasBridgeBit = false
    package var redial = RemoteHub.Redial(first: .milliseconds(400))
    /// In paths; nil: the peer's name.
    package var id: String?

    package init(connect: [BrokerAddress]) { self.connect = connect }
}
