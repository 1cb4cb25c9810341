/// Where a hub listens, or is reached.
package enum HubAddress: Hashable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int)

    /// Bytes that a Unix socket's path may have.
    package static let unixPathMaximum = Endpoint.unixPathMaximum
}

extension HubAddress: DialAddress {
    package static let peerWord = "hub"

    package init(_ endpoint: Endpoint) {
        self =
            switch endpoint {
            case .unix(let path): .unix(path: path)
            case .tcp(let host, let port): .tcp(host: host, port: port)
            case .tls(let host, let port): .tls(host: host, port: port)
            }
    }

    package var endpoint: Endpoint {
        switch self {
        case .unix(let path): .unix(path: path)
        case .tcp(let host, let port): .tcp(host: host, port: port)
        case .tls(let host, let port): .tls(host: host, port: port)
        }
    }

    package var description: String {
        switch self {
        case .unix: "unix:\(endpoint.place)"
        case .tcp: "tcp:\(endpoint.place)"
        case .tls: "tls:\(endpoint.place)"
        }
    }
}
