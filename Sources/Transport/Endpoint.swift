/// Where a socket leads, whatever is spoken over it.
package enum Endpoint: Hashable, Sendable {
    case unix(path: String)
    case tcp(host: String, port: Int)
    case tls(host: String, port: Int)

    /// Bytes that a Unix socket's path may have: `sun_path` less its final zero (unix(7)).
    package static let unixPathMaximum = 107

    /// The path, or `HOST:PORT`: without the scheme, as it reads best inside a sentence.
    var place: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port), .tls(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
