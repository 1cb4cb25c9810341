/// What hubs and brokers that are dialled have in common.
struct DialReader {
    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    /// - Parameter owner: `hub` or `broker`, for the words.
    func tls<Key: SettingKey>(
        _ map: MapReader<Key>,
        ca: Key,
        certificate: Key,
        key: Key,
        serverName: Key,
        of owner: String
    ) -> RemoteHub.TLS {
        if map.has(certificate) != map.has(key) {
            let (there, missing) = map.has(key) ? ("key", "certificate") : ("certificate", "key")
            reading.error(map.origin, path: map.path, "`\(there)` needs `\(missing)` beside it")
        }
        return RemoteHub.TLS(
            authority: map.node(ca).flatMap { reading.file($0, path: map.path(of: ca)) },
            certificate: map.node(certificate).flatMap { reading.file($0, path: map.path(of: certificate)) },
            key: map.node(key).flatMap { reading.keyFile($0, path: map.path(of: key)) },
            serverName: map.value(
                serverName,
                "the name in the \(owner)'s certificate, such as \(owner).example"
            ) { text in
                Names.checked(text).flatMap { $0.contains(where: \.isWhitespace) ? nil : $0 }
            }
        )
    }

    func redial(_ map: MapReader<Keys.Redial>, _ standard: RemoteHub.Redial) -> RemoteHub.Redial {
        var redial = standard
        redial.first = map.duration(.first) ?? redial.first
        redial.longest = map.duration(.longest) ?? redial.longest
        if redial.first > redial.longest {
            reading.error(
                map.valueOrigin(of: map.has(.longest) ? .longest : .first),
                path: map.path,
                """
                `first` (\(DurationText.words(redial.first))) must not be longer than `longest` \
                (\(DurationText.words(redial.longest)))
                """
            )
        }
        return redial
    }
}
