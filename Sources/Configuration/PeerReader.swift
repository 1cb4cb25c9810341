/// A hub of either kind, or a broker: which one, the key `listen` or `connect` and its addresses say.
struct PeerReader {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    /// Bytes of a peer's name in the file: it stands in logs and on command lines.
    private static let nameByteMaximum = 255

    func read(_ entry: YAMLNode.Entry) -> PeerConfiguration? {
        let path = "hubs.\(Words.step(entry.key))"
        guard isName(entry.key) else {
            reading.error(
                entry.keyOrigin,
                path: "hubs",
                "a hub's name has 1 to \(Self.nameByteMaximum) bytes, without spaces; \(Words.key(entry.key)) has not"
            )
            return nil
        }
        guard let kind = kind(entry, path) else { return nil }
        return PeerConfiguration(name: entry.key, kind: kind, origin: entry.keyOrigin)
    }

    private func kind(_ entry: YAMLNode.Entry, _ path: String) -> PeerConfiguration.Kind? {
        let node = entry.value
        guard case .map(let entries) = node.content else {
            reading.error(
                node.origin,
                path: path,
                "expected a map with `listen` or `connect`; \(node.kind) is there"
            )
            return nil
        }
        if let broker = BrokerAddressReader.firstBroker(in: node.value(of: "listen")) {
            reading.error(
                broker.origin,
                path: path,
                "\(broker.scheme) is the address of a broker, and brokers are dialled: write `connect`"
            )
            return nil
        }
        let isHosted = entries.first { $0.key == "listen" }
        let isRemote = entries.first { $0.key == "connect" }
        switch (isHosted, isRemote) {
        case (.some, nil):
            return HostedHubReader(reading).read(node, entry, path).map { .hosted($0) }
        case (nil, .some(let connect)) where BrokerAddressReader.firstBroker(in: connect.value) != nil:
            return BrokerReader(reading).read(node, entry, path).map { .broker($0) }
        case (nil, .some):
            return RemoteHubReader(reading).read(node, entry, path).map { .remote($0) }
        case (.some(let listen), .some(let connect)):
            reading.error(
                listen.keyOrigin.isBefore(connect.keyOrigin) ? connect.keyOrigin : listen.keyOrigin,
                path: path,
                "`listen` and `connect` stand together; a hub is hosted here (`listen`) or dialled (`connect`)"
            )
            return nil
        case (nil, nil):
            _ = MapReader<Keys.AnyPeer>(node, path: path, reading)
            reading.error(
                entry.keyOrigin,
                path: path,
                "`listen` (to host a hub here) or `connect` (to dial a hub or a broker) is missing"
            )
            return nil
        }
    }

    private func isName(_ text: String) -> Bool {
        (1...Self.nameByteMaximum).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && !Names.isControl($0) }
    }
}
