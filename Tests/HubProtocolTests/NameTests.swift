import HubProtocol
import Testing

@Suite("Names")
struct NameTests {
    private static let texts = [
        "", "a", "b", "ab", "1234567", "12345678", "12345679", "123456789", "ä", "a\0", "12345678a",
    ]

    @Test("are equal when all their bytes are")
    func equality() {
        for one in Self.texts {
            for other in Self.texts {
                let name = Name(one)
                let bytes = Array(other.utf8)
                bytes.withUnsafeBytes {
                    #expect(name.equals($0) == (one == other), "\(one) and \(other)")
                    #expect((name.key == NameKey($0)) == (one == other), "\(one) and \(other)")
                }
            }
        }
    }

    @Test("are found by bytes that lie elsewhere")
    func lookUp() {
        let names = Self.texts.map { Name($0) }
        let numbers = Dictionary(uniqueKeysWithValues: zip(names.map(\.key), names.indices))
        for (index, text) in Self.texts.enumerated() {
            Array("__\(text)".utf8).withUnsafeBytes {
                #expect(numbers[NameKey(UnsafeRawBufferPointer(rebasing: $0[2...]))] == index)
            }
        }
        withExtendedLifetime(names) {}
    }

    @Test("keep their text and bytes")
    func content() {
        for text in Self.texts {
            let name = Name(text)
            #expect(name.text == text)
            #expect(Array(name.utf8) == Array(text.utf8))
            let other = Name(Array(text.utf8))
            withExtendedLifetime((name, other)) { #expect(name.key == other.key) }
        }
    }
}
