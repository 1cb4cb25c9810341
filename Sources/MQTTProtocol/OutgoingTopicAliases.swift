/// Aliases that stand for our topics on this connection; the one that was used longest ago makes room for a new one.
struct OutgoingTopicAliases: Sendable {
    struct Use: Equatable, Sendable {
        let alias: UInt16
        /// Whether the broker knows it already, and the topic itself can be left out.
        let isKnown: Bool
    }

    /// Index 0 of each is alias 1. 0 as a link means none.
    private var topics: [[UInt8]] = []
    private var hashes: [UInt64] = []
    private var older: [UInt16] = []
    private var newer: [UInt16] = []
    private var nextInBucket: [UInt16] = []
    private var buckets: [UInt16] = []
    private var newest: UInt16 = 0
    private var oldest: UInt16 = 0
    private var maximum = 0

    /// An alias costs 3 bytes: shorter topics than this are not worth one.
    private static let topicByteMinimum = 5

    mutating func beginConnection(maximum: Int) {
        self = OutgoingTopicAliases()
        self.maximum = maximum
        guard maximum > 0 else { return }
        var bucketCount = 1
        while bucketCount < maximum { bucketCount *= 2 }
        buckets = [UInt16](repeating: 0, count: bucketCount)
    }

    /// The alias for a topic, from now on the newest; nil where the broker takes none or the topic is too short to gain by it.
    mutating func use(for topic: UnsafeRawBufferPointer) -> Use? {
        guard maximum > 0, topic.count >= Self.topicByteMinimum else { return nil }
        if newest != 0, isTopic(of: newest, topic) { return Use(alias: newest, isKnown: true) }
        let hash = Self.hash(topic)
        var alias = buckets[bucket(hash)]
        while alias != 0 {
            if hashes[Int(alias) - 1] == hash, isTopic(of: alias, topic) {
                unlink(alias)
                linkNewest(alias)
                return Use(alias: alias, isKnown: true)
            }
            alias = nextInBucket[Int(alias) - 1]
        }
        return Use(alias: assign(topic, hash), isKnown: false)
    }

    private mutating func assign(_ topic: UnsafeRawBufferPointer, _ hash: UInt64) -> UInt16 {
        let alias: UInt16
        if topics.count < maximum {
            topics.append([UInt8](topic))
            hashes.append(hash)
            older.append(0)
            newer.append(0)
            nextInBucket.append(0)
            alias = UInt16(topics.count)
        } else {
            alias = oldest
            unlink(alias)
            removeFromBucket(alias)
            topics[Int(alias) - 1].removeAll(keepingCapacity: true)
            topics[Int(alias) - 1].append(contentsOf: topic)
            hashes[Int(alias) - 1] = hash
        }
        nextInBucket[Int(alias) - 1] = buckets[bucket(hash)]
        buckets[bucket(hash)] = alias
        linkNewest(alias)
        return alias
    }

    private func isTopic(of alias: UInt16, _ topic: UnsafeRawBufferPointer) -> Bool {
        topics[Int(alias) - 1].withUnsafeBytes { $0.hasSameBytes(as: topic) }
    }

    private func bucket(_ hash: UInt64) -> Int { Int(hash >> 32) & (buckets.count - 1) }

    private mutating func removeFromBucket(_ alias: UInt16) {
        let bucket = bucket(hashes[Int(alias) - 1])
        guard buckets[bucket] != alias else {
            buckets[bucket] = nextInBucket[Int(alias) - 1]
            return
        }
        var before = buckets[bucket]
        while nextInBucket[Int(before) - 1] != alias { before = nextInBucket[Int(before) - 1] }
        nextInBucket[Int(before) - 1] = nextInBucket[Int(alias) - 1]
    }

    private mutating func unlink(_ alias: UInt16) {
        let before = older[Int(alias) - 1]
        let after = newer[Int(alias) - 1]
        if before == 0 { oldest = after } else { newer[Int(before) - 1] = after }
        if after == 0 { newest = before } else { older[Int(after) - 1] = before }
    }

    private mutating func linkNewest(_ alias: UInt16) {
        older[Int(alias) - 1] = newest
        newer[Int(alias) - 1] = 0
        if newest == 0 { oldest = alias } else { newer[Int(newest) - 1] = alias }
        newest = alias
    }

    /// Eight bytes at a time. Collisions cost a walk of at most `maximum` steps.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            offset += 8
        }
        while offset < bytes.count {
            hash = (hash ^ UInt64(bytes[offset])) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            offset += 1
        }
        return hash
    }
}
