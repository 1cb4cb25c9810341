/// Secrets: `{env: NAME}` or `{file: PATH}`. Nothing that might be one is ever part of a finding.
struct SecretReader {
    private static let expected = "`{env: NAME}` or `{file: PATH}`"

    private let reading: Reading

    init(_ reading: Reading) { self.reading = reading }

    func read(_ node: YAMLNode, path: String) -> Secret? {
        switch node.content {
        case .text(let text): return inline(text, node, path)
        case .nothing, .list:
            reading.error(node.origin, path: path, "expected \(Self.expected); \(node.kind) is there")
            return nil
        case .map:
            return MapReader<Keys.Secret>(node, path: path, showsKeys: false, reading).flatMap(source)
        }
    }

    private func inline(_ text: String, _ node: YAMLNode, _ path: String) -> Secret? {
        guard reading.allowsInlineSecrets else {
            reading.error(
                node.origin,
                path: path,
                """
                expected \(Self.expected); a secret does not stand in this file itself, unless it says \
                `allow_inline_secrets: true`
                """
            )
            return nil
        }
        guard !text.isEmpty else {
            reading.error(node.origin, path: path, "the secret is empty")
            return nil
        }
        return Secret(content: Array(text.utf8))
    }

    private func source(_ map: MapReader<Keys.Secret>) -> Secret? {
        switch (map.node(.env), map.node(.file)) {
        case (let variable?, nil): return read(variable: variable, map.path(of: .env))
        case (nil, let file?): return read(file: file, map.path(of: .file))
        case (.some, .some):
            reading.error(map.origin, path: map.path, "expected \(Self.expected), not both")
            return nil
        case (nil, nil):
            // Of a key that is no such source, the map has told.
            guard map.isEmpty else { return nil }
            reading.error(map.origin, path: map.path, "expected \(Self.expected)")
            return nil
        }
    }

    private func read(variable node: YAMLNode, _ path: String) -> Secret? {
        guard case .text(let name) = node.content, Self.isVariableName(name) else {
            reading.error(
                node.origin,
                path: path,
                "expected the name of an environment variable: letters, digits and `_`"
            )
            return nil
        }
        guard let value = reading.environment[name], !value.isEmpty else {
            reading.error(
                node.origin,
                path: path,
                "the environment variable \(Words.shown(name)) is not set, or empty; a secret is expected in it"
            )
            return nil
        }
        return Secret(content: Array(value.utf8))
    }

    private func read(file node: YAMLNode, _ path: String) -> Secret? {
        guard let name = reading.value(node, path: path, "the path of a file", { $0.isEmpty ? nil : $0 }) else {
            return nil
        }
        do {
            let resolved = reading.resolved(name)
            let file = try SecretFile(path: resolved)
            if file.isOpenToOthers {
                reading.warning(
                    node.origin,
                    path: path,
                    "others can read the secret file \(Words.shown(resolved)); chmod 600 it"
                )
            }
            return file.secret
        } catch {
            reading.error(node.origin, path: path, error.description)
            return nil
        }
    }

    private static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}

extension SecretReader {
    /// The passwords of channels, by channel.
    func passwords(_ node: YAMLNode, path: String) -> [String: Secret] {
        guard case .map(let entries) = node.content else {
            reading.error(
                node.origin,
                path: path,
                "expected a map from channels to \(Self.expected); \(node.kind) is there"
            )
            return [:]
        }
        var passwords: [String: Secret] = [:]
        for entry in entries {
            let inner = "\(path).\(Words.step(entry.key))"
            guard Names.checked(entry.key) != nil else {
                reading.error(entry.keyOrigin, path: path, "a channel is called by \(Names.words)")
                continue
            }
            passwords[entry.key] = read(entry.value, path: inner)
        }
        return passwords
    }
}
