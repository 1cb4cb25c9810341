extension BrokerAddress {
    private static let expected = "mqtt://HOST[:PORT], mqtts://HOST[:PORT] or mqtt+unix:PATH"

    /// Reads `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`, an IPv6 address in brackets. There is nothing else in it: no user,
    /// no path, no query.
    package init(parsing text: String) throws(TransportError) {
        guard !text.contains("@") else {
            // Not shown: a password may stand before the @.
            throw TransportError(
                "expected \(Self.expected); a broker's address has no `@`, its user and password are given by themselves"
            )
        }
        if let rest = Self.rest(of: text, after: "mqtt://") {
            self.init(try Self.endpoint(rest, isTLS: false, prefix: "mqtt://"))
        } else if let rest = Self.rest(of: text, after: "mqtts://") {
            self.init(try Self.endpoint(rest, isTLS: true, prefix: "mqtts://"))
        } else if let rest = Self.rest(of: text, after: "mqtt+unix:") {
            self = .unix(path: try Endpoint.path(parsing: rest))
        } else {
            throw TransportError("expected \(Self.expected), not \(text.isEmpty ? "nothing" : text)")
        }
    }

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    private static func endpoint(_ text: String, isTLS: Bool, prefix: String) throws(TransportError) -> Endpoint {
        // What follows is not shown: a query can hold a password.
        if let end = text.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" }) {
            throw TransportError(
                "expected \(prefix)HOST[:PORT] and nothing behind it, but there is a `\(text[end])` after "
                    + "\(prefix)\(text[..<end])"
            )
        }
        let (host, port) = try Endpoint.hostAndPort(
            text,
            defaultPort: isTLS ? defaultTLSPort : defaultPort,
            // A broker is only dialled.
            portMinimum: 1,
            prefix: prefix
        )
        return isTLS ? .tls(host: host, port: port) : .tcp(host: host, port: port)
    }
}
