/// The peers of a file, those too that have faults of their own: a bridge that names one has no fault.
struct PeerNames {
    enum Kind {
        case hub, broker
    }

    let all: [String]
    private let kinds: [String: Kind]

    /// - Parameter node: what `hubs` holds.
    init(_ node: YAMLNode?) {
        guard case .map(let entries) = node?.content else {
            all = []
            kinds = [:]
            return
        }
        all = entries.map(\.key)
        kinds = Dictionary(
            entries.compactMap { entry in Self.kind(entry.value).map { (entry.key, $0) } }
        ) { first, _ in first }
    }

    /// nil: it is not there, or does not say.
    func kind(of name: String) -> Kind? { kinds[name] }

    /// What they are called together.
    var noun: String { kinds.values.contains(.broker) ? "hub or broker" : "hub" }

    private static func kind(_ node: YAMLNode) -> Kind? {
        if BrokerAddressReader.firstBroker(in: node.value(of: "connect")) != nil { return .broker }
        return node.value(of: "connect") ?? node.value(of: "listen") == nil ? nil : .hub
    }
}

extension Reading {
    /// A name that must be that of a peer.
    func peer(_ node: YAMLNode, path: String, among peers: PeerNames) -> String? {
        guard let name = value(node, path: path, "the name of a \(peers.noun)", { $0 }) else { return nil }
        guard peers.all.contains(name) else {
            let near = Words.suggestion(for: name, among: peers.all)
            let all = peers.all.isEmpty ? "" : "; there are \(peers.all.map(Words.shown).joined(separator: ", "))"
            error(node.origin, path: path, "there is no \(peers.noun) \(Words.shown(name))\(near.isEmpty ? all : near)")
            return nil
        }
        return name
    }
}
