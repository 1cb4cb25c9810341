package import Transport

/// A hub elsewhere, which is dialled.
package struct RemoteHub: Equatable, Sendable {
    package struct TLS: Equatable, Sendable {
        /// PEM: the authorities that the hub's certificate must come from; nil: those of the system.
        package let authority: ReferencedFile?
        /// PEM: our own certificate chain and key, for a hub that asks; both or neither.
        package let certificate: ReferencedFile?
        package let key: ReferencedFile?
        /// The name that the hub's certificate must have; nil: the host of the address.
        package let serverName: String?

        package init(
            authority: ReferencedFile? = nil,
            certificate: ReferencedFile? = nil,
            key: ReferencedFile? = nil,
            serverName: String? = nil
        ) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
            self.serverName = serverName
        }
    }

    /// The wait before a dial doubles from the first to the longest.
    package struct Redial: Equatable, Sendable {
        package var first: Duration
        package var longest: Duration

        package init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
            self.first = first
            self.longest = longest
        }
    }

    /// At least one; tried in turn.
    package var connect: [HubAddress]
    package var secret: Secret?
    /// Settings of `tls:` addresses, which need none where the system's authorities do.
    package var tls = TLS()
    package var channelPasswords: [String: Secret] = [:]
    /// The secret's proof may cross a network in the clear.
    package var allowsPlaintext = false
    /// The hub must prove that it knows the secret too.
    package var requiresHubProof = false
    package var redial = Redial()
    /// How often a link that is otherwise silent says that it lives, and after how much silence it is given up. A hub lets a client go
    /// that is silent for a minute.
    package var heartbeat: Duration = .seconds(10)
    package var deadAfter: Duration = .seconds(30)
    /// The id that the hub must have; nil: any.
    package var expectedID: String?

    package init(connect: [HubAddress]) { self.connect = connect }
}
