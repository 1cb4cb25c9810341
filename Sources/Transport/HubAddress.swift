/// Where a hub listens, or is reached.
package enum HubAddress: Equatable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int)

    /// Bytes that a Unix socket's path may have: `sun_path` less its final zero (unix(7)).
    package static let unixPathMaximum = 107

    /// Reads `PATH`.
    package static func unix(parsing path: String) throws(TransportError) -> HubAddress {
        guard !path.isEmpty, path.utf8.count <= unixPathMaximum else {
            throw TransportError(
                "a Unix socket's path has 1 to \(unixPathMaximum) bytes, this one \(path.utf8.count): \(path)"
            )
        }
        return .unix(path: path)
    }

    /// Reads `HOST:PORT`, with an IPv6 address in brackets.
    package static func hostAndPort(_ text: String) throws(TransportError) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw TransportError("expected HOST:PORT with a port from 0 to 65535, not \(text)") }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw TransportError("expected HOST:PORT, but \(text) has no host") }
        return (host, port)
    }
}

extension HubAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "tcp:\(Self.joined(host, port))"
        case .tls(let host, let port): "tls:\(Self.joined(host, port))"
        }
    }

    private static func joined(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
