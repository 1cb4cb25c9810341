import MessagePack
import NIOCore

/// A msgpack value as tests write it down and compare it.
enum TestValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case binary([UInt8])
    case array([TestValue])
    case map([String: TestValue])

    struct Malformed: Error {}
}

extension TestValue {
    /// The value under a key; nil where this is no map, or has no such key.
    subscript(key: String) -> TestValue? {
        guard case .map(let entries) = self else { return nil }
        return entries[key]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var elements: [TestValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    var entries: [String: TestValue] {
        guard case .map(let entries) = self else { return [:] }
        return entries
    }

    /// What a frame says it is.
    var type: String { self["type"]?.text ?? "" }

    func without(_ keys: String...) -> TestValue { .map(entries.filter { !keys.contains($0.key) }) }

    /// A list that begins itself `depth` times; one level each.
    static func nested(_ depth: Int) -> TestValue { (1..<depth).reduce(.array([])) { inner, _ in .array([inner]) } }
}

extension TestValue: ExpressibleByNilLiteral {
    init(nilLiteral: ()) { self = .null }
}

extension TestValue: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension TestValue: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .int(value) }
}

extension TestValue: ExpressibleByFloatLiteral {
    init(floatLiteral value: Double) { self = .double(value) }
}

extension TestValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .string(value) }
}

extension TestValue: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: TestValue...) { self = .array(elements) }
}

extension TestValue: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, TestValue)...) {
        self = .map(Dictionary(uniqueKeysWithValues: elements))
    }
}

extension ByteBuffer {
    mutating func write(_ value: TestValue) {
        switch value {
        case .null: writeMessagePackNull()
        case .bool(let flag): writeMessagePack(flag)
        case .int(let number) where number < 0:
            writeInteger(Format.signed64)
            writeInteger(Int64(number))
        case .int(let number): writeMessagePack(number)
        case .double(let number):
            writeInteger(Format.float64)
            writeInteger(number.bitPattern)
        case .string(let text): writeMessagePack(text)
        case .binary(let bytes):
            writeInteger(Format.binary32)
            writeInteger(UInt32(bytes.count))
            writeBytes(bytes)
        case .array(let elements):
            writeArrayHead(elements.count)
            for element in elements { write(element) }
        case .map(let entries):
            writeMapHead(entries.count)
            for (key, entry) in entries {
                writeMessagePack(key)
                write(entry)
            }
        }
    }

    /// Appends a frame: the byte count of the body, then the body.
    mutating func writeFrame(_ value: TestValue) {
        var body = ByteBuffer()
        body.write(value)
        writeInteger(UInt32(body.readableBytes))
        writeImmutableBuffer(body)
    }

    /// Takes the next whole frame; nil when there is none.
    mutating func readFrame() throws -> TestValue? {
        guard let count: UInt32 = getInteger(at: readerIndex), readableBytes >= 4 + Int(count) else { return nil }
        moveReaderIndex(forwardBy: 4)
        guard var body = readSlice(length: Int(count)) else { return nil }
        let value = try body.readValue()
        guard body.readableBytes == 0 else { throw TestValue.Malformed() }
        return value
    }

    private mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws -> Int {
        guard let number: Number = readInteger() else { throw TestValue.Malformed() }
        return Int(number)
    }

    private mutating func text(_ count: Int) throws -> TestValue {
        guard let text = readString(length: count) else { throw TestValue.Malformed() }
        return .string(text)
    }

    private mutating func binary(_ count: Int) throws -> TestValue {
        guard let bytes = readBytes(length: count) else { throw TestValue.Malformed() }
        return .binary(bytes)
    }

    private mutating func array(_ count: Int) throws -> TestValue {
        .array(try (0..<count).map { _ in try readValue() })
    }

    private mutating func map(_ count: Int) throws -> TestValue {
        var entries: [String: TestValue] = [:]
        for _ in 0..<count {
            guard let key = try readValue().text else { throw TestValue.Malformed() }
            guard entries.updateValue(try readValue(), forKey: key) == nil else { throw TestValue.Malformed() }
        }
        return .map(entries)
    }

    private mutating func readValue() throws -> TestValue {
        let first = UInt8(try number(UInt8.self))
        switch first {
        case 0x00...0x7F: return .int(Int(first))
        case 0x80...0x8F: return try map(Int(first & 0x0F))
        case 0x90...0x9F: return try array(Int(first & 0x0F))
        case 0xA0...0xBF: return try text(Int(first & 0x1F))
        case Format.null: return .null
        case Format.falseByte: return false
        case Format.trueByte: return true
        case Format.binary8: return try binary(number(UInt8.self))
        case Format.binary16: return try binary(number(UInt16.self))
        case Format.binary32: return try binary(number(UInt32.self))
        case Format.float64:
            guard let bits: UInt64 = readInteger() else { throw TestValue.Malformed() }
            return .double(Double(bitPattern: bits))
        case Format.unsigned8: return .int(try number(UInt8.self))
        case Format.unsigned16: return .int(try number(UInt16.self))
        case Format.unsigned32: return .int(try number(UInt32.self))
        case Format.unsigned64: return .int(try number(UInt64.self))
        case Format.signed8: return .int(try number(Int8.self))
        case Format.signed16: return .int(try number(Int16.self))
        case Format.signed32: return .int(try number(Int32.self))
        case Format.signed64: return .int(try number(Int64.self))
        case Format.string8: return try text(number(UInt8.self))
        case Format.string16: return try text(number(UInt16.self))
        case Format.string32: return try text(number(UInt32.self))
        case Format.array16: return try array(number(UInt16.self))
        case Format.array32: return try array(number(UInt32.self))
        case Format.map16: return try map(number(UInt16.self))
        case Format.map32: return try map(number(UInt32.self))
        case Format.negativeFixInt...0xFF: return .int(Int(first) - 256)
        default: throw TestValue.Malformed()
        }
    }
}
