/// The keys of one kind of map. A reader of that map can ask for no other; `config/stinger-bridge.schema.json` lists the same.
protocol SettingKey: RawRepresentable<String>, CaseIterable, Hashable, Sendable {}

extension SettingKey {
    static var names: [String] { allCases.map(\.rawValue) }
}

enum Keys {
    enum Root: String, SettingKey {
        case hubs, bridges, expect, log
        case drainTimeout = "drain_timeout"
        case allowInlineSecrets = "allow_inline_secrets"
    }

    enum HostedHub: String, SettingKey {
        case listen, id, secret, tls, limits
        case unixMode = "unix_mode"
        case channelPasswords = "channel_passwords"
        case errorPolicy = "error_policy"
        case channelPolicy = "channel_policy"
        case groupPolicy = "group_policy"
        case callTimeout = "call_timeout"
        case idleTimeout = "idle_timeout"
        case dataTimeout = "data_timeout"
    }

    enum HostedTLS: String, SettingKey {
        case certificate, key
        case clientCA = "client_ca"
    }

    enum Limits: String, SettingKey {
        case maxFrame = "max_frame"
        case maxOutput = "max_output"
        case maxClients = "max_clients"
        case maxRegistrations = "max_registrations"
        case maxCalls = "max_calls"
    }

    enum RemoteHub: String, SettingKey {
        case connect, secret, tls, redial, heartbeat
        case expectID = "expect_id"
        case channelPasswords = "channel_passwords"
        case allowPlaintext = "allow_plaintext"
        case requireHubProof = "require_hub_proof"
        case deadAfter = "dead_after"
    }

    enum RemoteTLS: String, SettingKey {
        case ca, certificate, key
        case serverName = "server_name"
    }

    enum Redial: String, SettingKey {
        case first, longest
    }

    enum Secret: String, SettingKey {
        case env, file
    }

    enum Bridge: String, SettingKey {
        case id, between, channels
        case callTimeout = "call_timeout"
    }

    enum Rule: String, SettingKey {
        case name, `as`, direction, events
    }

    enum Expectation: String, SettingKey {
        case from, to, channel, event, verdict
    }

    enum Log: String, SettingKey {
        case level, format
    }
}

extension Keys {
    /// Of a hub that does not say which kind it is.
    struct AnyHub: SettingKey {
        let rawValue: String

        init?(rawValue: String) {
            guard Self.allNames.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        static var allCases: [AnyHub] { allNames.sorted().compactMap(AnyHub.init) }
        private static let allNames = Set(HostedHub.names + RemoteHub.names)
    }

    static let brokerKeys = Dictionary(
        uniqueKeysWithValues: ["protocol", "username", "password"].map {
            ($0, "belongs to a broker, and brokers are not supported by this version yet")
        }
    )
    static let hostedOnly = only(
        in: HostedHub.names,
        not: RemoteHub.names,
        "is for a hub that is hosted here (`listen`); this one is dialled"
    )
    static let remoteOnly = only(
        in: RemoteHub.names,
        not: HostedHub.names,
        "is for a hub that is dialled (`connect`); this one is hosted here"
    )

    private static func only(in some: [String], not others: [String], _ reason: String) -> [String: String] {
        let keys = Set(some).subtracting(others)
        return Dictionary(uniqueKeysWithValues: keys.map { ($0, reason) }).merging(brokerKeys) { own, _ in own }
    }
}
