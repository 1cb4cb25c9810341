import Glibc
import Logging

/// Where secrets come from: an environment variable or a file, never the command line. What is read is never shown.
enum SecretSource {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Bytes that a secret may have.
    private static let byteMaximum = 64 << 10

    /// - Returns: nil when neither is named.
    static func read(environment: String?, file: String?, _ logger: Logger) throws(Missing) -> [UInt8]? {
        if let environment { return try read(environment: environment) }
        if let file { return try read(file: file, logger) }
        return nil
    }

    private static func read(environment name: String) throws(Missing) -> [UInt8] {
        guard let value = getenv(name), value.pointee != 0 else {
            throw Missing(
                description: "the environment variable \(name) is not set, or empty; a secret is expected in it"
            )
        }
        return Array(String(cString: value).utf8)
    }

    private static func read(file path: String, _ logger: Logger) throws(Missing) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Missing(description: "cannot read the secret file \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & 0o077 != 0 {
            logger.warning("others can read the secret file; chmod 600 it", metadata: ["file": "\(path)"])
        }
        var bytes = [UInt8](repeating: 0, count: byteMaximum)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else {
            throw Missing(description: "cannot read the secret file \(path): \(String(cString: strerror(errno)))")
        }
        var secret = bytes[..<count]
        while let last = secret.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { secret.removeLast() }
        guard !secret.isEmpty else { throw Missing(description: "the secret file \(path) is empty") }
        return Array(secret)
    }
}
