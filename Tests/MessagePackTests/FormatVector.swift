import MessagePack
import Testing

/// One value in one format of the msgpack specification, and what its head says.
struct FormatVector: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let kind: ValueHead.Kind
    let contentStart: Int
    let contentCount: Int

    var testDescription: String { name }

    /// Bytes without which the head cannot be told, or promises what is not there: all but the last.
    var truncations: [[UInt8]] { bytes.indices.map { Array(bytes[..<$0]) } }

    private init(
        _ name: String,
        _ head: String,
        _ kind: ValueHead.Kind,
        _ content: [UInt8] = [],
        start: Int,
        count: Int
    ) {
        self.name = name
        bytes = MessagePackTests.bytes(head) + content
        self.kind = kind
        contentStart = start
        contentCount = count
    }

    static let all = scalars + texts + extensions + containers

    private static let scalars = [
        FormatVector("nil", "C0", .null, start: 1, count: 0),
        FormatVector("false", "C2", .bool, start: 0, count: 1),
        FormatVector("true", "C3", .bool, start: 0, count: 1),
        FormatVector("positive fixint, 0", "00", .integer, start: 0, count: 1),
        FormatVector("positive fixint, 127", "7F", .integer, start: 0, count: 1),
        FormatVector("negative fixint, -32", "E0", .integer, start: 0, count: 1),
        FormatVector("negative fixint, -1", "FF", .integer, start: 0, count: 1),
        FormatVector("uint 8", "CC FF", .integer, start: 1, count: 1),
        FormatVector("uint 16", "CD FFFF", .integer, start: 1, count: 2),
        FormatVector("uint 32", "CE FFFFFFFF", .integer, start: 1, count: 4),
        FormatVector("uint 64", "CF FFFFFFFFFFFFFFFF", .integer, start: 1, count: 8),
        FormatVector("int 8", "D0 80", .integer, start: 1, count: 1),
        FormatVector("int 16", "D1 8000", .integer, start: 1, count: 2),
        FormatVector("int 32", "D2 80000000", .integer, start: 1, count: 4),
        FormatVector("int 64", "D3 8000000000000000", .integer, start: 1, count: 8),
        FormatVector("float 32", "CA 7FC00000", .float, start: 1, count: 4),
        FormatVector("float 64", "CB 3FF0000000000000", .float, start: 1, count: 8),
    ]

    private static let texts = [
        FormatVector("fixstr, empty", "A0", .string, start: 1, count: 0),
        FormatVector("fixstr, 31", "BF", .string, repeated(0x61, 31), start: 1, count: 31),
        FormatVector("str 8, empty", "D9 00", .string, start: 2, count: 0),
        FormatVector("str 8, 255", "D9 FF", .string, repeated(0x61, 255), start: 2, count: 255),
        FormatVector("str 16", "DA 0100", .string, repeated(0x61, 256), start: 3, count: 256),
        FormatVector("str 32, short", "DB 00000003", .string, [0x61, 0x62, 0x63], start: 5, count: 3),
        FormatVector("bin 8, empty", "C4 00", .binary, start: 2, count: 0),
        FormatVector("bin 8", "C4 02", .binary, [0xFF, 0xC1], start: 2, count: 2),
        FormatVector("bin 16", "C5 0100", .binary, repeated(0xC1, 256), start: 3, count: 256),
        FormatVector("bin 32", "C6 00000001", .binary, [0x80], start: 5, count: 1),
    ]

    private static let extensions = [
        FormatVector("fixext 1", "D4 05 AA", .ext, start: 1, count: 2),
        FormatVector("fixext 2", "D5 05 AABB", .ext, start: 1, count: 3),
        FormatVector("fixext 4", "D6 05 AABBCCDD", .ext, start: 1, count: 5),
        FormatVector("fixext 8", "D7 05", .ext, repeated(0xAA, 8), start: 1, count: 9),
        FormatVector("fixext 16", "D8 05", .ext, repeated(0xAA, 16), start: 1, count: 17),
        FormatVector("ext 8, empty", "C7 00 05", .ext, start: 2, count: 1),
        FormatVector("ext 8", "C7 03 05 AABBCC", .ext, start: 2, count: 4),
        FormatVector("ext 16", "C8 0100 05", .ext, repeated(0xAA, 256), start: 3, count: 257),
        FormatVector("ext 32", "C9 00000001 05 AA", .ext, start: 5, count: 2),
    ]

    private static let containers = [
        FormatVector("fixarray, empty", "90", .array, start: 1, count: 0),
        FormatVector("fixarray, 15", "9F", .array, repeated(0xC0, 15), start: 1, count: 15),
        FormatVector("array 16", "DC 0010", .array, repeated(0xC0, 16), start: 3, count: 16),
        FormatVector("array 32", "DD 00000002 C0 A161", .array, start: 5, count: 2),
        FormatVector("fixmap, empty", "80", .map, start: 1, count: 0),
        FormatVector("fixmap, 2", "82 A161 01 A162 92 C2 C3", .map, start: 1, count: 2),
        FormatVector("map 16", "DE 0001 A161 80", .map, start: 3, count: 1),
        FormatVector("map 32", "DF 00000001 A161 C0", .map, start: 5, count: 1),
        FormatVector("maps in arrays in maps", "81 A161 92 81 A0 90 81 A162 C403 010203", .map, start: 1, count: 1),
    ]
}
