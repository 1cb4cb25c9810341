import Glibc
import NIOCore
import NIOSSL

/// Why a connection failed, in words for a log.
package struct ConnectionFailure: CustomStringConvertible {
    package let description: String
    /// The other side went without a farewell, as killed programs do.
    package let isHangUp: Bool

    package init(_ error: any Error) {
        switch error {
        case let error as IOError:
            description = String(cString: strerror(error.errnoCode))
            isHangUp = [ECONNRESET, EPIPE].contains(error.errnoCode)
        case NIOSSLError.handshakeFailed(let reason):
            description = "TLS handshake failed: \(Self.words(of: "\(reason)"))"
            isHangUp = false
        case NIOSSLError.uncleanShutdown:
            description = "the TLS connection ended without a farewell"
            isHangUp = true
        default:
            description = "\(error)"
            isHangUp = false
        }
    }

    /// BoringSSL names its reasons between other things: `…:OPENSSL_internal:WRONG_VERSION_NUMBER at …`.
    private static func words(of reason: String) -> String {
        var names: [String] = []
        var rest = Substring(reason)
        while let mark = rest.firstRange(of: "OPENSSL_internal:") {
            rest = rest[mark.upperBound...]
            let name = rest.prefix { $0.isUppercase || $0.isNumber || $0 == "_" }
            names.append(name.lowercased().split(separator: "_").joined(separator: " "))
        }
        return names.isEmpty ? reason : names.joined(separator: ", ")
    }
}
