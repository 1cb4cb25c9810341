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
        guard !path.isEmpty, path.utf8.count <= unixPathMaximum else {
            throw TransportError(
                "a Unix socket's path has 1 to \(unixPathMaximum) bytes, this one \(path.utf8.count): \(path)"
            )
        }
        // The system would take what stands before the zero for the whole path.
        guard !path.utf8.contains(0) else { throw TransportError("a Unix socket's path holds no zero byte") }
        return .unix(path: path)
    }

    /// Reads `HOST:PORT`, with an IPv6 address in brackets.
    package static func hostAndPort(_ text: String) throws(TransportError) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = port(text[text.index(after: colon)...]) else {
            throw TransportError("expected HOST:PORT with a port from 0 to 65535, not \(text)")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            // 2001:db8::1:443 is an address by itself: whether its last part is a port, only brackets say.
            throw TransportError("expected [\(host)]:\(port), the IPv6 address in brackets, not \(text)")
        }
        guard !host.isEmpty else { throw TransportError("expected HOST:PORT, but \(text) has no host") }
        guard host.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 != 0x7F && $0 != UInt8(ascii: "/") }) else {
            throw TransportError(
                "expected HOST:PORT, but the host of \(text) has a blank, a slash or a control character"
            )
        }
        return (String(host), port)
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = Int(text),
            port <= 65535
        else { return nil }
        return port
    }
}
