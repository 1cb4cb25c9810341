import Transport

/// Brokers that several peers or bridges dial.
struct BrokerPeerChecks {
    private struct Peer {
        let name: String
        let origin: Origin
        let broker: RemoteBroker
    }

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func check(_ configuration: BridgeConfiguration) {
        let peers = configuration.hubs.compactMap { peer in
            peer.broker.map { Peer(name: peer.name, origin: peer.origin, broker: $0) }
        }
        for peer in peers where peer.broker.clientID != nil { checkUses(of: peer, configuration.bridges) }
        for (index, peer) in peers.enumerated() {
            for earlier in peers[..<index] { checkPair(earlier, peer) }
        }
        checkEnds(configuration)
    }

    /// A broker lets a client go when another one comes by the same name (MQTT-3.1.4-3).
    private func checkUses(of peer: Peer, _ bridges: [BridgeSettings]) {
        let uses = bridges.filter { $0.side(of: peer.name) != nil }
        guard uses.count > 1 else { return }
        reading.error(
            peer.origin,
            path: path(peer),
            """
            has a `client_id`, and the bridges \(uses.map { Words.shown($0.id) }.joined(separator: ", ")) would connect by it \
            and throw each other out; leave it away, and each bridge has its own
            """
        )
    }

    private func checkPair(_ one: Peer, _ other: Peer) {
        guard let address = other.broker.connect.first(where: one.broker.connect.contains) else { return }
        if let clientID = other.broker.clientID, clientID == one.broker.clientID {
            reading.warning(
                other.origin,
                path: path(other),
                """
                dials \(Words.shown(address.description)) with the same `client_id` as \(Words.shown(one.name)): \
                they will throw each other out
                """
            )
        }
        if one.broker.id != other.broker.id {
            reading.warning(
                other.origin,
                path: path(other),
                """
                dials \(Words.shown(address.description)) as \(Words.shown(one.name)) does; give both the same `id`, so that \
                messages which go round are recognised
                """
            )
        }
    }

    private func checkEnds(_ configuration: BridgeConfiguration) {
        for (index, bridge) in configuration.bridges.enumerated() {
            guard let first = configuration.hub(named: bridge.first)?.broker,
                let second = configuration.hub(named: bridge.second)?.broker
            else { continue }
            guard let id = first.id, id == second.id else { continue }
            reading.error(
                bridge.origin,
                path: "bridges[\(index)]",
                "both ends have the id \(Words.shown(id)), so they are the same broker, and nothing would cross"
            )
        }
    }

    private func path(_ peer: Peer) -> String { "hubs.\(Words.step(peer.name))" }
}
