import Transport

/// A hub that is dialled.
struct RemoteHubReader {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode, _ entry: YAMLNode.Entry, _ path: String) -> RemoteHub? {
        let map = MapReader<Keys.RemoteHub>(
            node,
            path: path,
            origin: entry.keyOrigin,
            unsupported: Keys.notForRemoteHubs,
            reading
        )
        guard let map, let addresses = map.node(.connect) else { return nil }
        var hub = RemoteHub(
            connect: AddressReader(reading).list(addresses, path: map.path(of: .connect), dialled: true)
        )
        hub.secret = map.node(.secret).flatMap { SecretReader(reading).read($0, path: map.path(of: .secret)) }
        hub.tls = tls(map, hub.connect)
        hub.channelPasswords =
            map.node(.channelPasswords).map {
                SecretReader(reading).passwords($0, path: map.path(of: .channelPasswords))
            } ?? [:]
        hub.allowsPlaintext = map.bool(.allowPlaintext) ?? false
        hub.requiresHubProof = map.bool(.requireHubProof) ?? false
        hub.redial = map.map(.redial, Keys.Redial.self).map { DialReader(reading).redial($0, hub.redial) } ?? hub.redial
        hub.heartbeat = map.duration(.heartbeat) ?? hub.heartbeat
        hub.deadAfter = map.duration(.deadAfter) ?? hub.deadAfter
        hub.expectedID = map.value(.expectID, Names.words, Names.checked)
        check(hub, map)
        return hub
    }

    private func check(_ hub: RemoteHub, _ map: MapReader<Keys.RemoteHub>) {
        if map.has(.secret), !hub.allowsPlaintext, hub.connect.contains(where: \.isPlainTCP) {
            reading.error(
                map.valueOrigin(of: .connect),
                path: map.path(of: .connect),
                """
                a `tcp:` address and a secret: whoever listens on the way can try passwords on its proof, and change messages; \
                use `tls:`, or say `allow_plaintext: true`
                """
            )
        }
        if hub.requiresHubProof, !map.has(.secret) {
            reading.error(
                map.origin(of: .requireHubProof),
                path: map.path(of: .requireHubProof),
                "needs `secret`: that is what the hub must prove"
            )
        }
        if hub.heartbeat >= hub.deadAfter {
            let key = map.has(.deadAfter) ? Keys.RemoteHub.deadAfter : .heartbeat
            reading.error(
                map.valueOrigin(of: key),
                path: map.path(of: key),
                """
                `heartbeat` (\(DurationText.words(hub.heartbeat))) must be shorter than `dead_after` \
                (\(DurationText.words(hub.deadAfter))), best a third of it
                """
            )
        }
    }

    private func tls(_ map: MapReader<Keys.RemoteHub>, _ connect: [HubAddress]) -> RemoteHub.TLS {
        if map.has(.tls), !connect.isEmpty, !connect.contains(where: \.isTLS) {
            reading.error(
                map.origin(of: .tls),
                path: map.path(of: .tls),
                "means nothing here: no address of this hub is `tls:`"
            )
        }
        return map.map(.tls, Keys.RemoteTLS.self).map {
            DialReader(reading).tls(
                $0,
                ca: .ca,
                certificate: .certificate,
                key: .key,
                serverName: .serverName,
                of: "hub"
            )
        } ?? RemoteHub.TLS()
    }
}
