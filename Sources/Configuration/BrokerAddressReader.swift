import Glibc
import Transport

/// Addresses of MQTT brokers: `mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]`, `mqtt+unix:PATH`.
struct BrokerAddressReader {
    private static let expected = "`mqtt://HOST[:PORT]`, `mqtts://HOST[:PORT]` or `mqtt+unix:PATH`"
    private static let schemes = ["mqtt://", "mqtts://", "mqtt+unix:"]
    private static let hubSchemes = ["unix:", "tcp:", "tls:"]

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func list(_ node: YAMLNode, path: String) -> [BrokerAddress] {
        var seen: [BrokerAddress] = []
        return reading.list(node, path: path, "a list of addresses, such as [\"mqtt://localhost\"]") {
            address($0, path: $1, &seen)
        } ?? []
    }

    private func address(_ node: YAMLNode, path: String, _ seen: inout [BrokerAddress]) -> BrokerAddress? {
        let userHint = "; a name and a password are the keys `username` and `password`"
        guard let text = reading.address(node, path: path, Self.expected, userHint: userHint) else { return nil }
        guard Self.schemes.contains(where: { text.hasPrefix($0) && text != $0 }) else {
            let isHub = Self.hubSchemes.contains { text.hasPrefix($0) }
            let words =
                isHub
                ? "\(Words.shown(text)) is the address of a hub, and another one here is that of a broker; a peer is one or the other"
                : "expected \(Self.expected), not \(Words.shown(text))\(Self.near(text))"
            reading.error(node.origin, path: path, words)
            return nil
        }
        do {
            let address = try BrokerAddress(parsing: text)
            guard !seen.contains(address) else {
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

    private static func near(_ text: String) -> String {
        if text.hasPrefix("ws://") || text.hasPrefix("wss://") {
            return "; WebSocket is not supported by this version yet"
        }
        let lowercase = text.lowercased()
        guard let scheme = schemes.first(where: { lowercase.hasPrefix($0) }), text.count > scheme.count else {
            return ""
        }
        return "; did you mean \(Words.shown(scheme + text.dropFirst(scheme.count)))?"
    }

    /// The first address of a broker among those of a peer, without what may be a password in it.
    static func firstBroker(in node: YAMLNode?) -> (scheme: String, origin: Origin)? {
        guard let node else { return nil }
        let items = if case .list(let items) = node.content { items } else { [node] }
        for item in items {
            guard case .text(let text) = item.content,
                let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) })
            else { continue }
            return (Words.shown(scheme + "…"), item.origin)
        }
        return nil
    }
}

extension BrokerAddress {
    var isTLS: Bool {
        switch self {
        case .tls: true
        case .unix, .tcp: false
        }
    }

    /// What is sent there in the clear, somebody on a network could read.
    var isOpenToListeners: Bool {
        switch self {
        case .unix, .tls: false
        case .tcp(let host, _): !Self.isLoopback(host)
        }
    }

    /// 127.0.0.0/8, ::1 or `localhost`.
    private static func isLoopback(_ host: String) -> Bool {
        var version4 = in_addr()
        if inet_pton(AF_INET, host, &version4) == 1 { return UInt32(bigEndian: version4.s_addr) >> 24 == 127 }
        var version6 = in6_addr()
        if inet_pton(AF_INET6, host, &version6) == 1 {
            return withUnsafeBytes(of: &version6) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
        }
        return host.lowercased() == "localhost"
    }
}
