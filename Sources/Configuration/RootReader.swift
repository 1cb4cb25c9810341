/// The top of the file.
struct RootReader {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode) -> BridgeConfiguration? {
        let root = MapReader<Keys.Root>(
            node,
            path: "",
            unsupported: ["admin": "is not supported by this version yet"],
            reading
        )
        guard let root else { return nil }
        // First: it says how the others may be written.
        reading.allowsInlineSecrets = root.bool(.allowInlineSecrets) ?? false
        let hubs = hubs(root)
        let names = PeerNames(root.node(.hubs))
        let bridges = bridges(root, names)
        let configuration = BridgeConfiguration(
            file: reading.file,
            hubs: hubs,
            bridges: bridges,
            expectations: expectations(root, names),
            log: log(root),
            drainTimeout: root.duration(.drainTimeout, orZero: true) ?? .seconds(10)
        )
        CrossChecks(reading).check(configuration)
        return configuration
    }

    private func hubs(_ root: MapReader<Keys.Root>) -> [PeerConfiguration] {
        guard let node = root.required(.hubs, "the hubs to host or to dial, and the brokers, by name") else {
            return []
        }
        guard case .map(let entries) = node.content, !entries.isEmpty else {
            reading.error(node.origin, path: "hubs", "expected a map of hubs by name; \(node.kind) is there")
            return []
        }
        return entries.compactMap { PeerReader(reading).read($0) }
    }

    private func bridges(_ root: MapReader<Keys.Root>, _ names: PeerNames) -> [BridgeSettings] {
        let reader = BridgeReader(reading, peers: names)
        return root.node(.bridges).flatMap {
            reading.list($0, path: "bridges", "a list of bridges", reader.read)
        } ?? []
    }

    private func expectations(_ root: MapReader<Keys.Root>, _ names: PeerNames) -> [Expectation] {
        let reader = ExpectationReader(reading, peers: names)
        return root.node(.expect).flatMap {
            reading.list($0, path: "expect", "a list of expectations", reader.read)
        } ?? []
    }

    private func log(_ root: MapReader<Keys.Root>) -> LogSettings {
        var settings = LogSettings()
        guard let map = root.map(.log, Keys.Log.self) else { return settings }
        settings.level = map.word(.level, LogSettings.Level.self) ?? settings.level
        settings.format = map.word(.format, LogSettings.Format.self) ?? settings.format
        return settings
    }
}
