import Transport

/// A hub that runs in this process.
struct HostedHubReader {
    private static let largest = Int(Int32.max)

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode, _ entry: YAMLNode.Entry, _ path: String) -> HostedHub? {
        let map = MapReader<Keys.HostedHub>(
            node,
            path: path,
            origin: entry.keyOrigin,
            unsupported: Keys.notForHostedHubs,
            reading
        )
        guard let map, let addresses = map.node(.listen) else { return nil }
        let listen = AddressReader(reading).list(addresses, path: map.path(of: .listen), dialled: false)
        var hub = HostedHub(id: entry.key, listen: listen)
        hub.id = map.value(.id, Names.words, Names.checked) ?? hub.id
        hub.unixMode = unixMode(map, listen) ?? hub.unixMode
        hub.secret = map.node(.secret).flatMap { SecretReader(reading).read($0, path: map.path(of: .secret)) }
        hub.tls = tls(map, listen)
        hub.channelPasswords =
            map.node(.channelPasswords).map {
                SecretReader(reading).passwords($0, path: map.path(of: .channelPasswords))
            } ?? [:]
        hub.errorPolicy = map.word(.errorPolicy, HostedHub.ErrorPolicy.self) ?? hub.errorPolicy
        hub.channelPolicy = map.word(.channelPolicy, HostedHub.ChannelPolicy.self) ?? hub.channelPolicy
        hub.groupPolicy = map.word(.groupPolicy, HostedHub.GroupPolicy.self) ?? hub.groupPolicy
        hub.callTimeout = map.duration(.callTimeout)
        hub.idleTimeout = map.duration(.idleTimeout) ?? hub.idleTimeout
        hub.dataTimeout = map.duration(.dataTimeout) ?? hub.dataTimeout
        hub.limits = limits(map)
        return hub
    }

    private func unixMode(_ map: MapReader<Keys.HostedHub>, _ listen: [HubAddress]) -> UInt32? {
        let mode = map.value(.unixMode, "permissions in octal, such as \"0660\"") { text -> UInt32? in
            guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else { return nil }
            return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
        }
        if mode != nil, !listen.isEmpty, !listen.contains(where: \.isUnix) {
            reading.warning(
                map.origin(of: .unixMode),
                path: map.path(of: .unixMode),
                "means nothing here: no address of this hub is `unix:`"
            )
        }
        return mode
    }

    private func tls(_ map: MapReader<Keys.HostedHub>, _ listen: [HubAddress]) -> HostedHub.TLS? {
        guard map.has(.tls) else {
            if listen.contains(where: \.isTLS) {
                reading.error(
                    map.valueOrigin(of: .listen),
                    path: map.path,
                    "a `tls:` address needs `tls: {certificate: FILE, key: FILE}`"
                )
            }
            return nil
        }
        if !listen.isEmpty, !listen.contains(where: \.isTLS) {
            reading.error(
                map.origin(of: .tls),
                path: map.path(of: .tls),
                "means nothing here: no address of this hub is `tls:`"
            )
        }
        guard let inner = map.map(.tls, Keys.HostedTLS.self) else { return nil }
        let certificate = inner.required(.certificate, "the hub's certificate chain, PEM")
            .flatMap { reading.file($0, path: inner.path(of: .certificate)) }
        let key = inner.required(.key, "the key of the certificate, PEM")
            .flatMap { reading.keyFile($0, path: inner.path(of: .key)) }
        let authority = inner.node(.clientCA).flatMap { reading.file($0, path: inner.path(of: .clientCA)) }
        guard let certificate, let key else { return nil }
        return HostedHub.TLS(certificate: certificate, key: key, clientAuthority: authority)
    }

    private func limits(_ map: MapReader<Keys.HostedHub>) -> HostedHub.Limits {
        var limits = HostedHub.Limits()
        guard let inner = map.map(.limits, Keys.Limits.self) else { return limits }
        // Less than 4 KiB would not hold a handshake; more does not fit the length that counts it.
        limits.frameByteMaximum = inner.size(.maxFrame, 4_096...(1 << 30)) ?? limits.frameByteMaximum
        limits.outputByteMaximum = inner.size(.maxOutput, 65_536...(1 << 30)) ?? limits.outputByteMaximum
        limits.clientMaximum = inner.count(.maxClients, 1...Self.largest) ?? limits.clientMaximum
        limits.registrationsPerClient =
            inner.count(.maxRegistrations, 1...Self.largest) ?? limits.registrationsPerClient
        limits.callsInFlightPerClient = inner.count(.maxCalls, 1...Self.largest) ?? limits.callsInFlightPerClient
        return limits
    }
}
