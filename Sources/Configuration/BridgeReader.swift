import Federation

/// A bridge: the two hubs and the rules between them.
struct BridgeReader {
    private static let unsupported = [
        "topics": "joins brokers, and brokers are not supported by this version yet",
        "map": "joins a hub and a broker, and brokers are not supported by this version yet",
    ]

    private let reading: Reading
    private let hubs: [String]

    init(_ reading: Reading, hubs: [String]) {
        self.reading = reading
        self.hubs = hubs
    }

    func read(_ node: YAMLNode, path: String) -> BridgeSettings? {
        guard let map = MapReader<Keys.Bridge>(node, path: path, unsupported: Self.unsupported, reading) else {
            return nil
        }
        let channels = rules(map)
        let id = map.value(.id, Names.words, Names.checked)
        let callTimeout = map.duration(.callTimeout)
        guard let ends = ends(map) else { return nil }
        return BridgeSettings(
            id: id ?? "\(ends.first)-\(ends.second)",
            first: ends.first,
            second: ends.second,
            channels: ChannelRules(channels.map(\.rule)),
            ruleOrigins: channels.map(\.origin),
            callTimeout: callTimeout ?? .seconds(60),
            origin: map.has(.id) ? map.valueOrigin(of: .id) : node.origin
        )
    }

    private func ends(_ map: MapReader<Keys.Bridge>) -> (first: String, second: String)? {
        guard let node = map.required(.between, "the names of two hubs, such as `[device, plant]`") else { return nil }
        let path = map.path(of: .between)
        let expected = "a list of two names of hubs, such as `[device, plant]`"
        guard case .list(let items) = node.content, items.count == 2 else {
            let there = if case .list(let items) = node.content { "a list of \(items.count)" } else { node.kind }
            reading.error(node.origin, path: path, "expected \(expected); \(there) is there")
            return nil
        }
        let names = items.compactMap { reading.hub($0, path: path, among: hubs) }
        guard names.count == 2 else { return nil }
        guard names[0] != names[1] else {
            reading.error(items[1].origin, path: path, "a bridge joins two different hubs, not one with itself")
            return nil
        }
        return (names[0], names[1])
    }

    private func rules(_ map: MapReader<Keys.Bridge>) -> [(rule: ChannelRule, origin: Origin)] {
        let path = map.path(of: .channels)
        guard let node = map.node(.channels) else { return [] }
        let expected = "a list of channels, such as `[sensors, \"motor.*\"]`, or the word `all`"
        switch node.content {
        case .text("all"):
            return (try? ChannelRule(pattern: NamePattern("*"))).map { [($0, node.origin)] } ?? []
        case .list(let items):
            let reader = RuleReader(reading)
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

extension Reading {
    /// A name that must be that of a hub.
    func hub(_ node: YAMLNode, path: String, among hubs: [String]) -> String? {
        guard let name = value(node, path: path, "the name of a hub", { $0 }) else { return nil }
        guard hubs.contains(name) else {
            let near = Words.suggestion(for: name, among: hubs)
            let all = hubs.isEmpty ? "" : "; there are \(hubs.map(Words.shown).joined(separator: ", "))"
            error(node.origin, path: path, "there is no hub \(Words.shown(name))\(near.isEmpty ? all : near)")
            return nil
        }
        return name
    }
}
