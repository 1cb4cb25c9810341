import Federation
import MQTTProtocol

/// What the rules must do with one channel or topic.
struct ExpectationReader {
    private let reading: Reading
    private let peers: PeerNames

    init(_ reading: Reading, peers: PeerNames) {
        self.reading = reading
        self.peers = peers
    }

    func read(_ node: YAMLNode, path: String) -> Expectation? {
        guard let map = MapReader<Keys.Expectation>(node, path: path, reading) else { return nil }
        let from = map.required(.from, "the \(peers.noun) on which messages start").flatMap {
            reading.peer($0, path: map.path(of: .from), among: peers)
        }
        let to = map.node(.to).flatMap { reading.peer($0, path: map.path(of: .to), among: peers) }
        let subject = subject(map, from.flatMap(peers.kind))
        _ = map.required(.verdict, "`allowed` or `stopped`")
        let verdict = map.word(.verdict, Expectation.Verdict.self)
        if let from, from == to {
            reading.error(
                map.valueOrigin(of: .to),
                path: map.path(of: .to),
                "a message that starts on a \(peers.kind(of: from) == .broker ? "broker" : "hub") is there already"
            )
        }
        guard let from, let subject, let verdict else { return nil }
        return Expectation(from: from, to: to, subject: subject, verdict: verdict, origin: node.origin)
    }

    private func subject(_ map: MapReader<Keys.Expectation>, _ kind: PeerNames.Kind?) -> Expectation.Subject? {
        // Where it is not known what `from` is, the keys that are there say it.
        let isBroker = kind.map { $0 == .broker } ?? map.has(.topic)
        let strange: [Keys.Expectation] = isBroker ? [.channel, .event] : [.topic]
        for key in strange where map.has(key) {
            reading.error(
                map.origin(of: key),
                path: map.path(of: key),
                isBroker ? "is asked of hubs; of brokers, `topic` is" : "is asked of brokers; of hubs, `channel` is"
            )
        }
        if isBroker {
            return map.required(.topic, "its name on that broker")
                .flatMap { topic($0, path: map.path(of: .topic)) }
                .map { .topic($0) }
        }
        let channel = map.required(.channel, "its name on that hub").flatMap { name($0, path: map.path(of: .channel)) }
        let event = map.node(.event).flatMap { name($0, path: map.path(of: .event)) }
        return channel.map { .channel($0, event: event) }
    }

    private func topic(_ node: YAMLNode, path: String) -> String? {
        reading.value(node, path: path, "the name of one topic, without `+` and `#`") {
            TopicName.isValid($0) ? $0 : nil
        }
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
