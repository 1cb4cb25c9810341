import Crypto
package import Federation

extension Digest128 {
    /// The first 16 bytes of 16 or more.
    init(_ bytes: some Collection<UInt8>) {
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.prefix(16).enumerated() {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }

    /// Of several texts, one behind the other, each with its length.
    package init(hashing parts: [[UInt8]]) {
        var hash = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        self.init(hash.finalize())
    }

    /// Of a topic's name on the first side.
    package init(topic: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: topic)
        self.init(hash.finalize())
    }

    /// Of a message: those of its properties that both sides hold when they agree, and its payload.
    package init(properties: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) {
        var hash = SHA256()
        withUnsafeBytes(of: UInt64(properties.count).bigEndian) { hash.update(bufferPointer: $0) }
        hash.update(bufferPointer: properties)
        hash.update(bufferPointer: payload)
        self.init(hash.finalize())
    }

    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: low.bigEndian) { bytes += $0 }
    }
}

extension Digest128 {
    private init(_ digest: SHA256Digest) { self.init(Array(digest)) }
}
