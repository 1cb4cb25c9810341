import MessagePack
import Testing

@Suite("The head of a value")
struct ValueHeadTests {
    @Test("tells kind and extent of every format", arguments: FormatVector.all)
    func everyFormat(_ vector: FormatVector) throws {
        let head = try head(vector.bytes)
        #expect(head.kind == vector.kind)
        #expect(head.contentStart == vector.contentStart)
        #expect(head.contentCount == vector.contentCount)
    }

    @Test("is read at any offset", arguments: FormatVector.all)
    func atAnOffset(_ vector: FormatVector) throws {
        let head = try head([0xC1, 0xC1, 0xC1] + vector.bytes + [0xC1], at: 3)
        #expect(head.kind == vector.kind)
        #expect(head.contentStart == vector.contentStart + 3)
        #expect(head.contentCount == vector.contentCount)
    }

    @Test("is read for each first byte but 0xC1")
    func everyFirstByte() throws {
        for first in UInt8.min...UInt8.max where first != 0xC1 {
            // Zeros behind it: no length promises anything.
            #expect(throws: Never.self, "first byte \(first)") { try head([first] + repeated(0, 40)) }
        }
        #expect(throws: MessagePackError(.reservedByte, at: 2)) { try head([0, 0, 0xC1, 0], at: 2) }
    }

    @Test("needs a byte to begin with", arguments: [0, 1, 7])
    func pastTheEnd(_ offset: Int) {
        #expect(throws: MessagePackError(.truncated, at: offset)) {
            try head(offset == 0 ? [] : [0xC0], at: offset)
        }
    }

    @Test(
        "is refused when its length or count is more than what is there",
        arguments: [
            "D9 FF", "DA FFFF", "DB FFFFFFFF", "C4 FF", "C5 FFFF", "C6 FFFFFFFF", "C7 FF 05", "C8 FFFF 05",
            "C9 FFFFFFFF 05", "DC FFFF", "DD FFFFFFFF", "DE FFFF", "DF FFFFFFFF", "9F", "8F", "BF", "DB 80000000",
            "DD 7FFFFFFF",
        ]
    )
    func lyingLengths(_ hex: String) {
        let lie = bytes(hex) + repeated(0x00, 14)
        #expect(throws: MessagePackError(.truncated, at: 0)) { try head(lie) }
        #expect(throws: MessagePackError(.truncated, at: 1)) { try walk([0x91] + lie, at: 1) }
    }

    @Test(
        "is refused when the length itself is cut off, or the type of an extension",
        arguments: [
            ("D9", 2), ("DA", 3), ("DB", 5), ("C4", 2), ("C5", 3), ("C6", 5), ("C7", 3), ("C8", 4), ("C9", 6),
            ("DC", 3),
            ("DD", 5), ("DE", 3), ("DF", 5),
        ]
    )
    func cutLengths(_ first: String, _ headByteCount: Int) {
        for zeros in 0..<headByteCount - 1 {
            #expect(throws: MessagePackError(.truncated, at: 0)) { try head(bytes(first) + repeated(0, zeros)) }
        }
        #expect(throws: Never.self) { try head(bytes(first) + repeated(0, headByteCount - 1)) }
    }
}
