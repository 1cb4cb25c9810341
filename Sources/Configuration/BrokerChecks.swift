import MQTTProtocol
import Transport

/// What the settings of a broker must not be together.
struct BrokerChecks {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func check(_ broker: RemoteBroker, _ map: MapReader<Keys.Broker>) {
        checkPassword(broker, map)
        checkVersion(broker, map)
        if map.has(.addresses), broker.connect.count == 1 {
            reading.warning(
                map.origin(of: .addresses),
                path: map.path(of: .addresses),
                "means nothing here: there is one address only"
            )
        }
    }

    private func checkPassword(_ broker: RemoteBroker, _ map: MapReader<Keys.Broker>) {
        guard map.has(.password) else { return }
        if let content = broker.password?.content, content.count > 65_535 {
            reading.error(
                map.valueOrigin(of: .password),
                path: map.path(of: .password),
                "a password has at most 65,535 bytes in MQTT; this one has \(content.count)"
            )
        }
        if !map.has(.username), broker.version == .v3_1_1 || broker.fallsBack {
            // MQTT 3.1.1, MQTT-3.1.2-22.
            reading.error(
                map.origin(of: .password),
                path: map.path(of: .password),
                "needs `username`: MQTT 3.1.1 has no password without one"
            )
        }
        if !broker.allowsPlaintext, broker.connect.contains(where: \.isOpenToListeners) {
            reading.error(
                map.valueOrigin(of: .connect),
                path: map.path(of: .connect),
                """
                a `mqtt://` address of another machine and a password: whoever listens on the way reads it; \
                use `mqtts://`, or say `allow_plaintext: true`
                """
            )
        }
    }

    private func checkVersion(_ broker: RemoteBroker, _ map: MapReader<Keys.Broker>) {
        switch broker.version {
        case .v5:
            guard broker.hasBridgeBit else { return }
            reading.error(
                map.origin(of: .bridgeBit),
                path: map.path(of: .bridgeBit),
                "needs `protocol: 3.1.1`; MQTT 5 has No Local instead, which is always asked for"
            )
        case .v3_1_1:
            if broker.fallsBack {
                reading.error(
                    map.origin(of: .fallBack),
                    path: map.path(of: .fallBack),
                    "needs `protocol: 5`: there is nothing to fall back to from 3.1.1"
                )
            }
            for key in [Keys.Broker.sessionExpiry, .receiveMaximum, .topicAliases] where map.has(key) {
                reading.warning(
                    map.origin(of: key),
                    path: map.path(of: key),
                    "means nothing with `protocol: 3.1.1`, which has no such setting"
                )
            }
        }
    }
}
