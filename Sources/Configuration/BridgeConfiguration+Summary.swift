import Transport

extension BridgeConfiguration {
    /// What the file says, in words: hubs, bridges with their rules, expectations.
    package func summary() -> [String] {
        hubs.map(summary) + bridges.flatMap(summary) + expectationSummary()
    }

    private func summary(of hub: PeerConfiguration) -> String {
        let words =
            switch hub.kind {
            case .hosted(let hosted): summary(of: hosted, name: hub.name)
            case .remote(let remote): summary(of: remote)
            }
        return "hub \(Words.plain(hub.name)): \(words.joined(separator: "; "))"
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
        if hub.connect.contains(where: \.isTLS) {
            let trust =
                hub.tls.authority.map { "trusting \(Words.plain($0.path))" } ?? "trusting the system's authorities"
            words.append("TLS, \(trust)\(hub.tls.certificate == nil ? "" : ", with a certificate of its own")")
        }
        return words + passwords(hub.channelPasswords)
    }

    private func passwords(_ passwords: [String: Secret]) -> [String] {
        guard !passwords.isEmpty else { return [] }
        return ["passwords for \(passwords.keys.sorted().map(Words.plain).joined(separator: ", "))"]
    }

    private func summary(of bridge: BridgeSettings) -> [String] {
        let words = RuleWords(first: bridge.first, second: bridge.second)
        let title = """
            bridge \(Words.plain(bridge.id)): between \(bridge.first) and \(bridge.second); \
            calls end after \(DurationText.words(bridge.callTimeout))
            """
        let rules = bridge.channels.rules.map { "  \(words.describe($0))" }
        return [title] + (rules.isEmpty ? ["  carries nothing: no channels are named"] : rules)
    }

    private func expectationSummary() -> [String] {
        guard !expectations.isEmpty else { return [] }
        let failed = failedExpectations().count
        return ["expectations: \(expectations.count - failed) of \(expectations.count) hold"]
    }

    private static func words(_ address: HubAddress) -> String { Words.plain(address.description) }
}
