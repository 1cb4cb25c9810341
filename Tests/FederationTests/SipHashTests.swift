import Testing

@testable import Federation

/// The key is 00 01 ... 0f, and the input begins 00 01 02.
@Suite struct SipHashTests {
    struct Vector: Sendable {
        let byteCount: Int
        let hash: String
    }

    /// SipHash-2-4 with 128 bits, as its authors published it with the reference implementation.
    static let published = [
        Vector(byteCount: 0, hash: "a3817f04ba25a8e66df67214c7550293"),
        Vector(byteCount: 1, hash: "da87c1d86b99af44347659119b22fc45"),
        Vector(byteCount: 2, hash: "8177228da4a45dc7fca38bdef60affe4"),
        Vector(byteCount: 3, hash: "9c70b60c5267a94e5f33b6b02985ed51"),
        Vector(byteCount: 4, hash: "f88164c12d9c8faf7d0f6e7c7bcd5579"),
        Vector(byteCount: 5, hash: "1368875980776f8854527a07690e9627"),
        Vector(byteCount: 6, hash: "14eeca338b208613485ea0308fd7a15e"),
        Vector(byteCount: 7, hash: "a1f1ebbed8dbc153c0b84aa61ff08239"),
        Vector(byteCount: 8, hash: "3b62a9ba6258f5610f83e264f31497b4"),
        Vector(byteCount: 9, hash: "264499060ad9baabc47f8b02bb6d71ed"),
        Vector(byteCount: 10, hash: "00110dc378146956c95447d3f3d0fbba"),
        Vector(byteCount: 11, hash: "0151c568386b6677a2b4dc6f81e5dc18"),
        Vector(byteCount: 12, hash: "d626b266905ef35882634df68532c125"),
        Vector(byteCount: 13, hash: "9869e247e9c08b10d029934fc4b952f7"),
        Vector(byteCount: 14, hash: "31fcefac66d7de9c7ec7485fe4494902"),
        Vector(byteCount: 15, hash: "5493e99933b0a8117e08ec0f97cfc3d9"),
        Vector(byteCount: 16, hash: "6ee2a4ca67b054bbfd3315bf85230577"),
        Vector(byteCount: 17, hash: "473d06e8738db89854c066c47ae47740"),
        Vector(byteCount: 31, hash: "2939b0183223fafc1723de4f52c43d35"),
        Vector(byteCount: 32, hash: "7c3956ca5eeafc3e363e9d556546eb68"),
        Vector(byteCount: 63, hash: "5150d1772f50834a503e069a973fbd7c"),
    ]

    /// SipHash-1-3 with 128 bits, as OpenSSL computes it: the authors have none of these.
    static let ours = [
        Vector(byteCount: 0, hash: "e77ebcb22788a5befd62db6add303001"),
        Vector(byteCount: 1, hash: "fc6f370460d3eda85e0573cc2b2ff063"),
        Vector(byteCount: 7, hash: "1084b923f2aae0c3a62f2ec80848ab77"),
        Vector(byteCount: 8, hash: "aa12fee1d5e3dab4724f16ab35f9c799"),
        Vector(byteCount: 9, hash: "81ddb8042cf33994f4720e0094137c42"),
        Vector(byteCount: 63, hash: "4c5800e34efe426f079f6b0aa75260ad"),
    ]

    private static let key = SipHash.Words(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)

    private static func hex(_ words: SipHash.Words) -> String {
        [words.low, words.high].map { word in
            let digits = String(word.byteSwapped, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    @Test(arguments: published) func publishedVector(_ vector: Vector) {
        var hash = SipHash(key: Self.key)
        (0..<vector.byteCount).map(UInt8.init).withUnsafeBytes { hash.absorb($0, rounds: 2) }
        #expect(Self.hex(hash.finish(rounds: 4)) == vector.hash)
    }

    @Test(arguments: ours) func oursWithFewerRounds(_ vector: Vector) {
        var hash = SipHash(key: Self.key)
        (0..<vector.byteCount).map(UInt8.init).withUnsafeBytes { hash.absorb($0) }
        #expect(Self.hex(hash.finish()) == vector.hash)
    }

    @Test func theEndOfATextIsPartOfIt() {
        func hash(_ texts: [String]) -> SipHash.Words {
            var hash = SipHash(key: Self.key)
            for text in texts { Array(text.utf8).withUnsafeBytes { hash.absorb($0) } }
            return hash.finish()
        }
        #expect(hash(["ab", "c"]) != hash(["a", "bc"]))
        #expect(hash(["a", ""]) != hash(["a"]))
        #expect(hash(["a"]) != hash(["a\0"]))
    }
}
