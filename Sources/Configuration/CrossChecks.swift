import Federation
import Transport

/// What no part of the file shows by itself.
struct CrossChecks {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func check(_ configuration: BridgeConfiguration) {
        checkIDs(configuration.hubs)
        checkListeners(configuration.hubs)
        checkBridges(configuration.bridges)
        // Of a file that could not be read whole, the rest would say little.
        guard !reading.hasErrors else { return }
        checkUse(configuration)
        for (index, bridge) in configuration.bridges.enumerated() { checkRules(bridge, path: "bridges[\(index)]") }
    }

    // MARK: Hubs

    private func checkIDs(_ hubs: [PeerConfiguration]) {
        var names: [String: String] = [:]
        for hub in hubs {
            let id: String?
            switch hub.kind {
            case .hosted(let hosted): id = hosted.id
            case .remote(let remote): id = remote.expectedID
            }
            guard let id else { continue }
            if let other = names[id] {
                reading.error(
                    hub.origin,
                    path: "hubs.\(Words.step(hub.name))",
                    "has the id \(Words.shown(id)), which \(Words.shown(other)) has already; each hub needs its own"
                )
            } else {
                names[id] = hub.name
            }
        }
    }

    private func checkListeners(_ hubs: [PeerConfiguration]) {
        var names: [String: String] = [:]
        for hub in hubs {
            guard case .hosted(let hosted) = hub.kind else { continue }
            for address in hosted.listen where !address.hasPortZero {
                // TCP and TLS share their ports.
                let place = address.isTLS ? "tcp:" + address.description.dropFirst("tls:".count) : address.description
                if let other = names[place] {
                    let whose = other == hub.name ? "this hub itself" : Words.shown(other)
                    reading.error(
                        hub.origin,
                        path: "hubs.\(Words.step(hub.name)).listen",
                        "\(Words.shown(address.description)) is where \(whose) listens already"
                    )
                } else {
                    names[place] = hub.name
                }
            }
        }
    }

    private func checkUse(_ configuration: BridgeConfiguration) {
        for hub in configuration.hubs {
            guard case .remote = hub.kind, !configuration.bridges.contains(where: { $0.side(of: hub.name) != nil })
            else {
                continue
            }
            reading.warning(hub.origin, path: "hubs.\(Words.step(hub.name))", "is never dialled: no bridge joins it")
        }
    }

    // MARK: Bridges

    private func checkBridges(_ bridges: [BridgeSettings]) {
        var ids: Set<String> = []
        var pairs: [Set<String>: String] = [:]
        for bridge in bridges {
            if !ids.insert(bridge.id).inserted {
                reading.error(
                    bridge.origin,
                    path: "bridges",
                    "the id \(Words.shown(bridge.id)) is there twice; give each bridge its own `id`"
                )
                continue
            }
            let pair: Set = [bridge.first, bridge.second]
            if let other = pairs[pair] {
                reading.note(
                    bridge.origin,
                    path: "bridges",
                    """
                    \(Words.shown(other)) and \(Words.shown(bridge.id)) join the same two hubs: one works, the other stands by
                    """
                )
            } else {
                pairs[pair] = bridge.id
            }
        }
    }

    private func checkRules(_ bridge: BridgeSettings, path: String) {
        if bridge.channels.rules.isEmpty {
            reading.warning(
                bridge.origin,
                path: path,
                "carries nothing: no channels are named; list some under `channels`, or say `channels: all`"
            )
        }
        let coverage = Dictionary(
            uniqueKeysWithValues: Side.allCases.map { ($0, RuleCoverage.covered(bridge.channels.rules, from: $0)) }
        )
        for (index, rule) in bridge.channels.rules.enumerated() {
            let sides = Side.allCases.filter { rule.direction.allows(from: $0) }
            let covered = sides.compactMap { side in
                coverage[side]?[index].map { (side: side, by: $0) }
            }
            guard let first = covered.first else { continue }
            let place = "the rule at line \(bridge.ruleOrigins[first.by].line) takes all of it first"
            let words =
                covered.count == sides.count
                ? "never applies: \(place)"
                : "never applies to messages from \(bridge.name(of: first.side)): \(place)"
            reading.warning(bridge.ruleOrigins[index], path: "\(path).channels[\(index)]", words)
        }
    }
}
