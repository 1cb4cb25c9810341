package import Transport

/// A hub that runs in this process.
package struct HostedHub: Equatable, Sendable {
    /// What clients see of the errors they cause (docs/wire/comm-ipc.md, section 8).
    package enum ErrorPolicy: String, CaseIterable, Sendable {
        case ignore, raise, broadcast
    }

    /// What becomes of a channel whose owner goes.
    package enum ChannelPolicy: String, CaseIterable, Sendable {
        case terminate, promote
    }

    /// Which provider of a group a call goes to.
    package enum GroupPolicy: String, CaseIterable, Sendable {
        case leastActive = "least-active"
        case roundRobin = "round-robin"
    }

    package struct TLS: Equatable, Sendable {
        /// PEM: the certificate chain, leaf first, and its key.
        package let certificate: ReferencedFile
        package let key: ReferencedFile
        /// PEM: the authorities whose clients are let in; nil: a client needs no certificate.
        package let clientAuthority: ReferencedFile?
    }

    /// The defaults are those of a hub that runs alone.
    package struct Limits: Equatable, Sendable {
        /// Bytes of a message.
        package var frameByteMaximum = 16 << 20
        /// Bytes that may wait for one client.
        package var outputByteMaximum = 32 << 20
        package var clientMaximum = 10_000
        package var registrationsPerClient = 65_536
        package var callsInFlightPerClient = 65_536

        package init() {}
    }

    /// Unique among hubs that are joined.
    package var id: String
    package var listen: [HubAddress]
    /// Permissions of Unix sockets.
    package var unixMode: UInt32 = 0o600
    /// nil: clients need none.
    package var secret: Secret?
    /// Given exactly when an address is `tls:`.
    package var tls: TLS?
    package var channelPasswords: [String: Secret] = [:]
    package var errorPolicy = ErrorPolicy.ignore
    package var channelPolicy = ChannelPolicy.terminate
    package var groupPolicy = GroupPolicy.leastActive
    /// nil: a call may take for ever.
    package var callTimeout: Duration?
    /// Silence between two messages, and within one.
    package var idleTimeout: Duration = .seconds(60)
    package var dataTimeout: Duration = .seconds(60)
    package var limits = Limits()

    package init(id: String, listen: [HubAddress]) {
        self.id = id
        self.listen = listen
    }
}
