import MQTTProtocol
import Transport

/// An MQTT broker, which is dialled.
struct BrokerReader {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode, _ entry: YAMLNode.Entry, _ path: String) -> RemoteBroker? {
        let map = MapReader<Keys.Broker>(
            node,
            path: path,
            origin: entry.keyOrigin,
            unsupported: Keys.notForBrokers,
            reading
        )
        guard let map, let addresses = map.node(.connect) else { return nil }
        var broker = RemoteBroker(connect: BrokerAddressReader(reading).list(addresses, path: map.path(of: .connect)))
        broker.order = map.word(.addresses, AddressOrder.self) ?? broker.order
        broker.version = version(map) ?? broker.version
        broker.fallsBack = map.bool(.fallBack) ?? false
        broker.clientID = map.value(.clientID, Names.words, Names.checked)
        broker.id = map.value(.id, Names.words, Names.checked)
        broker.username = map.value(.username, Names.words, Names.checked)
        broker.password = map.node(.password).flatMap { SecretReader(reading).read($0, path: map.path(of: .password)) }
        readTLS(map, &broker)
        broker.allowsPlaintext = map.bool(.allowPlaintext) ?? false
        broker.redial =
            map.map(.redial, Keys.Redial.self).map { DialReader(reading).redial($0, broker.redial) } ?? broker.redial
        readSession(map, &broker)
        BrokerChecks(reading).check(broker, map)
        return broker
    }

    private func version(_ map: MapReader<Keys.Broker>) -> MQTTVersion? {
        map.value(.protocol, "`5` or `3.1.1`") { text in
            MQTTVersion.allCases.first { $0.description == text } ?? ["5.0": .v5][text]
        }
    }

    // MARK: Session

    private func readSession(_ map: MapReader<Keys.Broker>, _ broker: inout RemoteBroker) {
        broker.cleanStart = map.bool(.cleanStart) ?? false
        broker.sessionExpiry =
            seconds(map, .sessionExpiry, "a duration in whole seconds, such as 24h", 0...Int64(UInt32.max))
            ?? broker.sessionExpiry
        broker.keepAlive = keepAlive(map) ?? broker.keepAlive
        broker.receiveMaximum = map.count(.receiveMaximum, 1...65_535) ?? broker.receiveMaximum
        // Packet identifiers above belong to subscriptions.
        broker.window = map.count(.window, 1...60_000) ?? broker.window
        // The standard's own limit (MQTT 5.0, 1.5.5) is five bytes more.
        broker.packetByteMaximum = map.size(.maxPacket, 4_096...(256 << 20)) ?? broker.packetByteMaximum
        broker.topicAliasMaximum = map.count(.topicAliases, 0...65_535) ?? broker.topicAliasMaximum
        broker.hasBridgeBit = map.bool(.bridgeBit) ?? false
    }

    private func keepAlive(_ map: MapReader<Keys.Broker>) -> Duration? {
        if case .text(let text)? = map.node(.keepAlive)?.content, DurationText.parse(text) == .zero {
            reading.error(
                map.valueOrigin(of: .keepAlive),
                path: map.path(of: .keepAlive),
                """
                0 would switch it off, and a connection that died silently would pass for a living one; \
                expected whole seconds from 5s to 18h
                """
            )
            return nil
        }
        return seconds(map, .keepAlive, "a duration in whole seconds, from 5s to 18h", 5...18 * 3_600)
    }

    /// A duration that CONNECT carries as a number of seconds.
    private func seconds(
        _ map: MapReader<Keys.Broker>,
        _ key: Keys.Broker,
        _ expected: String,
        _ range: ClosedRange<Int64>
    ) -> Duration? {
        map.value(key, expected) { DurationText.wholeSeconds($0, range) }
    }

    // MARK: TLS

    private func readTLS(_ map: MapReader<Keys.Broker>, _ broker: inout RemoteBroker) {
        if map.has(.tls), !broker.connect.isEmpty, !broker.connect.contains(where: \.isTLS) {
            reading.error(
                map.origin(of: .tls),
                path: map.path(of: .tls),
                "means nothing here: no address of this broker is `mqtts://`"
            )
        }
        guard let inner = map.map(.tls, Keys.BrokerTLS.self) else { return }
        broker.tls = DialReader(reading)
            .tls(inner, ca: .ca, certificate: .certificate, key: .key, serverName: .serverName, of: "broker")
        guard let node = inner.node(.alpn) else { return }
        let path = inner.path(of: .alpn)
        broker.applicationProtocols =
            reading.list(node, path: path, "a list of protocol names, such as `[mqtt]`") {
                // RFC 7301, 3.1: a name has 1 to 255 bytes.
                reading.value($0, path: $1, "a name of 1 to 255 bytes") {
                    (1...255).contains($0.utf8.count) ? Names.checked($0) : nil
                }
            } ?? []
    }
}
