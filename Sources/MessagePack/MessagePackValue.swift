package import NIOCore

/// Any msgpack value, taken out of its bytes. For what is looked at inside: the hub's path of a message never builds one.
///
/// What is read can be written again with the same meaning; only the widths of integers and lengths become the shortest ones.
public enum MessagePackValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Every integer that fits, however wide it was on the wire.
    case int(Int64)
    /// Only integers above `Int64.max`.
    case uint(UInt64)
    /// Kept apart from `.float`, so that it stays four bytes.
    case float32(Float)
    case float(Double)
    case string(String)
    case binary([UInt8])
    case array([MessagePackValue])
    /// The entries in their order; keys are str or bin.
    case map([Entry])
    case ext(type: Int8, [UInt8])

    public struct Entry: Hashable, Sendable {
        public let key: MessagePackValue
        public let value: MessagePackValue

        public init(_ key: MessagePackValue, _ value: MessagePackValue) {
            self.key = key
            self.value = value
        }
    }

    /// Levels of arrays and maps: as many as a frame body may have (docs/wire/comm-ipc.md, section 1).
    package static let depthMaximum = 511
}

// MARK: Reading

extension MessagePackValue {
    /// Reads bytes that are one value and nothing else.
    ///
    /// - Parameter depthMaximum: levels of arrays and maps that the value may have; reading recurses as deep.
    package init(
        _ bytes: UnsafeRawBufferPointer,
        depthMaximum: Int = MessagePackValue.depthMaximum
    ) throws(MessagePackError) {
        let end = try ValueWalker(depthMaximum: depthMaximum).end(ofValueAt: 0, in: bytes)
        guard end == bytes.count else { throw MessagePackError(.trailingBytes, at: end) }
        var at = 0
        self = try Self.read(bytes, &at)
    }

    package init(
        _ bytes: [UInt8],
        depthMaximum: Int = MessagePackValue.depthMaximum
    ) throws(MessagePackError) {
        let result = bytes.withUnsafeBytes { bytes -> Result<MessagePackValue, MessagePackError> in
            do throws(MessagePackError) {
                return .success(try MessagePackValue(bytes, depthMaximum: depthMaximum))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    /// - Parameter bytes: what a walker has found sound, and not too deep.
    private static func read(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) throws(MessagePackError) -> Self {
        let start = at
        let head = try ValueHead(at: at, in: bytes)
        at = head.contentStart
        switch head.kind {
        case .array:
            var elements: [MessagePackValue] = []
            elements.reserveCapacity(head.contentCount)
            for _ in 0..<head.contentCount { elements.append(try read(bytes, &at)) }
            return .array(elements)
        case .map:
            var entries: [Entry] = []
            entries.reserveCapacity(head.contentCount)
            for _ in 0..<head.contentCount { entries.append(Entry(try read(bytes, &at), try read(bytes, &at))) }
            return .map(entries)
        case .null, .bool, .integer, .float, .string, .binary, .ext:
            at += head.contentCount
            return scalar(head, first: bytes[start], UnsafeRawBufferPointer(rebasing: bytes[head.contentStart..<at]))
        }
    }

    private static func scalar(_ head: ValueHead, first: UInt8, _ content: UnsafeRawBufferPointer) -> Self {
        switch head.kind {
        case .bool: return .bool(first == Format.trueByte)
        case .integer: return integer(first, content)
        case .float:
            let bits = bigEndian(content)
            return first == Format.float32
                ? .float32(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : .float(Double(bitPattern: bits))
        case .string: return .string(String(decoding: content, as: UTF8.self))
        case .binary: return .binary(Array(content))
        case .ext: return .ext(type: Int8(bitPattern: content[0]), Array(content.dropFirst()))
        case .null, .array, .map: return .null
        }
    }

    private static func integer(_ first: UInt8, _ content: UnsafeRawBufferPointer) -> Self {
        switch first {
        case 0x00...0x7F: return .int(Int64(first))
        case Format.negativeFixInt...0xFF: return .int(Int64(Int8(bitPattern: first)))
        case Format.signed8...Format.signed64:
            let unused = 64 - 8 * content.count
            return .int(Int64(bitPattern: bigEndian(content) << unused) >> unused)
        default:
            let value = bigEndian(content)
            return value <= UInt64(Int64.max) ? .int(Int64(value)) : .uint(value)
        }
    }

    private static func bigEndian(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

// MARK: Writing

extension ByteBuffer {
    package mutating func writeMessagePack(_ value: MessagePackValue) {
        switch value {
        case .null: writeMessagePackNull()
        case .bool(let flag): writeMessagePack(flag)
        case .int(let number): writeMessagePack(Int(number))
        case .uint(let number): writeMessagePack(number)
        case .float32(let number):
            writeInteger(Format.float32)
            writeInteger(number.bitPattern)
        case .float(let number): writeMessagePack(number)
        case .string(let text): writeMessagePack(text)
        case .binary(let bytes): bytes.withUnsafeBytes { writeMessagePack(binary: $0) }
        case .array(let elements):
            writeArrayHead(elements.count)
            for element in elements { writeMessagePack(element) }
        case .map(let entries):
            writeMapHead(entries.count)
            for entry in entries {
                writeMessagePack(entry.key)
                writeMessagePack(entry.value)
            }
        case .ext(let type, let bytes): writeMessagePack(extensionType: type, bytes)
        }
    }
}

extension MessagePackValue {
    /// The value as msgpack, in the shortest form.
    package var encoded: [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeMessagePack(self)
        return Array(buffer.readableBytesView)
    }
}

// MARK: Literals and looks inside

extension MessagePackValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: MessagePackValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (MessagePackValue, MessagePackValue)...) {
        self = .map(elements.map { Entry($0.0, $0.1) })
    }
}

extension MessagePackValue {
    /// The value under a str key, the last one where it stands twice; nil for other kinds than maps.
    public subscript(key: String) -> MessagePackValue? {
        guard case .map(let entries) = self else { return nil }
        return entries.last { $0.key == .string(key) }?.value
    }

    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var bool: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    public var array: [MessagePackValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
