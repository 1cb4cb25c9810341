/// One map of the file with the keys that it may have. Whatever is wrong is reported, and read as if it were not there.
struct MapReader<Key: SettingKey> {
    let reading: Reading
    /// Such as `hubs.plant`; empty at the top.
    let path: String
    /// The map's own key, or where it begins.
    let origin: Origin
    /// It has no keys, known or unknown.
    let isEmpty: Bool
    private var entries: [Key: YAMLNode.Entry] = [:]

    /// - Parameters:
    ///   - origin: of the key that the map belongs to.
    ///   - unsupported: keys that the map cannot have, and why.
    ///   - showsKeys: false where a key may be a secret in the wrong place.
    /// - Returns: nil when it is no map.
    init?(
        _ node: YAMLNode,
        path: String,
        origin: Origin? = nil,
        expected: String? = nil,
        unsupported: [String: String] = [:],
        showsKeys: Bool = true,
        _ reading: Reading
    ) {
        guard case .map(let map) = node.content else {
            let expected = expected ?? "a map with the keys \(Words.choice(Key.names))"
            reading.error(node.origin, path: path, "expected \(expected); \(node.kind) is there")
            return nil
        }
        self.reading = reading
        self.path = path
        isEmpty = map.isEmpty
        self.origin = origin ?? node.origin
        for entry in map {
            if let key = Key(rawValue: entry.key) {
                entries[key] = entry
            } else if let reason = unsupported[entry.key] {
                reading.error(entry.keyOrigin, path: path, "\(Words.key(entry.key)) \(reason)")
            } else if !reading.isFull {
                let known = Key.names
                let name = showsKeys ? "unknown key \(Words.key(entry.key))" : "unknown key"
                let near = Words.suggestion(for: entry.key, among: known)
                let rest = near.isEmpty ? "; known here: \(known.map(Words.shown).joined(separator: ", "))" : near
                reading.error(entry.keyOrigin, path: path, Self.missingSpace(entry.key) ?? name + rest)
            }
        }
    }

    /// `secret:hunter2` is one text to YAML.
    private static func missingSpace(_ key: String) -> String? {
        guard let colon = key.firstIndex(of: ":"), Key(rawValue: String(key[..<colon])) != nil else { return nil }
        return "a space is missing behind \(Words.shown(String(key[...colon])))"
    }

    // MARK: Parts

    func has(_ key: Key) -> Bool { entries[key] != nil }

    func path(of key: Key) -> String { path.isEmpty ? key.rawValue : "\(path).\(key.rawValue)" }

    /// Of the key, or of the map where the key is not there.
    func origin(of key: Key) -> Origin { entries[key]?.keyOrigin ?? origin }

    /// Of what the key holds.
    func valueOrigin(of key: Key) -> Origin { entries[key]?.value.origin ?? origin }

    func node(_ key: Key) -> YAMLNode? { entries[key]?.value }

    /// - Returns: nil, and reports it, when the key is not there.
    func required(_ key: Key, _ meaning: String) -> YAMLNode? {
        if let node = node(key) { return node }
        reading.error(origin, path: path, "\(Words.shown(key.rawValue)) is missing: \(meaning)")
        return nil
    }

    func map<Inner: SettingKey>(
        _ key: Key,
        _: Inner.Type,
        unsupported: [String: String] = [:]
    ) -> MapReader<Inner>? {
        node(key).flatMap {
            MapReader<Inner>(
                $0,
                path: path(of: key),
                origin: origin(of: key),
                unsupported: unsupported,
                reading
            )
        }
    }

    // MARK: Single values

    /// What `parse` makes of a text. `expected` is said when it makes nothing of it.
    func value<Value>(_ key: Key, _ expected: String, _ parse: (String) -> Value?) -> Value? {
        node(key).flatMap { reading.value($0, path: path(of: key), expected, parse) }
    }

    func bool(_ key: Key) -> Bool? {
        value(key, "`true` or `false`") { ["true": true, "false": false][$0] }
    }

    func duration(_ key: Key, orZero: Bool = false) -> Duration? {
        value(key, "a duration such as 10s, 250ms, 2m or 1h") { text in
            DurationText.parse(text).flatMap { $0 > .zero || orZero ? $0 : nil }
        }
    }

    func size(_ key: Key, _ range: ClosedRange<Int>) -> Int? {
        value(key, "a size such as 16MiB, from \(Words.size(range.lowerBound)) to \(Words.size(range.upperBound))") {
            SizeText.parse($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func count(_ key: Key, _ range: ClosedRange<Int>) -> Int? {
        value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func word<Value: RawRepresentable<String> & CaseIterable>(_ key: Key, _: Value.Type) -> Value? {
        value(key, Words.choice(Value.allCases.map(\.rawValue))) { Value(rawValue: $0) }
    }
}
