package import NIOCore

/// How a client meets a hub.
package struct HubClientSettings: Sendable {
    package var clientID: String
    /// nil: not named, as clients of comm-ipc 0.1.5 do.
    package var mode: ClientMode?
    package var connectionKey: Proof.ConnectionKey?
    /// The hub must prove that it knows the secret too.
    package var requiresHubProof = false
    /// SHA-256 of the certificate that the hub showed over TLS; both proofs cover it.
    package var channelBinding: [UInt8]?
    /// Passwords by channel.
    package var channelKeys: [String: Proof.ChannelKey] = [:]
    package var limits = HubClientLimits()

    package init(clientID: String, mode: ClientMode?) {
        self.clientID = clientID
        self.mode = mode
    }
}

/// The bounds of a client's session.
package struct HubClientLimits: Sendable {
    /// Bytes a frame body may have; hubs allow 16 MiB from clients, and add some.
    package var frameByteMaximum = 17 << 20
    package var nestingMaximum = 511
    package var handshakeTimeout = TimeAmount.seconds(10)
    /// Between two pings. Python hubs hang up on clients that are silent for 60 s.
    package var heartbeatInterval = TimeAmount.seconds(10)
    /// Silence after which the hub is taken for dead.
    package var silenceMaximum = TimeAmount.seconds(25)

    package init() {}
}
