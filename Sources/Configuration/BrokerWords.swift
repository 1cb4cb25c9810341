import MQTTProtocol
import Transport

/// A broker in words.
struct BrokerWords {
    let name: String

    func describe(_ broker: RemoteBroker) -> [String] {
        var words = [dialled(broker)]
        if let id = broker.id, id != name { words.append("id \(Words.plain(id))") }
        words.append("MQTT \(broker.version)\(broker.fallsBack ? ", or 3.1.1 where that is refused" : "")")
        if let clientID = broker.clientID { words.append("as the client \(Words.plain(clientID))") }
        switch (broker.username, broker.password) {
        case (nil, nil): words.append("no password")
        case (let user?, nil): words.append("user \(Words.plain(user)), no password")
        case (let user?, .some): words.append("user \(Words.plain(user)) with a password")
        case (nil, .some): words.append("a password")
        }
        if broker.connect.contains(where: \.isTLS) {
            words.append(BridgeConfiguration.words(broker.tls))
            if !broker.applicationProtocols.isEmpty {
                let names = broker.applicationProtocols.map(Words.plain).joined(separator: ", ")
                words.append("offering the protocol \(names)")
            }
        }
        words.append(session(broker))
        return words
    }

    private func dialled(_ broker: RemoteBroker) -> String {
        let addresses = broker.connect.map { Words.plain($0.description) }
        switch broker.order {
        case .inTurn: return "dialled at \(addresses.joined(separator: ", then "))"
        case .roundRobin: return "dialled in rotation at \(addresses.joined(separator: ", "))"
        case .returnToFirst: return "dialled at \(addresses.joined(separator: ", or meanwhile "))"
        }
    }

    private func session(_ broker: RemoteBroker) -> String {
        if broker.cleanStart { return "a new session each time" }
        switch broker.version {
        case .v3_1_1: return "its session is kept"
        case .v5:
            return broker.sessionExpiry == .zero
                ? "its session ends with the connection"
                : "its session is kept for \(DurationText.words(broker.sessionExpiry))"
        }
    }
}
