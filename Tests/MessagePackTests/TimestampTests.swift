import MessagePack
import Testing

@Suite("Timestamps, extension type -1")
struct TimestampTests {
    @Test(
        "are taken with less than 1e9 nanoseconds",
        arguments: [
            "D6 FF 00000000",
            "D6 FF FFFFFFFF",
            // Nanoseconds are the upper 30 bits: 999,999,999 << 2 is 0xEE6B27FC.
            "D7 FF EE6B27FC 00000000",
            "D7 FF EE6B27FF FFFFFFFF",
            "D7 FF 00000000 00000000",
            "C7 0C FF 00000000 0000000000000000",
            "C7 0C FF 3B9AC9FF 8000000000000000",
            // The same data in a longer form.
            "C7 04 FF 00000000",
            "C8 0008 FF EE6B27FC 00000000",
            "C9 0000000C FF 3B9AC9FF FFFFFFFFFFFFFFFF",
        ]
    )
    func good(_ hex: String) throws {
        #expect(try walk(bytes(hex)) == bytes(hex).count)
    }

    @Test(
        "are refused with more nanoseconds, or another length",
        arguments: [
            ("D7 FF EE6B2800 00000000", 1),
            ("D7 FF FFFFFFFF FFFFFFFF", 1),
            ("C7 0C FF 3B9ACA00 0000000000000000", 2),
            ("C7 0C FF FFFFFFFF 0000000000000000", 2),
            ("D4 FF 00", 1),
            ("D5 FF 0000", 1),
            ("D8 FF 00000000000000000000000000000000", 1),
            ("C7 00 FF", 2),
            ("C7 05 FF 0000000000", 2),
            ("C8 0003 FF 000000", 3),
            ("C9 00000009 FF 000000000000000000", 5),
        ]
    )
    func bad(_ hex: String, _ offset: Int) {
        #expect(throws: MessagePackError(.invalidTimestamp, at: offset)) { try walk(bytes(hex)) }
        let nested = bytes("81 A161 91") + bytes(hex)
        #expect(throws: MessagePackError(.invalidTimestamp, at: offset + 4)) { try walk(nested) }
    }

    @Test("is not looked for in extensions of other types", arguments: [0x00, 0x01, 0x7F])
    func otherTypes(_ type: Int) throws {
        let value = bytes("D5") + [UInt8(type)] + bytes("C1C1")
        #expect(try walk(value) == value.count)
    }

    @Test("is the only type below 0; the others are reserved", arguments: [0x80, 0xC0, 0xFE])
    func reservedTypes(_ type: Int) {
        #expect(throws: MessagePackError(.reservedExtension, at: 1)) { try walk([0xD6, UInt8(type), 0, 0, 0, 0]) }
        #expect(throws: MessagePackError(.reservedExtension, at: 3)) { try walk([0x91, 0xC7, 0x00, UInt8(type)]) }
    }
}
