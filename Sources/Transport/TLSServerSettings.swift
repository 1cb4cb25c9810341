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

    /// The fingerprint that clients of a listener with these settings see: SHA-256 of the leaf certificate's DER form, 32 bytes.
    package func certificateFingerprint() throws(TransportError) -> [UInt8] {
        try fingerprint(of: PEMFile.certificates(in: certificateFile, as: .certificate))
    }

    /// Reads the files, once: the context and the fingerprint are of the same certificate even when the file is being replaced.
    /// - Throws: when a file cannot be read or used, or the key is another certificate's.
    package func check() throws(TransportError) { _ = try prepared() }

    func prepared() throws(TransportError) -> (context: NIOSSLContext, certificateFingerprint: [UInt8]) {
        try PEMFile.checkReadable(certificateFile, as: .certificate)
        try PEMFile.checkReadable(keyFile, as: .key)
        let chain = try PEMFile.certificates(in: certificateFile, as: .certificate)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try PEMFile.key(in: keyFile))
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = ConnectionOptions.farewellTimeout
        if let clientAuthorityFile {
            configuration.trustRoots = .certificates(
                try PEMFile.certificates(in: clientAuthorityFile, as: .clientAuthority)
            )
            configuration.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext.make(configuration, certificateFile: certificateFile, keyFile: keyFile)
        return (context, try fingerprint(of: chain))
    }

    private func fingerprint(of chain: [NIOSSLCertificate]) throws(TransportError) -> [UInt8] {
        guard let fingerprint = chain.first.flatMap(CertificateFingerprint.of) else {
            throw TransportError("cannot use the TLS certificate \(certificateFile): it cannot be written in DER form")
        }
        return fingerprint
    }
}

extension NIOSSLContext {
    /// A context, or an error that names the files it was to be made of.
    static func make(
        _ configuration: TLSConfiguration,
        certificateFile: String,
        keyFile: String
    ) throws(TransportError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TransportError("the TLS key \(keyFile) does not belong to the certificate \(certificateFile)")
        } catch {
            throw TransportError("cannot use the TLS certificate \(certificateFile) with the key \(keyFile): \(error)")
        }
    }
}
