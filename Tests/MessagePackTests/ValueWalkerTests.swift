import MessagePack
import Testing

@Suite("A walk over a value")
struct ValueWalkerTests {
    @Test("ends behind the value, whatever its format", arguments: FormatVector.all)
    func everyFormat(_ vector: FormatVector) throws {
        #expect(try walk(vector.bytes) == vector.bytes.count)
    }

    @Test("stops behind the value and leaves what follows unread", arguments: FormatVector.all)
    func trailingBytes(_ vector: FormatVector) throws {
        #expect(try walk([0xC1] + vector.bytes + [0xC1, 0xFF], at: 1) == vector.bytes.count + 1)
    }

    @Test("finds every truncation of every format", arguments: FormatVector.all)
    func everyTruncation(_ vector: FormatVector) {
        for cut in vector.truncations {
            #expect { try walk(cut) } throws: { ($0 as? MessagePackError)?.code == .truncated }
        }
    }

    @Test("finds every truncation inside arrays and maps", arguments: FormatVector.all)
    func everyNestedTruncation(_ vector: FormatVector) throws {
        let whole = bytes("82 A161 92 01") + vector.bytes + bytes("A162 C0")
        #expect(try walk(whole) == whole.count)
        for count in 0..<whole.count {
            #expect { try walk(Array(whole[..<count])) } throws: { ($0 as? MessagePackError)?.code == .truncated }
        }
    }

    @Test(
        "finds a count that lies within what is there",
        arguments: [
            // Four bytes are there, but not three elements or two pairs.
            ("93 A3616263", MessagePackError(.truncated, at: 5)),
            ("82 A161 A0", MessagePackError(.truncated, at: 4)),
            ("82 A161 A0 A0", MessagePackError(.truncated, at: 5)),
            ("DD 00000003 92C0C0", MessagePackError(.truncated, at: 8)),
            ("91 92 C0", MessagePackError(.truncated, at: 1)),
        ]
    )
    func countsThatLie(_ hex: String, _ error: MessagePackError) {
        #expect(throws: error) { try walk(bytes(hex)) }
    }

    @Test(
        "finds the reserved byte 0xC1 where a value or key should begin",
        arguments: [("C1", 0), ("91 C1", 1), ("81 C1 C0", 1), ("81 A161 C1", 3), ("92 C403C1C1C1 C1", 6)]
    )
    func reservedByte(_ hex: String, _ offset: Int) {
        #expect(throws: MessagePackError(.reservedByte, at: offset)) { try walk(bytes(hex)) }
    }

    @Test(
        "lets keys be strings, and bin as Python does",
        arguments: ["A161", "A0", "D90161", "DB0000000161", "C40161", "C400"]
    )
    func goodKeys(_ key: String) throws {
        for shell in [("", ""), ("91", ""), ("81 A178", ""), ("92 C0 81 A178 91", "")] {
            let map = bytes(shell.0) + bytes("82 A16B C0") + bytes(key) + bytes("01") + bytes(shell.1)
            #expect(try walk(map) == map.count)
        }
    }

    @Test(
        "refuses any other key, at any depth",
        arguments: [
            "C0", "C2", "C3", "00", "7F", "E0", "CC01", "CD0001", "CE00000001", "CF0000000000000001", "D001", "D10001",
            "CA00000000", "CB0000000000000000", "90", "91C0", "80", "81A161C0", "D40500", "C70005", "DC0000", "DE0000",
        ]
    )
    func badKeys(_ key: String) {
        for shell in ["", "91", "93 C0 C0", "81 A178", "82 A161 C0 A162", "91 81 A178 91 81 A179"] {
            let before = bytes(shell)
            let first = before + [0x81] + bytes(key) + [0xC0]
            #expect(throws: MessagePackError(.keyNotString, at: before.count + 1)) { try walk(first) }
            let second = before + bytes("82 A16B C0") + bytes(key) + [0xC0]
            #expect(throws: MessagePackError(.keyNotString, at: before.count + 4)) { try walk(second) }
        }
    }

    @Test("takes values that would be no keys, next to the keys")
    func valuesAreNoKeys() throws {
        let map = bytes("84 A161 01 A162 90 A163 81 A164 02 A165 D40500")
        #expect(try walk(map) == map.count)
    }
}
