import MessagePack

/// Writes msgpack values as the JSON of Python's `json.dumps(sort_keys=True, separators=(",", ":"))`, byte for byte.
///
/// What JSON has no form for follows what a comm-ipc 0.1.16 client reads: bin as a str, an extension as the list of its type and data. Where
/// even it gives up, on bin that is no UTF-8, the form is this project's own: `b"` and hex digits.
struct SignatureJSON {
    /// Pieces get about as long as this.
    private static let pieceByteCount = 4096

    /// One entry of a map, by offset.
    private struct Entry {
        let key: UInt32
        let value: UInt32
        /// Where the entries of the first map inside the value lie in the table.
        let nested: UInt32
    }

    private var piece: [UInt8] = []
    private let emit: ([UInt8]) -> Void

    init(emit: @escaping ([UInt8]) -> Void) {
        self.emit = emit
        piece.reserveCapacity(Self.pieceByteCount * 2)
    }

    mutating func flush() {
        if !piece.isEmpty { emit(piece) }
        piece.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ byte: UInt8) {
        piece.append(byte)
        if piece.count >= Self.pieceByteCount { flush() }
    }

    mutating func write(_ text: StaticString) {
        for byte in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) { append(byte) }
    }

    private mutating func write(ascii text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// - Parameter value: one whole value that a walker has found sound.
    mutating func write(_ value: UnsafeRawBufferPointer) {
        var at = 0
        var entries: [Entry] = []
        Self.collect(value, &at, &entries)
        at = 0
        var next = 0
        write(value, &at, entries, &next)
    }

    // MARK: Finding

    private static func head(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> ValueHead {
        guard let head = try? ValueHead(at: at, in: bytes) else { preconditionFailure("the value was found sound") }
        return head
    }

    /// Notes the entries of all maps: those of one map side by side, ahead of those of the maps inside it. So sorting a map takes no second
    /// walk over what it holds, however deep it is.
    private static func collect(_ bytes: UnsafeRawBufferPointer, _ at: inout Int, _ entries: inout [Entry]) {
        let head = head(bytes, at)
        at = head.contentStart
        switch head.kind {
        case .array: for _ in 0..<head.contentCount { collect(bytes, &at, &entries) }
        case .map:
            let first = entries.count
            entries += repeatElement(Entry(key: 0, value: 0, nested: 0), count: head.contentCount)
            for index in 0..<head.contentCount {
                let key = at
                let keyHead = Self.head(bytes, at)
                at = keyHead.contentStart + keyHead.contentCount
                entries[first + index] = Entry(
                    key: UInt32(truncatingIfNeeded: key),
                    value: UInt32(truncatingIfNeeded: at),
                    nested: UInt32(truncatingIfNeeded: entries.count)
                )
                collect(bytes, &at, &entries)
            }
        case .null, .bool, .integer, .float, .string, .binary, .ext: at += head.contentCount
        }
    }

    // MARK: Writing

    /// - Parameter next: where the entries of the next map lie in the table.
    private mutating func write(
        _ bytes: UnsafeRawBufferPointer,
        _ at: inout Int,
        _ entries: [Entry],
        _ next: inout Int
    ) {
        let head = Self.head(bytes, at)
        switch head.kind {
        case .map:
            writeMap(head, bytes, &at, entries, &next)
        case .array:
            at = head.contentStart
            append(UInt8(ascii: "["))
            for index in 0..<head.contentCount {
                if index > 0 { append(UInt8(ascii: ",")) }
                write(bytes, &at, entries, &next)
            }
            append(UInt8(ascii: "]"))
        case .null, .bool, .integer, .float, .string, .binary, .ext:
            let end = head.contentStart + head.contentCount
            writeScalar(head, UnsafeRawBufferPointer(rebasing: bytes[at..<end]), at)
            at = end
        }
    }

    private mutating func writeMap(
        _ head: ValueHead,
        _ bytes: UnsafeRawBufferPointer,
        _ at: inout Int,
        _ entries: [Entry],
        _ next: inout Int
    ) {
        let own = entries[next..<next + head.contentCount]
        at = head.contentStart
        next += head.contentCount
        func text(_ entry: Entry) -> UnsafeRawBufferPointer {
            let head = Self.head(bytes, Int(entry.key))
            return UnsafeRawBufferPointer(rebasing: bytes[head.contentStart..<head.contentStart + head.contentCount])
        }
        // By code point, which for UTF-8 is by byte; of two equal keys the later one counts.
        let sorted = own.map { (entry: $0, text: text($0)) }
            .sorted { one, other in
                if one.text.elementsEqual(other.text) { return one.entry.key < other.entry.key }
                return one.text.lexicographicallyPrecedes(other.text)
            }
        append(UInt8(ascii: "{"))
        var isFirst = true
        // The map ends where its furthest entry does.
        var end = at
        var behind = next
        for index in sorted.indices {
            let (entry, text) = sorted[index]
            at = Int(entry.value)
            next = Int(entry.nested)
            if index + 1 < sorted.count, sorted[index + 1].text.elementsEqual(text) {
                Self.skip(bytes, &at, &next)
            } else {
                if !isFirst { append(UInt8(ascii: ",")) }
                isFirst = false
                writeText(text)
                append(UInt8(ascii: ":"))
                write(bytes, &at, entries, &next)
            }
            end = max(end, at)
            behind = max(behind, next)
        }
        append(UInt8(ascii: "}"))
        at = end
        next = behind
    }

    /// Goes past a value and past its maps' entries in the table.
    private static func skip(_ bytes: UnsafeRawBufferPointer, _ at: inout Int, _ next: inout Int) {
        let head = head(bytes, at)
        at = head.contentStart
        switch head.kind {
        case .array: for _ in 0..<head.contentCount { skip(bytes, &at, &next) }
        case .map:
            next += head.contentCount
            for _ in 0..<head.contentCount {
                let key = Self.head(bytes, at)
                at = key.contentStart + key.contentCount
                skip(bytes, &at, &next)
            }
        case .null, .bool, .integer, .float, .string, .binary, .ext: at += head.contentCount
        }
    }

    private mutating func writeScalar(_ head: ValueHead, _ raw: UnsafeRawBufferPointer, _ at: Int) {
        let content = UnsafeRawBufferPointer(rebasing: raw[(head.contentStart - at)...])
        switch head.kind {
        case .string, .binary: writeText(content)
        case .ext:
            append(UInt8(ascii: "["))
            write(ascii: String(Int8(bitPattern: content[0])))
            append(UInt8(ascii: ","))
            writeText(UnsafeRawBufferPointer(rebasing: content.dropFirst()))
            append(UInt8(ascii: "]"))
        case .null, .bool, .integer, .float, .array, .map:
            switch try? MessagePackValue(raw) {
            case .bool(let flag): write(flag ? "true" : "false")
            case .int(let number): write(ascii: String(number))
            case .uint(let number): write(ascii: String(number))
            case .float(let number): write(ascii: number.pythonText)
            case .float32(let number): write(ascii: Double(number).pythonText)
            case .null, .string, .binary, .array, .map, .ext, nil: write("null")
            }
        }
    }

    private mutating func writeText(_ content: UnsafeRawBufferPointer) {
        let isText = content.withMemoryRebound(to: UInt8.self) { (try? UTF8Span(validating: $0.span)) != nil }
        guard isText else {
            write("b\"")
            for byte in content { write(hexDigits: UInt16(byte), count: 2) }
            return append(UInt8(ascii: "\""))
        }
        append(UInt8(ascii: "\""))
        for unit in String(decoding: content, as: UTF8.self).utf16 { writeUnit(unit) }
        append(UInt8(ascii: "\""))
    }

    /// Writes one UTF-16 code unit: printable ASCII as it is, the rest escaped.
    private mutating func writeUnit(_ unit: UInt16) {
        switch unit {
        case 0x22: write("\\\"")
        case 0x5C: write("\\\\")
        case 0x20...0x7E: append(UInt8(unit))
        case 0x08: write("\\b")
        case 0x09: write("\\t")
        case 0x0A: write("\\n")
        case 0x0C: write("\\f")
        case 0x0D: write("\\r")
        default:
            write("\\u")
            write(hexDigits: unit, count: 4)
        }
    }

    private mutating func write(hexDigits value: UInt16, count: Int) {
        for index in (0..<count).reversed() {
            let digit = UInt8(value >> UInt16(4 * index) & 0x0F)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
