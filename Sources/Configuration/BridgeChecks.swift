/// What bridges must not be beside each other.
struct BridgeChecks {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func check(_ configuration: BridgeConfiguration) {
        var ids: Set<String> = []
        var pairs: [Set<String>: BridgeSettings] = [:]
        var memories: [String: String] = [:]
        for bridge in configuration.bridges {
            if !ids.insert(bridge.id).inserted {
                reading.error(
                    bridge.origin,
                    path: "bridges",
                    "the id \(Words.shown(bridge.id)) is there twice; give each bridge its own `id`"
                )
                continue
            }
            let pair: Set = [bridge.first, bridge.second]
            if let other = pairs[pair] { checkPair(other, bridge) } else { pairs[pair] = bridge }
            guard let file = bridge.topics?.retainedMemory else { continue }
            if let other = memories[file] {
                reading.error(
                    bridge.origin,
                    path: "bridges",
                    """
                    \(Words.shown(other)) and \(Words.shown(bridge.id)) have the same `retained_memory`; \
                    each bridge needs a file of its own
                    """
                )
            } else {
                memories[file] = bridge.id
            }
        }
    }

    private func checkPair(_ one: BridgeSettings, _ other: BridgeSettings) {
        let both = "\(Words.shown(one.id)) and \(Words.shown(other.id)) join the same two"
        guard let topics = one.topics, let others = other.topics else {
            reading.note(other.origin, path: "bridges", "\(both) hubs: one works, the other stands by")
            return
        }
        guard !topics.coordinates || !others.coordinates else {
            reading.note(
                other.origin,
                path: "bridges",
                "\(both) brokers: of what both carry, one works, the other stands by"
            )
            return
        }
        reading.warning(
            other.origin,
            path: "bridges",
            """
            \(both) brokers, and with `coordinate: false` they do not agree which of them carries a message: what both have rules for \
            arrives twice
            """
        )
    }
}
