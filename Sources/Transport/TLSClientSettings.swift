import NIOSSL

/// Whom we trust when we dial a hub or a broker over TLS, and how we prove ourselves there. TLS 1.3 where both sides have it, 1.2 at least; the certificate
/// and the name in it are always verified.
package struct TLSClientSettings: Equatable, Sendable {
    /// PEM file of the authorities that may have signed the other side's certificate; nil: those that the system trusts.
    package let authorityFile: String?
    /// PEM files: our certificate chain, leaf first, and its key; both, or neither where the other side asks for none.
    package let certificateFile: String?
    package let keyFile: String?
    /// The name that the other side's certificate must have; nil: the host that is dialled.
    package let serverName: String?
    /// Offered in the handshake, the dearest first (RFC 7301); a server that knows nothing of such offers is content without.
    package let applicationProtocols: [String]

    /// Bytes that the name of an application protocol may have (RFC 7301, 3.1), and how many of them are offered.
    package static let applicationProtocolByteMaximum = 255
    package static let applicationProtocolMaximum = 16

    package init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        keyFile: String? = nil,
        serverName: String? = nil,
        applicationProtocols: [String] = []
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.serverName = serverName
        self.applicationProtocols = applicationProtocols
    }

    /// Reads the files. The result serves any number of connections; certificates that are replaced need a new one.
    package func prepared() throws(TransportError) -> PreparedTLS {
        if let serverName { try Self.check(serverName: serverName) }
        try Self.check(applicationProtocols: applicationProtocols)
        return PreparedTLS(context: try makeContext(), serverName: serverName)
    }

    private func makeContext() throws(TransportError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = ConnectionOptions.farewellTimeout
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = applicationProtocols
        if let authorityFile {
            configuration.trustRoots = .certificates(try PEMFile.certificates(in: authorityFile, as: .authority))
        }
        switch (certificateFile, keyFile) {
        case (let certificateFile?, let keyFile?):
            let chain = try PEMFile.certificates(in: certificateFile, as: .certificate)
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try PEMFile.key(in: keyFile))
            return try .make(configuration, certificateFile: certificateFile, keyFile: keyFile)
        case (let certificateFile?, nil):
            throw TransportError("the TLS certificate \(certificateFile) needs its key beside it")
        case (nil, let keyFile?):
            throw TransportError("the TLS key \(keyFile) needs its certificate beside it")
        case (nil, nil):
            do {
                return try NIOSSLContext(configuration: configuration)
            } catch {
                throw TransportError("this system has no trusted authorities of its own: name a file of them (tls.ca)")
            }
        }
    }

    private static func check(applicationProtocols names: [String]) throws(TransportError) {
        guard names.count <= applicationProtocolMaximum else {
            throw TransportError(
                "TLS offers at most \(applicationProtocolMaximum) application protocols, not \(names.count)"
            )
        }
        for name in names where !(1...applicationProtocolByteMaximum).contains(name.utf8.count) {
            throw TransportError(
                "the name of a TLS application protocol has 1 to \(applicationProtocolByteMaximum) bytes, "
                    + "this one \(name.utf8.count)"
            )
        }
    }

    private static func check(serverName: String) throws(TransportError) {
        guard !NumericHost.isAddress(serverName) else {
            throw TransportError(
                "TLS can verify \(serverName) only where that is the address dialled: the server name is a host name"
            )
        }
        guard PreparedTLS.isVerifiable(serverName) else {
            throw TransportError("the TLS server name \(serverName) is not a host name of letters, digits, - and .")
        }
    }
}
