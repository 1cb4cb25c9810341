import Yams

/// The parser's tree to ours: aliases are put in, merge keys carried out, and everything is bounded.
struct YAMLTreeBuilder {
    /// Values in a configuration, those counted again that aliases repeat.
    private static let countMaximum = 200_000
    /// Levels; a configuration has about six.
    private static let heightMaximum = 32

    private let reading: Reading
    private let duplicates: [Unicode.Scalar: Unicode.Scalar]
    private var anchors: [String: YAMLNode] = [:]
    private var count = 0
    private var isTooLarge = false

    init(reading: Reading, duplicates: [Unicode.Scalar: Unicode.Scalar]) {
        self.reading = reading
        self.duplicates = duplicates
    }

    /// - Returns: nil when the tree is too large; that is reported.
    mutating func build(_ root: Node) -> YAMLNode? {
        let node = build(root, depth: 1)
        return isTooLarge ? nil : node
    }

    private mutating func build(_ node: Node, depth: Int) -> YAMLNode {
        let origin = Self.origin(node)
        count += 1
        guard !isTooLarge, isBounded(origin, height: depth) else { return YAMLNode(.nothing, at: origin) }
        let built: YAMLNode
        let anchor: String?
        switch node {
        case .scalar(let scalar):
            checkTag(scalar.tag, origin)
            if scalar.style == .plain, scalar.string.unicodeScalars.first == YAMLText.starMask {
                return alias(scalar, depth: depth)
            }
            let text = YAMLText.unmasked(scalar.string)
            let isNothing = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(text)
            built = YAMLNode(isNothing ? .nothing : .text(text), at: origin)
            anchor = scalar.anchor?.rawValue
        case .sequence(let sequence):
            checkTag(sequence.tag, origin)
            built = YAMLNode(.list(sequence.map { build($0, depth: depth + 1) }), at: origin)
            anchor = sequence.anchor?.rawValue
        case .mapping(let mapping):
            checkTag(mapping.tag, origin)
            built = YAMLNode(.map(entries(mapping, depth: depth)), at: origin)
            anchor = mapping.anchor?.rawValue
        case .alias:
            // The parser never makes one.
            return YAMLNode(.nothing, at: origin)
        }
        if let anchor { anchors[anchor] = built }
        return built
    }

    private mutating func alias(_ scalar: Node.Scalar, depth: Int) -> YAMLNode {
        let origin = Self.origin(.scalar(scalar))
        let name = YAMLText.unmasked(String(scalar.string.unicodeScalars.dropFirst()))
        guard let target = anchors[name] else {
            // The name is not shown: a secret may begin with `*`.
            reading.finalError(
                origin,
                """
                a `*` begins an alias in YAML, and nothing above has an anchor of that name; a text that begins with `*` \
                stands in quotes, such as "*.state"
                """
            )
            return YAMLNode(.nothing, at: origin)
        }
        count += target.count
        guard isBounded(origin, height: depth + target.height - 1) else { return YAMLNode(.nothing, at: origin) }
        return target
    }

    private mutating func isBounded(_ origin: Origin, height: Int) -> Bool {
        guard !isTooLarge, count <= Self.countMaximum, height <= Self.heightMaximum else {
            if !isTooLarge {
                reading.finalError(
                    origin,
                    """
                    too much: a configuration has at most \(Self.countMaximum) values, those of aliases counted each time, \
                    nested at most \(Self.heightMaximum) deep
                    """
                )
            }
            isTooLarge = true
            return false
        }
        return true
    }

    // MARK: Maps

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var merged: [YAMLNode.Entry] = []
        var twice: [(key: String, origin: Origin)] = []
        for (keyNode, valueNode) in mapping {
            let origin = Self.origin(keyNode)
            let value = build(valueNode, depth: depth + 1)
            guard case .scalar(let scalar) = keyNode, scalar.string.unicodeScalars.first != YAMLText.starMask else {
                reading.finalError(origin, "a key is a text, not an alias, a list or a map")
                continue
            }
            if let first = scalar.string.unicodeScalars.first, let letter = duplicates[first] {
                let key = String(Character(letter)) + String(scalar.string.unicodeScalars.dropFirst())
                twice.append((YAMLText.unmasked(key), origin))
            } else if scalar.style == .plain, scalar.string == "<<" {
                merged += mergedEntries(value)
            } else {
                let key = YAMLText.unmasked(scalar.string)
                entries.append(YAMLNode.Entry(key: key, keyOrigin: origin, value: value))
            }
        }
        for (key, origin) in twice {
            let last = entries.first { $0.key == key }?.keyOrigin ?? origin
            reading.error(
                last,
                "the key \(Words.key(key)) is there twice; the first is at line \(origin.line), column \(origin.column)"
            )
        }
        var keys = Set(entries.map(\.key))
        // A key of its own wins over one that is merged in, and the first map over the next (yaml.org/type/merge).
        for entry in merged where keys.insert(entry.key).inserted { entries.append(entry) }
        return entries
    }

    private func mergedEntries(_ value: YAMLNode) -> [YAMLNode.Entry] {
        switch value.content {
        case .map(let entries): return entries
        case .list(let items): return items.flatMap { mergedEntries($0) }
        case .nothing, .text:
            reading.finalError(value.origin, "`<<` takes an alias of a map, or a list of them; \(value.kind) is there")
            return []
        }
    }

    // MARK: Parts

    private func checkTag(_ tag: Tag, _ origin: Origin) {
        let standard: [Tag.Name] = [.implicit, .nonSpecific, .str, .seq, .map, .bool, .int, .float, .null]
        guard !standard.contains(Tag.Name(rawValue: tag.rawValue)) else { return }
        // Not shown: a secret may begin with `!`.
        reading.finalError(
            origin,
            "a `!` begins a tag in YAML, and tags mean nothing here; put a text that begins so in quotes"
        )
    }

    private static func origin(_ node: Node) -> Origin {
        Origin(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
}
