import MessagePack

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads `Decodable` values out of msgpack. Whole numbers are taken for floating-point ones and, where nothing is lost, the other way round:
/// other languages do not tell them apart as Swift does.
public struct MessagePackDecoder: Sendable {
    public init() {}

    /// - Throws: `DecodingError`; its coding path says where.
    public func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        let source = DecodingSource(bytes)
        do {
            let end = try source.end(ofValueAt: 0)
            guard end == bytes.count else { throw MessagePackError(.trailingBytes, at: end) }
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not a msgpack value: \(error)"))
        }
        return try DecodingPlace(source: source, offset: 0, codingPath: []).decode(type)
    }
}

/// The bytes that a decoding reads, found sound before it begins.
final class DecodingSource {
    let bytes: [UInt8]
    private let walker = ValueWalker(depthMaximum: MessagePackValue.depthMaximum)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func end(ofValueAt offset: Int) throws(MessagePackError) -> Int {
        let result = bytes.withUnsafeBytes { bytes -> Result<Int, MessagePackError> in
            do throws(MessagePackError) {
                return .success(try walker.end(ofValueAt: offset, in: bytes))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func head(at offset: Int) throws -> ValueHead {
        try bytes.withUnsafeBytes { try ValueHead(at: offset, in: $0) }
    }

    /// The value as one of its own; for those that hold no others.
    func value(at offset: Int) throws -> MessagePackValue {
        let end = try end(ofValueAt: offset)
        return try bytes.withUnsafeBytes { try MessagePackValue(UnsafeRawBufferPointer(rebasing: $0[offset..<end])) }
    }
}

/// One value in the source, and the way to it.
struct DecodingPlace {
    let source: DecodingSource
    let offset: Int
    let codingPath: [any CodingKey]

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == MessagePackValue.self, let value = try source.value(at: offset) as? Value { return value }
        if type == [UInt8].self, let bytes = try binary(), let value = bytes as? Value { return value }
        if type == Data.self, let bytes = try binary(), let value = Data(bytes) as? Value { return value }
        return try Value(from: ValueDecoder(place: self))
    }

    /// The content of a bin; nil for other kinds.
    func binary() throws -> [UInt8]? {
        guard case .binary(let bytes) = try scalar() else { return nil }
        return bytes
    }

    var kind: ValueHead.Kind? { try? source.head(at: offset).kind }

    /// The value if it holds no others, else nil.
    func scalar() throws -> MessagePackValue? {
        switch try source.head(at: offset).kind {
        case .array, .map: nil
        case .null, .bool, .integer, .float, .string, .binary, .ext: try source.value(at: offset)
        }
    }

    func mismatch(_ type: Any.Type) -> DecodingError {
        let kind = kind.map { "\($0)" } ?? "nothing"
        return .typeMismatch(
            type,
            .init(codingPath: codingPath, debugDescription: "expected \(type), found a msgpack \(kind)")
        )
    }

    func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        let number: Number?
        switch try scalar() {
        case .int(let value): number = Number(exactly: value)
        case .uint(let value): number = Number(exactly: value)
        case .float(let value): number = Number(exactly: value)
        case .float32(let value): number = Number(exactly: value)
        case .null, .bool, .string, .binary, .array, .map, .ext, nil: throw mismatch(type)
        }
        guard let number else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "the number does not fit \(type)")
            )
        }
        return number
    }

    func float<Number: BinaryFloatingPoint>(_ type: Number.Type) throws -> Number {
        switch try scalar() {
        case .int(let value): Number(value)
        case .uint(let value): Number(value)
        case .float(let value): Number(value)
        case .float32(let value): Number(value)
        case .null, .bool, .string, .binary, .array, .map, .ext, nil: throw mismatch(type)
        }
    }
}
