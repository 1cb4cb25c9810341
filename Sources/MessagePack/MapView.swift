/// A map in bytes that a walker has already found sound; for the messages that are rare enough to look keys up one by one.
package struct MapView {
    package let bytes: UnsafeRawBufferPointer
    package let head: ValueHead

    /// - Returns: nil unless the value at `offset` is a map.
    package init?(at offset: Int, in bytes: UnsafeRawBufferPointer) {
        guard let head = try? ValueHead(at: offset, in: bytes), head.kind == .map else { return nil }
        self.bytes = bytes
        self.head = head
    }

    /// The value under `key`; the last one where it stands twice, as in Python.
    package func value(_ key: StaticString, _ walker: borrowing ValueWalker) -> ValueView? { values([key], walker)[0] }

    /// The values under some keys, each nil where the key is absent. One walk over the map, however many keys: a client decides how large
    /// the map is.
    package func values(_ keys: [StaticString], _ walker: borrowing ValueWalker) -> [ValueView?] {
        var found = [ValueView?](repeating: nil, count: keys.count)
        var at = head.contentStart
        for _ in 0..<head.contentCount {
            guard let key = try? ValueHead(at: at, in: bytes) else { return found }
            let valueStart = key.contentStart + key.contentCount
            guard let end = try? walker.end(ofValueAt: valueStart, in: bytes),
                let value = try? ValueHead(at: valueStart, in: bytes)
            else { return found }
            if case .string = key.kind {
                let name = UnsafeRawBufferPointer(rebasing: bytes[key.contentStart..<valueStart])
                for (index, wanted) in keys.enumerated() where wanted.utf8CodeUnitCount == name.count {
                    guard name.elementsEqual(UnsafeRawBufferPointer(start: wanted.utf8Start, count: name.count)) else {
                        continue
                    }
                    let raw = UnsafeRawBufferPointer(rebasing: bytes[valueStart..<end])
                    found[index] = ValueView(raw: raw, kind: value.kind)
                }
            }
            at = end
        }
        return found
    }
}

/// One value in bytes that a walker has found sound.
package struct ValueView {
    /// The whole value, head included.
    package let raw: UnsafeRawBufferPointer
    package let kind: ValueHead.Kind

    package init(raw: UnsafeRawBufferPointer, kind: ValueHead.Kind) {
        self.raw = raw
        self.kind = kind
    }

    /// The content of a str; nil for any other kind.
    package var string: UnsafeRawBufferPointer? {
        guard kind == .string, let head = try? ValueHead(at: 0, in: raw) else { return nil }
        return UnsafeRawBufferPointer(rebasing: raw[head.contentStart..<head.contentStart + head.contentCount])
    }

    package var bool: Bool? { kind == .bool ? raw[0] == Format.trueByte : nil }

    package var isNull: Bool { kind == .null }

    /// nil for any other kind, and for what is larger than an `Int`.
    package var integer: Int? {
        guard kind == .integer else { return nil }
        let first = raw[0]
        switch first {
        case 0x00...0x7F: return Int(first)
        case Format.negativeFixInt...0xFF: return Int(Int8(bitPattern: first))
        default:
            let bits = raw.dropFirst().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard first >= Format.signed8 else { return Int(exactly: bits) }
            let unused = 64 - (raw.count - 1) * 8
            return Int(Int64(bitPattern: bits << unused) >> unused)
        }
    }

    package var map: MapView? { MapView(at: 0, in: raw) }

    /// The elements of an array; nil for any other kind, and for more than `maximum` elements.
    package func elements(_ walker: borrowing ValueWalker, maximum: Int) -> [ValueView]? {
        guard case .array = kind, let head = try? ValueHead(at: 0, in: raw), head.contentCount <= maximum else {
            return nil
        }
        var elements: [ValueView] = []
        var at = head.contentStart
        for _ in 0..<head.contentCount {
            guard let end = try? walker.end(ofValueAt: at, in: raw), let element = try? ValueHead(at: at, in: raw)
            else { return nil }
            elements.append(ValueView(raw: UnsafeRawBufferPointer(rebasing: raw[at..<end]), kind: element.kind))
            at = end
        }
        return elements
    }
}
