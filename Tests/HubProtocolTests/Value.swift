/// A msgpack value, for tests to compare and to write down. Its reader and writer share no code with the ones they judge.
indirect enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case binary([UInt8])
    case array([Value])
    case map([String: Value])
    /// An extension: its type byte and data.
    case ext([UInt8])

    struct Malformed: Error {}
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .int(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral elements: Value...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, Value)...) {
        self = .map(Dictionary(uniqueKeysWithValues: elements))
    }
}

// MARK: Reading

extension Value {
    /// Reads bytes that are one value and nothing else.
    init(_ bytes: some Sequence<UInt8>) throws {
        var reader = ValueReader(bytes: Array(bytes))
        self = try reader.value()
        guard reader.isAtEnd else { throw Malformed() }
    }
}

/// The entries of a map in their order, each key with the very bytes of its value.
struct RawEntry: Equatable {
    let key: String
    let value: [UInt8]

    static func all(of map: [UInt8]) throws -> [RawEntry] {
        var reader = ValueReader(bytes: map)
        let entries = try reader.rawEntries()
        guard reader.isAtEnd else { throw Value.Malformed() }
        return entries
    }
}

private struct ValueReader {
    let bytes: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    private mutating func take(_ count: Int) throws -> [UInt8] {
        guard count <= bytes.count - at else { throw Value.Malformed() }
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    private mutating func unsigned(_ width: Int) throws -> UInt64 {
        try take(width).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw Value.Malformed() }
        return text
    }

    private mutating func mapCount(_ first: UInt8) throws -> Int? {
        switch first {
        case 0x80...0x8F: Int(first - 0x80)
        case 0xDE: Int(try unsigned(2))
        case 0xDF: Int(try unsigned(4))
        default: nil
        }
    }

    private mutating func key() throws -> String {
        guard case .string(let key) = try value() else { throw Value.Malformed() }
        return key
    }

    mutating func rawEntries() throws -> [RawEntry] {
        let first = try take(1)[0]
        guard let count = try mapCount(first) else { throw Value.Malformed() }
        return try (0..<count).map { _ in
            let key = try key()
            let start = at
            _ = try value()
            return RawEntry(key: key, value: Array(bytes[start..<at]))
        }
    }

    mutating func value() throws -> Value {
        let first = try take(1)[0]
        if let count = try mapCount(first) {
            var entries: [String: Value] = [:]
            for _ in 0..<count { entries[try key()] = try value() }
            return .map(entries)
        }
        switch first {
        case 0x00...0x7F: return .int(Int(first))
        case 0x90...0x9F: return try array(Int(first - 0x90))
        case 0xA0...0xBF: return .string(try text(Int(first - 0xA0)))
        case 0xC0: return .null
        case 0xC2, 0xC3: return .bool(first == 0xC3)
        case 0xC4, 0xC5, 0xC6: return .binary(try take(Int(try unsigned(1 << Int(first - 0xC4)))))
        case 0xC7, 0xC8, 0xC9: return .ext(try take(Int(try unsigned(1 << Int(first - 0xC7))) + 1))
        case 0xCA: return .double(Double(Float(bitPattern: UInt32(try unsigned(4)))))
        case 0xCB: return .double(Double(bitPattern: try unsigned(8)))
        case 0xCC...0xCF: return .int(Int(truncatingIfNeeded: try unsigned(1 << Int(first - 0xCC))))
        case 0xD0...0xD3:
            let width = 1 << Int(first - 0xD0)
            let shift = 64 - 8 * width
            return .int((Int(truncatingIfNeeded: try unsigned(width)) << shift) >> shift)
        case 0xD4...0xD8: return .ext(try take(1 << Int(first - 0xD4) + 1))
        case 0xD9, 0xDA, 0xDB: return .string(try text(Int(try unsigned(1 << Int(first - 0xD9)))))
        case 0xDC, 0xDD: return try array(Int(try unsigned(2 << Int(first - 0xDC))))
        case 0xE0...0xFF: return .int(Int(first) - 256)
        default: throw Value.Malformed()
        }
    }

    private mutating func array(_ count: Int) throws -> Value {
        .array(try (0..<count).map { _ in try value() })
    }
}
