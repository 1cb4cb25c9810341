/// What the first bytes of a value say: its kind, and how much follows.
///
/// `contentStart` is the offset of the content (the bytes of a str, the first element of an array, the first key of a map);
/// `contentCount` counts bytes for str, bin, ext and numbers, elements for arrays, pairs for maps.
@frozen
public struct ValueHead: Sendable {
    @frozen
    public enum Kind: Sendable {
        case null, bool, integer, float, string, binary, array, map, ext
    }

    public let kind: Kind
    public let contentStart: Int
    public let contentCount: Int

    @inlinable
    public init(_ kind: Kind, _ contentStart: Int, _ contentCount: Int) {
        self.kind = kind
        self.contentStart = contentStart
        self.contentCount = contentCount
    }

    /// Reads the head of the value at `offset`.
    ///
    /// - Throws: `.truncated` when the head, or as many content bytes as it promises, are not there (for arrays and maps: when there are
    ///   fewer bytes than elements); `.reservedByte` for 0xC1.
    package init(at offset: Int, in bytes: UnsafeRawBufferPointer) throws(MessagePackError) {
        guard offset < bytes.count else { throw MessagePackError(.truncated, at: offset) }
        let first = bytes[offset]
        let head: ValueHead
        switch first {
        case 0x00...0x7F, Format.negativeFixInt...0xFF: head = ValueHead(.integer, offset, 1)
        case Format.fixMap...0x8F: head = ValueHead(.map, offset + 1, Int(first & 0x0F))
        case Format.fixArray...0x9F: head = ValueHead(.array, offset + 1, Int(first & 0x0F))
        case Format.fixString...0xBF: head = ValueHead(.string, offset + 1, Int(first & 0x1F))
        case Format.null: head = ValueHead(.null, offset + 1, 0)
        case Format.falseByte, Format.trueByte: head = ValueHead(.bool, offset, 1)
        case Format.binary8: head = ValueHead(.binary, offset + 2, try Self.length(1, offset, bytes))
        case Format.binary16: head = ValueHead(.binary, offset + 3, try Self.length(2, offset, bytes))
        case Format.binary32: head = ValueHead(.binary, offset + 5, try Self.length(4, offset, bytes))
        // The content of an extension is its type byte and its data.
        case Format.extension8: head = ValueHead(.ext, offset + 2, try Self.length(1, offset, bytes) + 1)
        case Format.extension16: head = ValueHead(.ext, offset + 3, try Self.length(2, offset, bytes) + 1)
        case Format.extension32: head = ValueHead(.ext, offset + 5, try Self.length(4, offset, bytes) + 1)
        case Format.fixExtension1...Format.fixExtension16:
            head = ValueHead(.ext, offset + 1, 1 << Int(first - Format.fixExtension1) + 1)
        case Format.float32: head = ValueHead(.float, offset + 1, 4)
        case Format.float64: head = ValueHead(.float, offset + 1, 8)
        case Format.unsigned8...Format.unsigned64:
            head = ValueHead(.integer, offset + 1, 1 << Int(first - Format.unsigned8))
        case Format.signed8...Format.signed64: head = ValueHead(.integer, offset + 1, 1 << Int(first - Format.signed8))
        case Format.string8: head = ValueHead(.string, offset + 2, try Self.length(1, offset, bytes))
        case Format.string16: head = ValueHead(.string, offset + 3, try Self.length(2, offset, bytes))
        case Format.string32: head = ValueHead(.string, offset + 5, try Self.length(4, offset, bytes))
        case Format.array16: head = ValueHead(.array, offset + 3, try Self.length(2, offset, bytes))
        case Format.array32: head = ValueHead(.array, offset + 5, try Self.length(4, offset, bytes))
        case Format.map16: head = ValueHead(.map, offset + 3, try Self.length(2, offset, bytes))
        case Format.map32: head = ValueHead(.map, offset + 5, try Self.length(4, offset, bytes))
        default: throw MessagePackError(.reservedByte, at: offset)
        }
        // Every element takes a byte at least, so a count that lies is found out here and never walked.
        guard head.contentCount <= bytes.count - head.contentStart else {
            throw MessagePackError(.truncated, at: offset)
        }
        self = head
    }

    /// The big-endian length of `width` bytes behind the first byte.
    @inline(__always)
    private static func length(
        _ width: Int,
        _ offset: Int,
        _ bytes: UnsafeRawBufferPointer
    ) throws(MessagePackError) -> Int {
        guard offset + width < bytes.count else { throw MessagePackError(.truncated, at: offset) }
        var value = 0
        for index in 1...width {
            value = value << 8 | Int(bytes[offset + index])
        }
        return value
    }
}
