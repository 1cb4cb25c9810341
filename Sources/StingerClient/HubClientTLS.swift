/// Whom a client trusts over TLS, and how it proves itself there. The hub's certificate and the name in it are always verified.
public struct HubClientTLS: Hashable, Sendable {
    /// PEM file of the authorities that may have signed the hub's certificate; nil: those that the system trusts.
    public var authorityFile: String?
    /// PEM files of our certificate chain, leaf first, and of its key; both, or neither where the hub asks for none.
    public var certificateFile: String?
    public var keyFile: String?
    /// The name that the hub's certificate must have; nil: the host in the address.
    public var serverName: String?

    public init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        keyFile: String? = nil,
        serverName: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.serverName = serverName
    }
}
