// What the addresses of hubs and of brokers have in common.

extension Endpoint {
    /// - Returns: the path itself, if a socket can have it.
    static func path(parsing path: String) throws(TransportError) -> String {
        guard !path.isEmpty, path.utf8.count <= unixPathMaximum else {
            throw TransportError(
                "a Unix socket's path has 1 to \(unixPathMaximum) bytes, this one \(path.utf8.count): \(path)"
            )
        }
        // The system would take what stands before the zero for the whole path.
        guard !path.utf8.contains(0) else { throw TransportError("a Unix socket's path holds no zero byte") }
        return path
    }

    /// Reads `HOST:PORT`, or, where there is a default port, `HOST` too; an IPv6 address in brackets.
    ///
    /// - Parameter prefix: what stands in front of the text where a person reads it, for errors (`mqtt://`).
    static func hostAndPort(
        _ text: String,
        defaultPort: Int? = nil,
        portMinimum: Int = 0,
        prefix: String = ""
    ) throws(TransportError) -> (host: String, port: Int) {
        let form = prefix + (defaultPort == nil ? "HOST:PORT" : "HOST[:PORT]")
        let shown = prefix + text
        let (name, port) = split(text, defaultPort: defaultPort)
        guard let port, (portMinimum...65535).contains(port) else {
            throw TransportError("expected \(form) with a port from \(portMinimum) to 65535, not \(shown)")
        }
        var host = name
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            // 2001:db8::1:443 is an address by itself: whether its last part is a port, only brackets say.
            throw TransportError("expected \(prefix)[\(host)]:\(port), the IPv6 address in brackets, not \(shown)")
        }
        guard !host.isEmpty else { throw TransportError("expected \(form), but \(shown) has no host") }
        guard host.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 != 0x7F && $0 != UInt8(ascii: "/") }) else {
            throw TransportError(
                "expected \(form), but the host of \(shown) has a blank, a slash or a control character"
            )
        }
        return (String(host), port)
    }

    /// - Returns: no port where there is none and none is the default, or where it is no number.
    private static func split(_ text: String, defaultPort: Int?) -> (host: Substring, port: Int?) {
        if let defaultPort, text.hasSuffix("]") || !text.contains(":") { return (text[...], defaultPort) }
        guard let colon = text.lastIndex(of: ":") else { return (text[...], nil) }
        return (text[..<colon], port(text[text.index(after: colon)...]))
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = Int(text),
            port <= 65535
        else { return nil }
        return port
    }
}
