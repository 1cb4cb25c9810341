import Glibc
import NIOSSL

/// How a hub proves itself over TLS, and what it asks of clients. TLS 1.3 where both sides have it, 1.2 at least (RFC 8446, RFC 5246).
package struct TLSServerSettings: Sendable {
    /// PEM files: the certificate chain, leaf first, and its key.
    package let certificateFile: String
    package let keyFile: String
    /// PEM file of the authorities whose clients are let in; nil: a client needs no certificate.
    package let clientAuthorityFile: String?

    package init(certificateFile: String, keyFile: String, clientAuthorityFile: String?) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientAuthorityFile = clientAuthorityFile
    }

    func makeContext() throws(TransportError) -> NIOSSLContext {
        try Self.checkReadable(certificateFile, "TLS certificate")
        try Self.checkReadable(keyFile, "TLS key")
        let chain = try Self.read("TLS certificate", certificateFile) {
            try NIOSSLCertificate.fromPEMFile(certificateFile).map { NIOSSLCertificateSource.certificate($0) }
        }
        guard !chain.isEmpty else {
            throw TransportError("cannot use the TLS certificate \(certificateFile): it holds no PEM certificate")
        }
        let key = try Self.read("TLS key", keyFile) { try NIOSSLPrivateKey(file: keyFile, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain,
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        if let clientAuthorityFile {
            try Self.checkReadable(clientAuthorityFile, "TLS client CA")
            configuration.trustRoots = .certificates(
                try Self.read("TLS client CA", clientAuthorityFile) {
                    try NIOSSLCertificate.fromPEMFile(clientAuthorityFile)
                }
            )
            configuration.certificateVerification = .noHostnameVerification
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TransportError("the TLS key \(keyFile) does not belong to the certificate \(certificateFile)")
        } catch {
            throw TransportError("cannot use the TLS certificate \(certificateFile) with the key \(keyFile): \(error)")
        }
    }

    private static func checkReadable(_ path: String, _ what: String) throws(TransportError) {
        guard access(path, R_OK) == 0 else {
            throw TransportError("cannot read the \(what) \(path): \(String(cString: strerror(errno)))")
        }
    }

    private static func read<Value>(
        _ what: String,
        _ file: String,
        _ body: () throws -> Value
    ) throws(TransportError) -> Value {
        do {
            return try body()
        } catch {
            throw TransportError("cannot use the \(what) \(file): \(error)")
        }
    }
}
