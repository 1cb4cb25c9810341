/// Hashes of the levels of topics. Only filters, which come from a configuration or from subscribers, are stored by them: a topic that was made
/// to collide finds nothing to collide with, so there is no secret in it.
enum LevelHash {
    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let separators: UInt64 = 0x2F2F_2F2F_2F2F_2F2F
    private static let lowBits: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    static func of(_ level: UnsafeRawBufferPointer) -> UInt64 { ofLevel(in: level, from: 0).hash }

    /// Of a node: never 0.
    static func of(_ hash: UInt64, under parent: Int32) -> UInt64 {
        folded(hash ^ UInt64(truncatingIfNeeded: parent) &* 0xD6E8_FEB8_6659_FD93) | 1 << 63
    }

    /// The hash of the level at an offset, and where it ends.
    static func ofLevel(in topic: UnsafeRawBufferPointer, from start: Int) -> (end: Int, hash: UInt64) {
        var hash: UInt64 = 0
        var offset = start
        while offset + 8 <= topic.count {
            let word = UInt64(littleEndian: topic.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let marked = word ^ separators
            // The lowest byte with its high bit set is the first `/`; only above it can there be wrong ones.
            let found = (marked &- lowBits) & ~marked & highBits
            if found != 0 {
                let bits = found.trailingZeroBitCount & ~7
                offset += bits / 8
                return (offset, ended(hash, word & (1 << UInt64(bits) &- 1), offset - start))
            }
            hash = folded(hash ^ word)
            offset += 8
        }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        while offset < topic.count, topic[offset] != TopicLevels.separator {
            word |= UInt64(topic[offset]) << shift
            shift += 8
            offset += 1
        }
        return (offset, ended(hash, word, offset - start))
    }

    private static func ended(_ hash: UInt64, _ word: UInt64, _ byteCount: Int) -> UInt64 {
        folded(hash ^ word ^ UInt64(byteCount) << 56)
    }

    /// Both halves of a product, so that each bit of the word has a say in each bit of the hash.
    private static func folded(_ word: UInt64) -> UInt64 {
        let product = (word ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}
