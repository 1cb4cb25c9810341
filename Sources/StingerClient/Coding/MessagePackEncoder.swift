import MessagePack
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes `Encodable` values as msgpack: structs and string-keyed dictionaries as maps, `[UInt8]` and `Data` as bin.
public struct MessagePackEncoder: Sendable {
    /// Levels of arrays and maps: what a message has room for, less its own level and two for schemas (docs/wire/comm-ipc.md, section 1).
    static let depthMaximum = MessagePackValue.depthMaximum - 3

    public init() {}

    /// - Throws: `EncodingError` for what msgpack has no form for, or deeper than a message may be.
    public func encode(_ value: some Encodable) throws -> [UInt8] {
        let node = EncodingNode()
        try node.encode(value, path: [])
        var buffer = ByteBuffer()
        node.write(to: &buffer)
        return Array(buffer.readableBytesView)
    }
}

/// A value on its way into msgpack. The heads of maps and arrays count what follows, so all of it must be known first.
final class EncodingNode {
    enum Content {
        case value(MessagePackValue)
        case array([EncodingNode])
        case map([(key: String, value: EncodingNode)])
    }

    /// nil where nothing was encoded, which is written as an empty map, as an empty struct is.
    var content: Content?

    func encode(_ value: some Encodable, path: [any CodingKey]) throws {
        guard path.count <= MessagePackEncoder.depthMaximum else {
            let context = EncodingError.Context(
                codingPath: path,
                debugDescription: "a message has room for \(MessagePackEncoder.depthMaximum) levels"
            )
            throw EncodingError.invalidValue(value, context)
        }
        switch value {
        case let value as MessagePackValue: content = .value(value)
        case let bytes as [UInt8]: content = .value(.binary(bytes))
        case let data as Data: content = .value(.binary([UInt8](data)))
        default: try value.encode(to: ValueEncoder(node: self, codingPath: path))
        }
    }

    func write(to buffer: inout ByteBuffer) {
        switch content {
        case .value(let value): buffer.writeMessagePack(value)
        case .array(let elements):
            buffer.writeArrayHead(elements.count)
            for element in elements { element.write(to: &buffer) }
        case .map(let entries):
            buffer.writeMapHead(entries.count)
            for entry in entries {
                buffer.writeMessagePack(entry.key)
                entry.value.write(to: &buffer)
            }
        case nil: buffer.writeMapHead(0)
        }
    }

    func entry(_ key: any CodingKey) -> EncodingNode {
        var entries: [(key: String, value: EncodingNode)] = []
        if case .map(let present)? = content { entries = present }
        content = nil
        let node = EncodingNode()
        entries.append((key.stringValue, node))
        content = .map(entries)
        return node
    }

    func element() -> EncodingNode {
        var elements: [EncodingNode] = []
        if case .array(let present)? = content { elements = present }
        content = nil
        let node = EncodingNode()
        elements.append(node)
        content = .array(elements)
        return node
    }

    var elementCount: Int {
        guard case .array(let elements)? = content else { return 0 }
        return elements.count
    }
}
