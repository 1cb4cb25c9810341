import MessagePack
import Testing

@Suite("UTF-8 in strings (RFC 3629)")
struct UTF8Tests {
    static let valid = [
        "", "00", "7F", "C280", "DFBF", "E0A080", "ED9FBF", "EE8080", "EFBFBF", "F0908080", "F48FBFBF",
        "E282AC", "F09F9880", "C3A4C3B6C3BC", "EFBBBF", "65CC81",
    ]

    static let invalid = [
        // A continuation byte alone; a beginning without its end.
        "80", "BF", "C3", "E282", "F09F98", "E2", "F0",
        // A beginning followed by something that is no continuation.
        "C341", "E24141", "E28241", "F09F9841", "C3C3",
        // Overlong forms.
        "C080", "C1BF", "E08080", "E09FBF", "F0808080", "F08FBFBF",
        // Surrogates, and the pair that CESU-8 would write.
        "EDA080", "EDBFBF", "EDA0BDEDB880",
        // Beyond U+10FFFF, and bytes that never occur.
        "F4908080", "F5808080", "F8888080", "FE", "FF",
    ]

    /// Lengths of ASCII around the sequence: the check goes by words of 8 bytes, then byte by byte.
    private static let paddings = [0, 1, 6, 7, 8, 9, 15, 16, 17]

    private static func string(_ content: [UInt8]) -> [UInt8] { [0xDA, 0x00, UInt8(content.count)] + content }

    @Test("is taken wherever it stands in the string", arguments: valid)
    func good(_ hex: String) throws {
        for before in Self.paddings {
            for after in Self.paddings {
                let value = Self.string(repeated(0x61, before) + bytes(hex) + repeated(0x7A, after))
                #expect(try walk(value) == value.count, "\(before) bytes before, \(after) after")
            }
        }
    }

    @Test("is refused when broken, wherever it stands in the string", arguments: invalid)
    func bad(_ hex: String) {
        for before in Self.paddings {
            for after in Self.paddings {
                let value = Self.string(repeated(0x61, before) + bytes(hex) + repeated(0x7A, after))
                #expect(throws: MessagePackError(.invalidUTF8, at: 3), "\(before) bytes before, \(after) after") {
                    try walk(value)
                }
            }
        }
    }

    @Test(
        "does not borrow the end of a sequence from the bytes behind the string",
        arguments: ["C3", "E282", "F09F98"]
    )
    func cutAtTheEnd(_ hex: String) {
        let content = bytes(hex)
        let value = [0x92, 0xA0 | UInt8(content.count)] + content + repeated(0x80, 8)
        #expect(throws: MessagePackError(.invalidUTF8, at: 2)) { try walk(value) }
    }

    @Test("is asked of keys too")
    func keys() throws {
        #expect(try walk(bytes("81 A3E282AC C0")) == 6)
        #expect(throws: MessagePackError(.invalidUTF8, at: 2)) { try walk(bytes("81 A3EDA080 C0")) }
    }

    @Test("is not asked of bin and ext", arguments: ["C403EDA080", "81 C403EDA080 C0", "C70305EDA080"])
    func binary(_ hex: String) throws {
        #expect(try walk(bytes(hex)) == bytes(hex).count)
    }

    @Test("is told from every two bytes as the standard library tells it")
    func everyTwoBytes() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let isText = String(validating: [first, second], as: UTF8.self) != nil
                let isWalked = (try? walk([0xA2, first, second])) != nil
                if isWalked != isText { Issue.record("\(first) \(second): walked \(isWalked), text \(isText)") }
            }
        }
    }
}
