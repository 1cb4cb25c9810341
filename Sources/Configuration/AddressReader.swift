import Transport

/// Addresses of hubs: `unix:PATH`, `tcp:HOST:PORT`, `tls:HOST:PORT`.
struct AddressReader {
    private static let expected = "`unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`"
    private static let schemes = ["unix:", "tcp:", "tls:"]

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    /// - Parameter dialled: a port that is dialled is not 0, one that is listened on may be: any free one.
    func list(_ node: YAMLNode, path: String, dialled: Bool) -> [HubAddress] {
        var seen: [HubAddress] = []
        let addresses = reading.list(node, path: path, "a list of addresses, such as [\"unix:/tmp/hub.sock\"]") {
            address($0, path: $1, dialled: dialled, &seen)
        }
        if case .list(let items) = node.content, items.isEmpty {
            reading.error(node.origin, path: path, "expected at least one address: \(Self.expected)")
        }
        return addresses ?? []
    }

    private func address(
        _ node: YAMLNode,
        path: String,
        dialled: Bool,
        _ seen: inout [HubAddress]
    ) -> HubAddress? {
        guard let text = reading.address(node, path: path, Self.expected) else { return nil }
        guard Self.schemes.contains(where: { text.hasPrefix($0) && text != $0 }) else {
            let near = text.hasPrefix("/") ? "; did you mean \(Words.shown("unix:" + text))?" : ""
            let broker =
                dialled && text.contains("://") ? "; an MQTT broker has `mqtt://HOST:PORT` or `mqtts://HOST:PORT`" : ""
            reading.error(
                node.origin,
                path: path,
                "expected \(Self.expected), not \(Words.shown(text))\(near)\(broker)"
            )
            return nil
        }
        do {
            let address = try HubAddress(parsing: text)
            guard !address.hasPortZero || !dialled else {
                reading.error(node.origin, path: path, "port 0 cannot be dialled: \(Words.shown(text))")
                return nil
            }
            guard !seen.contains(address) || address.hasPortZero else {
                reading.error(node.origin, path: path, "the address \(Words.shown(text)) is there twice")
                return nil
            }
            seen.append(address)
            return address
        } catch {
            reading.error(node.origin, path: path, error.description)
            return nil
        }
    }
}

extension HubAddress {
    var hasPortZero: Bool {
        switch self {
        case .unix: false
        case .tcp(_, let port), .tls(_, let port): port == 0
        }
    }

    var isTLS: Bool {
        switch self {
        case .tls: true
        case .unix, .tcp: false
        }
    }

    var isUnix: Bool {
        switch self {
        case .unix: true
        case .tls, .tcp: false
        }
    }

    var isPlainTCP: Bool {
        switch self {
        case .tcp: true
        case .tls, .unix: false
        }
    }
}
