import Crypto
import NIOSSL

/// What stands for a server's certificate in a channel binding: SHA-256 over the certificate's DER form, 32 bytes.
///
/// This is `tls-server-end-point` of RFC 5929, section 4.1, but with SHA-256 whatever the certificate was signed with, so that neither side has
/// to know the signature's algorithm.
enum CertificateFingerprint {
    /// - Returns: nil only when the library cannot write the certificate down again.
    static func of(_ certificate: NIOSSLCertificate) -> [UInt8]? {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        return Array(SHA256.hash(data: bytes))
    }
}
