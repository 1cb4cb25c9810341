/// The client ids under which bridges join hubs; by them, bridges know each other's registrations.
///
/// `stinger-bridge/ID/NONCE`, and for further connections of the same bridge `…+NUMBER`.
enum BridgeName {
    private static let prefix = "stinger-bridge/"

    static func make(bridge: String, nonce: String) -> String { "\(prefix)\(bridge)/\(nonce)" }

    static func further(_ name: String, _ number: Int) -> String { "\(name)+\(number)" }

    /// The bridge that a client belongs to; nil for any other client.
    static func bridge(of client: String) -> String? {
        guard client.hasPrefix(prefix) else { return nil }
        // The bridge's id may have any character; what follows it has not.
        guard let nonce = client.lastIndex(of: "/") else { return nil }
        return String(client[..<(client[nonce...].lastIndex(of: "+") ?? client.endIndex)])
    }
}
