extension HubAddress {
    /// Reads `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`, an IPv6 address in brackets.
    package init(parsing text: String) throws(TransportError) {
        let colon = text.firstIndex(of: ":")
        let rest = colon.map { String(text[text.index(after: $0)...]) } ?? ""
        switch colon.map({ text[..<$0] }) {
        case "unix":
            self = try .unix(parsing: rest)
        case "tcp":
            let (host, port) = try Self.hostAndPort(rest)
            self = .tcp(host: host, port: port)
        case "tls":
            let (host, port) = try Self.hostAndPort(rest)
            self = .tls(host: host, port: port)
        default:
            throw TransportError(
                "expected unix:PATH, tcp:HOST:PORT or tls:HOST:PORT, not \(text.isEmpty ? "nothing" : text)"
            )
        }
    }

    /// Reads `PATH`.
    package static func unix(parsing path: String) throws(TransportError) -> HubAddress {
        .unix(path: try Endpoint.path(parsing: path))
    }

    /// Reads `HOST:PORT`, with an IPv6 address in brackets.
    package static func hostAndPort(_ text: String) throws(TransportError) -> (host: String, port: Int) {
        try Endpoint.hostAndPort(text)
    }
}
