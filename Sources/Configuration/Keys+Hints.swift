extension Keys {
    /// Of a peer that does not say which kind it is.
    struct AnyPeer: SettingKey {
        let rawValue: String

        init?(rawValue: String) {
            guard Self.allNames.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        static var allCases: [AnyPeer] { allNames.sorted().compactMap(AnyPeer.init) }
        private static let allNames = Set(HostedHub.names + RemoteHub.names + Broker.names)
    }

    /// Of a bridge whose ends do not say which kind it is.
    struct AnyBridge: SettingKey {
        let rawValue: String

        init?(rawValue: String) {
            guard Self.allNames.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        static let between = AnyBridge(unchecked: HubBridge.between.rawValue)
        static var allCases: [AnyBridge] { allNames.sorted().compactMap(AnyBridge.init) }
        private static let allNames = Set(HubBridge.names + BrokerBridge.names)

        private init(unchecked rawValue: String) { self.rawValue = rawValue }
    }

    // MARK: Keys of another kind of map, and which one was likely meant

    static let notForHostedHubs =
        reasons(RemoteHub.names, "is for a hub that is dialled (`connect`); this one is hosted here")
        .merging(reasons(Broker.names, "is for an MQTT broker; this is a hub that is hosted here")) { first, _ in first
        }
    static let notForRemoteHubs =
        reasons(HostedHub.names, "is for a hub that is hosted here (`listen`); this one is dialled")
        .merging(meant(of: Broker.names, "an MQTT broker", here: "a hub", brokerKeysForHubs)) { first, _ in first }
    static let notForBrokers = meant(
        of: RemoteHub.names + HostedHub.names,
        "a hub",
        here: "an MQTT broker",
        hubKeysForBrokers
    )

    private static let brokerKeysForHubs = [
        "password": "`secret`", "id": "`expect_id`", "keep_alive": "`heartbeat` and `dead_after`",
    ]
    private static let hubKeysForBrokers = [
        "secret": "`username` and `password`", "expect_id": "`id`", "heartbeat": "`keep_alive`",
        "dead_after": "`keep_alive`", "limits": "`max_packet`, `window` and `receive_maximum`",
        "listen": "`connect`; no broker is hosted here",
    ]

    private static func reasons(_ keys: [String], _ reason: String) -> [String: String] {
        Dictionary(keys.map { ($0, reason) }) { first, _ in first }
    }

    private static func meant(
        of keys: [String],
        _ owner: String,
        here: String,
        _ likes: [String: String]
    ) -> [String: String] {
        Dictionary(
            keys.map { key in
                let like = likes[key].map { ", which has \($0) instead" } ?? ""
                return (key, "is for \(owner); this is \(here)\(like)")
            }
        ) { first, _ in first }
    }
}
