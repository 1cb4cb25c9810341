import MQTTProtocol
import Transport

extension BridgeConfiguration {
    /// What the file says, in words: hubs, brokers, bridges with their rules, expectations.
    package func summary() -> [String] {
        hubs.map(summary) + bridges.flatMap(summary) + expectationSummary()
    }

    private func summary(of peer: PeerConfiguration) -> String {
        let (noun, words) =
            switch peer.kind {
            case .hosted(let hosted): ("hub", summary(of: hosted, name: peer.name))
            case .remote(let remote): ("hub", summary(of: remote))
            case .broker(let broker): ("broker", BrokerWords(name: peer.name).describe(broker))
            }
        return "\(noun) \(Words.plain(peer.name)): \(words.joined(separator: "; "))"
    }

    private func summary(of hub: HostedHub, name: String) -> [String] {
        var words = ["hosted at \(hub.listen.map(Self.words).joined(separator: " and "))"]
        if hub.id != name { words.append("id \(Words.plain(hub.id))") }
        words.append(hub.secret == nil ? "no secret" : "clients prove a secret")
        if let tls = hub.tls {
            words.append(tls.clientAuthority == nil ? "TLS" : "TLS, clients need a certificate")
        }
        return words + passwords(hub.channelPasswords)
    }

    private func summary(of hub: RemoteHub) -> [String] {
        var words = ["dialled at \(hub.connect.map(Self.words).joined(separator: ", then "))"]
        if let id = hub.expectedID { words.append("must have the id \(Words.plain(id))") }
        words.append(hub.secret == nil ? "no secret" : "proves a secret")
        if hub.requiresHubProof { words.append("the hub must prove it too") }
        if hub.connect.contains(where: \.isTLS) { words.append(Self.words(hub.tls)) }
        return words + passwords(hub.channelPasswords)
    }

    private func passwords(_ passwords: [String: Secret]) -> [String] {
        guard !passwords.isEmpty else { return [] }
        return ["passwords for \(passwords.keys.sorted().map(Words.plain).joined(separator: ", "))"]
    }

    // MARK: Bridges

    private func summary(of bridge: BridgeSettings) -> [String] {
        let title = "bridge \(Words.plain(bridge.id)): between \(bridge.first) and \(bridge.second)"
        let rules: [String]
        let details: [String]
        switch bridge.carries {
        case .channels(let traffic):
            details = ["calls end after \(DurationText.words(traffic.callTimeout))"]
            let words = ChannelRuleWords(first: bridge.first, second: bridge.second)
            rules =
                traffic.rules.rules.isEmpty
                ? ["carries nothing: no channels are named"] : traffic.rules.rules.map(words.describe)
        case .topics(let traffic):
            details = summary(of: traffic)
            let words = TopicRuleWords(first: bridge.first, second: bridge.second)
            rules =
                traffic.rules.rules.isEmpty
                ? ["carries nothing: no topics are named"] : traffic.rules.rules.map(words.describe)
        }
        return [([title] + details).joined(separator: "; ")] + rules.map { "  \($0)" }
    }

    private func summary(of traffic: TopicTraffic) -> [String] {
        var words: [String] = []
        words.append(
            traffic.stateTopic.map { "says its state on \(Words.plain($0.template))" } ?? "says its state nowhere"
        )
        if let rate = traffic.drainRate { words.append("after an outage \(rate) messages a second") }
        if let file = traffic.retainedMemory { words.append("remembers retained messages in \(Words.plain(file))") }
        if !traffic.coordinates { words.append("does not agree with other bridges which of them carries") }
        return words
    }

    private func expectationSummary() -> [String] {
        guard !expectations.isEmpty else { return [] }
        let failed = failedExpectations().count
        return ["expectations: \(expectations.count - failed) of \(expectations.count) hold"]
    }

    private static func words(_ address: HubAddress) -> String { Words.plain(address.description) }

    static func words(_ tls: RemoteHub.TLS) -> String {
        let trust = tls.authority.map { "trusting \(Words.plain($0.path))" } ?? "trusting the system's authorities"
        return "TLS, \(trust)\(tls.certificate == nil ? "" : ", with a certificate of its own")"
    }
}
