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

    enum Broker: String, SettingKey {
        case connect, `protocol`, addresses, id, username, password, tls, window, redial
        case fallBack = "fall_back"
        case clientID = "client_id"
        case allowPlaintext = "allow_plaintext"
        case cleanStart = "clean_start"
        case sessionExpiry = "session_expiry"
        case keepAlive = "keep_alive"
        case receiveMaximum = "receive_maximum"
        case maxPacket = "max_packet"
        case topicAliases = "topic_aliases"
        case bridgeBit = "bridge_bit"
    }

    enum BrokerTLS: String, SettingKey {
        case ca, certificate, key, alpn
        case serverName = "server_name"
    }

    enum Redial: String, SettingKey {
        case first, longest
    }

    enum Secret: String, SettingKey {
        case env, file
    }

    enum HubBridge: String, SettingKey {
        case id, between, channels
        case callTimeout = "call_timeout"
    }

    enum BrokerBridge: String, SettingKey {
        case id, between, topics, coordinate
        case stateTopic = "state_topic"
        case drainRate = "drain_rate"
        case retainedMemory = "retained_memory"
    }

    enum Rule: String, SettingKey {
        case name, `as`, direction, events
    }

    enum TopicRule: String, SettingKey {
        case filter, direction, qos, `as`, exclude, retain, conflict, expiry, rate, share
        case firstPrefix = "first_prefix"
        case secondPrefix = "second_prefix"
        case maxPayload = "max_payload"
    }

    enum Rate: String, SettingKey {
        case messages, burst, excess
    }

    enum Expectation: String, SettingKey {
        case from, to, channel, event, topic, verdict
    }

    enum Log: String, SettingKey {
        case level, format
    }
}
