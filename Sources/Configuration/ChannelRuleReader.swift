import Federation

/// A rule: a name, a pattern, or a map that says more.
struct ChannelRuleReader {
    private static let expected =
        "a channel's name, a pattern such as \"motor.*\", or a map such as `{name: alarms, direction: out}`"
    private static let system = "names a system channel, and those never cross a bridge"

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode, path: String) -> ChannelRule? {
        switch node.content {
        case .text:
            return pattern(node, path: path).flatMap { try? ChannelRule(pattern: $0) }
        case .map:
            return MapReader<Keys.Rule>(node, path: path, reading).flatMap(rule)
        case .nothing, .list:
            reading.error(node.origin, path: path, "expected \(Self.expected); \(node.kind) is there")
            return nil
        }
    }

    private func rule(_ map: MapReader<Keys.Rule>) -> ChannelRule? {
        let pattern = map.required(.name, "the channel, or a pattern of channels").flatMap {
            self.pattern($0, path: map.path(of: .name))
        }
        let rename = map.node(.as).flatMap { self.pattern($0, path: map.path(of: .as)) }
        let direction = map.word(.direction, Direction.self) ?? .both
        let events = events(map)
        guard let pattern else { return nil }
        do {
            return try ChannelRule(
                pattern: pattern,
                direction: direction,
                rename: rename == pattern ? nil : rename,
                events: events
            )
        } catch {
            reading.error(map.valueOrigin(of: .as), path: map.path(of: .as), words(for: error, pattern, rename))
            return nil
        }
    }

    private func words(for fault: ChannelRule.Fault, _ pattern: NamePattern, _ rename: NamePattern?) -> String {
        let name = Words.shown(pattern.description)
        switch fault {
        case .manyNamesToOne:
            return """
                \(Words.shown(rename?.description ?? "")) is one name, and \(name) stands for many; give `as` a `*` too, \
                or name one channel
                """
        case .unclearRename:
            return """
                a rename has no `?`, and at most one `*`, where the name has exactly one `*` and no `?` either; \
                the name is \(name)
                """
        }
    }

    private func pattern(_ node: YAMLNode, path: String) -> NamePattern? {
        guard let text = reading.value(node, path: path, Names.words, Names.checked) else { return nil }
        guard !ChannelRules.isReserved(text) else {
            reading.error(node.origin, path: path, "\(Words.shown(text)) \(Self.system)")
            return nil
        }
        return NamePattern(text)
    }

    private func events(_ map: MapReader<Keys.Rule>) -> [NamePattern] {
        guard let node = map.node(.events) else { return [] }
        let path = map.path(of: .events)
        if case .list(let items) = node.content, items.isEmpty {
            reading.error(
                node.origin,
                path: path,
                "an empty list would stop every event; leave `events` away to carry all"
            )
        }
        return reading.list(node, path: path, "a list of events or patterns, such as `[temperature, \"alarm.*\"]`") {
            reading.value($0, path: $1, Names.words, Names.checked).map { NamePattern($0) }
        } ?? []
    }
}
