import NIOSSL

/// `TLSClientSettings` with their files read, ready for connections.
package struct PreparedTLS: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?

    init(context: NIOSSLContext, serverName: String?) {
        self.context = context
        self.serverName = serverName
    }

    /// - Parameter host: as dialled. A name is sent (RFC 6066, section 3) and verified. An address is never sent; the address that the socket
    ///   is connected to must then be one of the certificate's IP addresses.
    /// - Throws: when the name cannot stand in a certificate.
    func makeHandler(for host: String) throws(ConnectionFailure) -> NIOSSLClientHandler {
        let name = expectedName(for: host)
        if let name, !Self.isVerifiable(name) {
            throw ConnectionFailure(
                .wrongHostName,
                "no certificate can be for \(name): TLS needs a name of letters, digits, - and . (or tls.server_name)"
            )
        }
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: name)
        } catch {
            throw ConnectionFailure(.other, "no TLS for \(host): \(error)")
        }
    }

    /// The name that the peer's certificate must have; nil when an address is dialled, which the library then compares.
    func expectedName(for host: String) -> String? {
        let name = serverName ?? host
        if NumericHost.isAddress(name) { return nil }
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    /// Whether a certificate can be for this name: up to 253 bytes, of which the library compares letters, digits, hyphen and full stop.
    static func isVerifiable(_ name: String) -> Bool {
        (1...253).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") }
    }
}
