import Federation

/// A bridge between two hubs.
struct HubBridgeReader {
    private static let unsupported =
        [
            "map": "joins a hub and a broker, which is not supported by this version yet",
            "topics": "is for a bridge between two brokers; between hubs, `channels` says what crosses",
        ].merging(
            Set(Keys.BrokerBridge.names).subtracting(Keys.HubBridge.names)
                .map { ($0, "is for a bridge between two brokers; this one joins hubs") }
        ) { own, _ in own }

    private let reading: Reading
    private let peers: PeerNames

    init(_ reading: Reading, peers: PeerNames) {
        self.reading = reading
        self.peers = peers
    }

    func read(_ node: YAMLNode, path: String) -> BridgeSettings? {
        guard let map = MapReader<Keys.HubBridge>(node, path: path, unsupported: Self.unsupported, reading) else {
            return nil
        }
        let rules = rules(map)
        let id = map.value(.id, Names.words, Names.checked)
        var traffic = ChannelTraffic(rules: ChannelRules(rules.map(\.rule)))
        traffic.callTimeout = map.duration(.callTimeout) ?? traffic.callTimeout
        guard let ends = BridgeEndsReader(reading: reading, peers: peers).read(map, .between) else { return nil }
        return BridgeSettings(
            id: id ?? "\(ends.first)-\(ends.second)",
            first: ends.first,
            second: ends.second,
            carries: .channels(traffic),
            ruleOrigins: rules.map(\.origin),
            origin: map.has(.id) ? map.valueOrigin(of: .id) : node.origin
        )
    }

    private func rules(_ map: MapReader<Keys.HubBridge>) -> [(rule: ChannelRule, origin: Origin)] {
        let path = map.path(of: .channels)
        guard let node = map.node(.channels) else { return [] }
        let expected = "a list of channels, such as `[sensors, \"motor.*\"]`, or the word `all`"
        switch node.content {
        case .text("all"):
            return (try? ChannelRule(pattern: NamePattern("*"))).map { [($0, node.origin)] } ?? []
        case .list(let items):
            let reader = ChannelRuleReader(reading)
            return items.enumerated().compactMap { index, item in
                reader.read(item, path: "\(path)[\(index)]").map { ($0, item.origin) }
            }
        case .text(let text):
            reading.error(node.origin, path: path, "expected \(expected), not \(Words.shown(text))")
            return []
        case .nothing, .map:
            reading.error(node.origin, path: path, "expected \(expected); \(node.kind) is there")
            return []
        }
    }
}
