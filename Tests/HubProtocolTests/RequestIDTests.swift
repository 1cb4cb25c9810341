import HubProtocol
import Testing

@Suite("Request ids as keys")
struct RequestIDTests {
    /// Encodings of one id each; no two rows are the same id.
    static let sameIDs: [[[UInt8]]] = [
        [[0x00], [0xCC, 0], [0xCD, 0, 0], [0xD0, 0], [0xD3, 0, 0, 0, 0, 0, 0, 0, 0]],
        [[0x7F], [0xCC, 0x7F], [0xD0, 0x7F], [0xCE, 0, 0, 0, 0x7F], [0xD2, 0, 0, 0, 0x7F]],
        [[0xCC, 0xFF], [0xCD, 0, 0xFF], [0xD1, 0, 0xFF], [0xCF, 0, 0, 0, 0, 0, 0, 0, 0xFF]],
        [[0xFF], [0xD0, 0xFF], [0xD1, 0xFF, 0xFF], [0xD2, 0xFF, 0xFF, 0xFF, 0xFF], [0xD3] + ones],
        [[0xE0], [0xD0, 0xE0], [0xD1, 0xFF, 0xE0]],
        [[0xD0, 0x80], [0xD1, 0xFF, 0x80]],
        [[0xCF] + ones],
        [[0xCF, 0x7F] + ones.dropFirst(), [0xD3, 0x7F] + ones.dropFirst()],
        [[0xCF, 0x80, 0, 0, 0, 0, 0, 0, 0]],
        [[0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0]],
        [[0xA0], [0xD9, 0], [0xDA, 0, 0], [0xDB, 0, 0, 0, 0]],
        [[0xA1, 0x30], [0xD9, 1, 0x30], [0xDA, 0, 1, 0x30], [0xDB, 0, 0, 0, 1, 0x30]],
        [[0xA1, 0x00], [0xD9, 1, 0x00]],
        [[0xAA] + [UInt8](repeating: 0, count: 10)],
        ["r-1".messagePack],
        [String(repeating: "x", count: 300).messagePack],
    ]

    private static let ones = [UInt8](repeating: 0xFF, count: 8)

    private func key(_ value: [UInt8]) -> [UInt8] {
        let keys = RequestIDKey()
        return value.withUnsafeBytes { Array(keys.key(of: $0)) }
    }

    @Test("are equal for one id, however it is encoded", arguments: sameIDs)
    func equal(_ encodings: [[UInt8]]) {
        #expect(Set(encodings.map(key)).count == 1)
    }

    @Test("differ for different ids, an integer and its digits among them")
    func different() {
        #expect(Set(Self.sameIDs.map { key($0[0]) }).count == Self.sameIDs.count)
    }

    @Test("give the id back", arguments: sameIDs)
    func back(_ encodings: [[UInt8]]) throws {
        let id = key(encodings[0]).withUnsafeBytes { RequestIDKey.value(of: $0) }
        #expect(try Value(id.bytes) == Value(encodings[0]))
        #expect(key(id.bytes) == key(encodings[0]))
    }

    @Test("may be made one after another")
    func reused() {
        let keys = RequestIDKey()
        for (value, expected) in [([0x01], 1), ([0xA1, 0x41], 0x41), ([0x02], 2)] as [([UInt8], UInt8)] {
            value.withUnsafeBytes { #expect(keys.key(of: $0).last == expected) }
        }
    }
}
