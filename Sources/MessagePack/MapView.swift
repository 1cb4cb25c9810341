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
    package func value(_ key: StaticString, _ walker: borrowing ValueWalker) -> ValueView? {
        let wanted = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        var found: ValueView?
        var at = head.contentStart
        for _ in 0..<head.contentCount {
            guard let keyHead = try? ValueHead(at: at, in: bytes) else { return nil }
            let valueStart = keyHead.contentStart + keyHead.contentCount
            guard let end = try? walker.end(ofValueAt: valueStart, in: bytes),
                let valueHead = try? ValueHead(at: valueStart, in: bytes)
            else { return nil }
            if keyHead.kind == .string, keyHead.contentCount == wanted.count,
                UnsafeRawBufferPointer(rebasing: bytes[keyHead.contentStart..<valueStart]).elementsEqual(wanted)
            {
                found = ValueView(raw: UnsafeRawBufferPointer(rebasing: bytes[valueStart..<end]), kind: valueHead.kind)
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

    /// The content of a str; nil for any other kind.
    package var string: UnsafeRawBufferPointer? {
        guard kind == .string, let head = try? ValueHead(at: 0, in: raw) else { return nil }
        return UnsafeRawBufferPointer(rebasing: raw[head.contentStart..<head.contentStart + head.contentCount])
    }

    package var bool: Bool? { kind == .bool ? raw[0] == Format.trueByte : nil }

    package var isNull: Bool { kind == .null }

    package var map: MapView? { MapView(at: 0, in: raw) }

    /// The elements of an array; nil for any other kind.
    package func elements(_ walker: borrowing ValueWalker) -> [ValueView]? {
        guard kind == .array, let head = try? ValueHead(at: 0, in: raw) else { return nil }
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
