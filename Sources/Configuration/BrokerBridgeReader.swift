import Federation
import Glibc
import MQTTProtocol

/// A bridge between two brokers.
struct BrokerBridgeReader {
    private static let unsupported = [
        "map": "joins a hub and a broker, which is not supported by this version yet",
        "channels": "is for a bridge between two hubs; between brokers, `topics` says what crosses",
        "call_timeout": "is for a bridge between two hubs; messages of brokers are no calls",
    ]

    private let reading: Reading
    private let peers: PeerNames

    init(_ reading: Reading, peers: PeerNames) {
        self.reading = reading
        self.peers = peers
    }

    func read(_ node: YAMLNode, path: String) -> BridgeSettings? {
        guard let map = MapReader<Keys.BrokerBridge>(node, path: path, unsupported: Self.unsupported, reading) else {
            return nil
        }
        let rules = rules(map)
        let id = map.value(.id, Names.words, Names.checked)
        var traffic = TopicTraffic(rules: TopicRules(rules.map(\.rule)))
        traffic.drainRate = map.count(.drainRate, 1...1_000_000)
        traffic.retainedMemory = map.node(.retainedMemory).flatMap {
            reading.writableFile($0, path: map.path(of: .retainedMemory))
        }
        traffic.coordinates = map.bool(.coordinate) ?? traffic.coordinates
        let ends = BridgeEndsReader(reading: reading, peers: peers).read(map, .between)
        traffic.stateTopic = stateTopic(map, traffic.stateTopic)
        guard let ends else { return nil }
        let bridge = BridgeSettings(
            id: id ?? "\(ends.first)-\(ends.second)",
            first: ends.first,
            second: ends.second,
            carries: .topics(traffic),
            ruleOrigins: rules.map(\.origin),
            origin: map.has(.id) ? map.valueOrigin(of: .id) : node.origin
        )
        checkNames(bridge, path: path)
        return bridge
    }

    private func rules(_ map: MapReader<Keys.BrokerBridge>) -> [(rule: TopicRule, origin: Origin)] {
        guard let node = map.node(.topics) else { return [] }
        let path = map.path(of: .topics)
        let expected = "a list of topic filters and rules, such as `[\"sensors/#\"]`"
        guard case .list(let items) = node.content else {
            reading.error(node.origin, path: path, "expected \(expected); \(node.kind) is there")
            return []
        }
        let reader = TopicRuleReader(reading)
        return items.enumerated().compactMap { index, item in
            reader.read(item, path: "\(path)[\(index)]").map { ($0, item.origin) }
        }
    }

    private func stateTopic(_ map: MapReader<Keys.BrokerBridge>, _ standard: StateTopic?) -> StateTopic? {
        guard let node = map.node(.stateTopic) else { return standard }
        if case .text("none") = node.content { return nil }
        let expected = "a topic such as `\(StateTopic.standard.template)`, or the word `none`"
        return reading.value(node, path: map.path(of: .stateTopic), expected) { text in
            TopicName.isValid(text) ? StateTopic(template: text) : nil
        }
    }

    /// The bridge's id and the names of its ends stand in topics.
    private func checkNames(_ bridge: BridgeSettings, path: String) {
        for (name, what) in [(bridge.id, "id"), (bridge.first, "first name"), (bridge.second, "second name")]
        where name.contains(where: { "/+#".contains($0) }) {
            reading.error(
                bridge.origin,
                path: path,
                "the \(what) \(Words.shown(name)) stands in topics, so it has no `/`, `+` or `#`; give the bridge an `id` without"
            )
            return
        }
    }
}
