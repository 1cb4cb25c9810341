/// SipHash with 128 bits (Aumasson and Bernstein, 2012): a keyed hash of which nobody without the key can find two inputs with the same result.
struct SipHash {
    /// A result, or a key.
    struct Words: Hashable, Sendable {
        var low: UInt64
        var high: UInt64

        static func random() -> Words {
            Words(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
        }
    }

    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    init(key: Words) {
        v0 = 0x736F_6D65_7073_6575 ^ key.low
        v1 = 0x646F_7261_6E64_6F6D ^ key.high ^ 0xEE
        v2 = 0x6C79_6765_6E65_7261 ^ key.low
        v3 = 0x7465_6462_7974_6573 ^ key.high
    }

    @inline(__always)
    mutating func absorb(_ word: UInt64, rounds: Int = 1) {
        v3 ^= word
        for _ in 0..<rounds { round() }
        v0 ^= word
    }

    /// Bytes in words of eight, little-endian, the last filled up with zeros and the number of all bytes: where one text ends and the next begins
    /// is part of what is hashed.
    @inline(__always)
    mutating func absorb(_ bytes: UnsafeRawBufferPointer, rounds: Int = 1) {
        var offset = 0
        while offset + 8 <= bytes.count {
            absorb(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)), rounds: rounds)
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(bytes[offset]) << shift
            shift += 8
            offset += 1
        }
        absorb(last, rounds: rounds)
    }

    @inline(__always)
    mutating func finish(rounds: Int = 3) -> Words {
        v2 ^= 0xEE
        for _ in 0..<rounds { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<rounds { round() }
        return Words(low: low, high: v0 ^ v1 ^ v2 ^ v3)
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 &+= v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 &+= v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }
}
