/// The bytes of a frame body that a client might send: a map whose entries keep the order in which they are written down.
struct Body: ExpressibleByDictionaryLiteral {
    private var entries: [(key: [UInt8], value: [UInt8])] = []

    init(dictionaryLiteral elements: (String, Value)...) {
        entries = elements.map { ($0.0.messagePack, $0.1.messagePack) }
    }

    init(_ elements: [(String, Value)]) {
        entries = elements.map { ($0.0.messagePack, $0.1.messagePack) }
    }

    mutating func add(_ key: String, _ value: Value) { entries.append((key.messagePack, value.messagePack)) }

    /// - Parameter raw: a whole msgpack value.
    mutating func add(_ key: String, raw: [UInt8]) { entries.append((key.messagePack, raw)) }

    var bytes: [UInt8] { head(entries.count, fix: 0x80, maximum: 15, wide: [0xDE, 0xDF]) + content }

    /// The same map with the longest head that it may have.
    var bytesWithLongHead: [UInt8] { [0xDF] + bigEndian(entries.count, 4) + content }

    private var content: [UInt8] { entries.flatMap { $0.key + $0.value } }

    /// The offset at which an entry begins.
    func offset(ofEntry index: Int) -> Int {
        bytes.count - entries[index...].reduce(0) { $0 + $1.key.count + $1.value.count }
    }
}

/// The four bytes ahead of a body.
func header(_ count: Int) -> [UInt8] { bigEndian(count, 4) }

private func bigEndian(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private func head(_ count: Int, fix: UInt8, maximum: Int, wide: [UInt8]) -> [UInt8] {
    if count <= maximum { return [fix | UInt8(count)] }
    return count <= 0xFFFF ? [wide[0]] + bigEndian(count, 2) : [wide[1]] + bigEndian(count, 4)
}

extension String {
    var messagePack: [UInt8] {
        let count = utf8.count
        if count > 31, count <= 0xFF { return [0xD9, UInt8(count)] + Array(utf8) }
        return head(count, fix: 0xA0, maximum: 31, wide: [0xDA, 0xDB]) + Array(utf8)
    }
}

extension Value {
    /// The value as msgpack; integers and lengths in a form that is valid, not always the shortest.
    var messagePack: [UInt8] {
        switch self {
        case .null: [0xC0]
        case .bool(let flag): [flag ? 0xC3 : 0xC2]
        case .int(let value): (0...0x7F).contains(value) ? [UInt8(value)] : [0xD3] + bigEndian(value, 8)
        case .double(let value): [0xCB] + bigEndian(Int(bitPattern: UInt(value.bitPattern)), 8)
        case .string(let text): text.messagePack
        case .binary(let bytes): [0xC6] + bigEndian(bytes.count, 4) + bytes
        case .array(let elements):
            head(elements.count, fix: 0x90, maximum: 15, wide: [0xDC, 0xDD]) + elements.flatMap(\.messagePack)
        case .map(let entries):
            head(entries.count, fix: 0x80, maximum: 15, wide: [0xDE, 0xDF])
                + entries.sorted { $0.key < $1.key }.flatMap { $0.key.messagePack + $0.value.messagePack }
        case .ext(let bytes): [0xC9] + bigEndian(bytes.count - 1, 4) + bytes
        }
    }
}
