/// A bridge: its two ends, of one kind, and the rules between them.
struct BridgeReader {
    private let reading: Reading
    private let peers: PeerNames

    init(_ reading: Reading, peers: PeerNames) {
        self.reading = reading
        self.peers = peers
    }

    func read(_ node: YAMLNode, path: String) -> BridgeSettings? {
        guard case .map = node.content else {
            let keys = "`id`, `between`, `channels` (between hubs) or `topics` (between brokers)"
            reading.error(node.origin, path: path, "expected a map with the keys \(keys); \(node.kind) is there")
            return nil
        }
        switch kind(node) {
        case .hub: return HubBridgeReader(reading, peers: peers).read(node, path: path)
        case .broker: return BrokerBridgeReader(reading, peers: peers).read(node, path: path)
        case nil:
            reading.error(
                node.value(of: "between")?.origin ?? node.origin,
                path: "\(path).between",
                "joins a hub and a broker; that takes `map`, which is not supported by this version yet"
            )
            return nil
        }
    }

    /// nil: of both kinds.
    private func kind(_ node: YAMLNode) -> PeerNames.Kind? {
        var kinds: Set<PeerNames.Kind> = []
        if case .list(let items)? = node.value(of: "between")?.content {
            for case .text(let name) in items.map(\.content) {
                if let kind = peers.kind(of: name) { kinds.insert(kind) }
            }
        }
        if kinds.count > 1 { return nil }
        // Where neither end is known, what it carries says what was meant.
        return kinds.first ?? (node.value(of: "topics") == nil ? .hub : .broker)
    }
}

/// The two ends of a bridge.
struct BridgeEndsReader {
    let reading: Reading
    let peers: PeerNames

    func read<Key: SettingKey>(_ map: MapReader<Key>, _ between: Key) -> (first: String, second: String)? {
        let noun = "\(peers.noun == "hub" ? "hubs" : "hubs or brokers")"
        guard let node = map.required(between, "the names of two \(noun), such as `[device, plant]`") else {
            return nil
        }
        let path = map.path(of: between)
        guard case .list(let items) = node.content, items.count == 2 else {
            let there = if case .list(let items) = node.content { "a list of \(items.count)" } else { node.kind }
            reading.error(
                node.origin,
                path: path,
                "expected a list of two names of \(noun), such as `[device, plant]`; \(there) is there"
            )
            return nil
        }
        let names = items.compactMap { reading.peer($0, path: path, among: peers) }
        guard names.count == 2 else { return nil }
        guard names[0] != names[1] else {
            let kind = peers.kind(of: names[0]) == .broker ? "brokers" : "hubs"
            reading.error(items[1].origin, path: path, "a bridge joins two different \(kind), not one with itself")
            return nil
        }
        return (names[0], names[1])
    }
}
