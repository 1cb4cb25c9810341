import Federation

/// What the rules must do with one channel.
struct ExpectationReader {
    private let reading: Reading
    private let hubs: [String]

    init(_ reading: Reading, hubs: [String]) {
        self.reading = reading
        self.hubs = hubs
    }

    func read(_ node: YAMLNode, path: String) -> Expectation? {
        guard let map = MapReader<Keys.Expectation>(node, path: path, reading) else { return nil }
        let from = map.required(.from, "the hub on which messages start").flatMap {
            reading.hub($0, path: map.path(of: .from), among: hubs)
        }
        let to = map.node(.to).flatMap { reading.hub($0, path: map.path(of: .to), among: hubs) }
        let channel = map.required(.channel, "its name on that hub").flatMap { name($0, path: map.path(of: .channel)) }
        let event = map.node(.event).flatMap { name($0, path: map.path(of: .event)) }
        _ = map.required(.verdict, "`allowed` or `stopped`")
        let verdict = map.word(.verdict, Expectation.Verdict.self)
        if let from, from == to {
            reading.error(
                map.valueOrigin(of: .to),
                path: map.path(of: .to),
                "a message that starts on a hub is there already"
            )
        }
        guard let from, let channel, let verdict else { return nil }
        return Expectation(
            from: from,
            to: to,
            channel: channel,
            event: event,
            verdict: verdict,
            origin: node.origin
        )
    }

    private func name(_ node: YAMLNode, path: String) -> String? {
        guard let name = reading.value(node, path: path, Names.words, Names.checked) else { return nil }
        guard NamePattern(name).isLiteral else {
            reading.error(node.origin, path: path, "expected one name, not the pattern \(Words.shown(name))")
            return nil
        }
        return name
    }
}
