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
            unsupported: Keys.hostedOnly,
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
        hub.redial = redial(map)
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
        guard let inner = map.map(.tls, Keys.RemoteTLS.self) else { return RemoteHub.TLS() }
        if inner.has(.certificate) != inner.has(.key) {
            let (there, missing) = inner.has(.key) ? ("key", "certificate") : ("certificate", "key")
            reading.error(inner.origin, path: inner.path, "`\(there)` needs `\(missing)` beside it")
        }
        return RemoteHub.TLS(
            authority: inner.node(.ca).flatMap { reading.file($0, path: inner.path(of: .ca)) },
            certificate: inner.node(.certificate).flatMap { reading.file($0, path: inner.path(of: .certificate)) },
            key: inner.node(.key).flatMap { reading.keyFile($0, path: inner.path(of: .key)) },
            serverName: inner.value(.serverName, "the name in the hub's certificate, such as hub.example") { text in
                Names.checked(text).flatMap { $0.contains(where: \.isWhitespace) ? nil : $0 }
            }
        )
    }

    private func redial(_ map: MapReader<Keys.RemoteHub>) -> RemoteHub.Redial {
        var redial = RemoteHub.Redial()
        guard let inner = map.map(.redial, Keys.Redial.self) else { return redial }
        redial.first = inner.duration(.first) ?? redial.first
        redial.longest = inner.duration(.longest) ?? redial.longest
        if redial.first > redial.longest {
            reading.error(
                inner.valueOrigin(of: inner.has(.longest) ? .longest : .first),
                path: inner.path,
                """
                `first` (\(DurationText.words(redial.first))) must not be longer than `longest` \
                (\(DurationText.words(redial.longest)))
                """
            )
        }
        return redial
    }
}
