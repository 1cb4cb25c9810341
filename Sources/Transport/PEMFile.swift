import Glibc
import NIOSSL

/// Certificates and keys, read from the files that a configuration names. Errors say which file, and what it was for.
enum PEMFile {
    /// What a file is for, in the words of error messages.
    enum Purpose: String {
        case certificate = "TLS certificate"
        case key = "TLS key"
        case authority = "TLS CA"
        case clientAuthority = "TLS client CA"
    }

    static func checkReadable(_ path: String, as purpose: Purpose) throws(TransportError) {
        guard access(path, R_OK) == 0 else {
            throw TransportError("cannot read the \(purpose.rawValue) \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// - Returns: at least one certificate, in the order of the file.
    static func certificates(in path: String, as purpose: Purpose) throws(TransportError) -> [NIOSSLCertificate] {
        try checkReadable(path, as: purpose)
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(path)
            if !certificates.isEmpty { return certificates }
        } catch {
            // What the library says is never more than the line below.
        }
        throw TransportError("cannot use the \(purpose.rawValue) \(path): it holds no certificate in PEM form")
    }

    static func key(in path: String) throws(TransportError) -> NIOSSLPrivateKey {
        try checkReadable(path, as: .key)
        do {
            return try NIOSSLPrivateKey(file: path, format: .pem)
        } catch {
            throw TransportError("cannot use the TLS key \(path): it holds no key in PEM form, or an encrypted one")
        }
    }
}
