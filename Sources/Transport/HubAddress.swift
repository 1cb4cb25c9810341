/// Where a hub listens, or is reached.
package enum HubAddress: Hashable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int)

    /// Bytes that a Unix socket's path may have: `sun_path` less its final zero (unix(7)).
    package static let unixPathMaximum = 107

    /// Refuses an address that one can listen on but not reach.
    package func checkDialable() throws(TransportError) {
        switch self {
        case .unix: break
        case .tcp(_, let port), .tls(_, let port):
            guard port > 0 else {
                throw TransportError("\(self) cannot be reached: port 0 is only for listening, on any free port")
            }
        }
    }
}

extension HubAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp: "tcp:\(place)"
        case .tls: "tls:\(place)"
        }
    }

    /// The path, or `HOST:PORT`: without the scheme, as it reads best inside a sentence.
    var place: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port), .tls(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
