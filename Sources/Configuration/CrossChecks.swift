import Federation
import Transport

/// What no part of the file shows by itself.
struct CrossChecks {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func check(_ configuration: BridgeConfiguration) {
        checkIDs(configuration.hubs)
        checkListeners(configuration.hubs)
        BridgeChecks(reading).check(configuration)
        // Of a file that could not be read whole, the rest would say little.
        guard !reading.hasErrors else { return }
        checkUse(configuration)
        BrokerPeerChecks(reading).check(configuration)
        for (index, bridge) in configuration.bridges.enumerated() {
            switch bridge.carries {
            case .channels(let traffic):
                ChannelRuleChecks(reading).check(traffic.rules.rules, bridge, path: "bridges[\(index)]")
            case .topics(let traffic):
                TopicRuleChecks(reading, configuration).check(traffic, bridge, path: "bridges[\(index)]")
            }
        }
    }

    // MARK: Hubs

    private func checkIDs(_ hubs: [PeerConfiguration]) {
        var names: [String: String] = [:]
        for hub in hubs {
            let id: String?
            switch hub.kind {
            case .hosted(let hosted): id = hosted.id
            case .remote(let remote): id = remote.expectedID
            // Two peers may be one broker, dialled twice.
            case .broker: id = nil
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
            switch hub.kind {
            case .hosted: continue
            case .remote, .broker: break
            }
            guard !configuration.bridges.contains(where: { $0.side(of: hub.name) != nil }) else { continue }
            reading.warning(hub.origin, path: "hubs.\(Words.step(hub.name))", "is never dialled: no bridge joins it")
        }
    }
}
