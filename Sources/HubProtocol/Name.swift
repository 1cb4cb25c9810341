/// The id of a client or hub, or the name of a channel, event or subscription: its UTF-8 bytes, which stay where they are.
package final class Name: Sendable {
    package nonisolated(unsafe) let utf8: UnsafeRawBufferPointer
    package let text: String
    private let storage: OwnedBytes

    package init(_ bytes: some Collection<UInt8>) {
        storage = OwnedBytes(bytes)
        utf8 = storage.bytes
        text = String(decoding: bytes, as: UTF8.self)
    }

    package convenience init(_ text: String) { self.init(Array(text.utf8)) }

    /// Of a name that something else holds on to; a name of the moment may be gone before its key is used: see `withKey`.
    package var key: NameKey { NameKey(utf8) }

    /// The key of a name that nothing else need hold.
    package func withKey<Result>(_ body: (NameKey) -> Result) -> Result {
        withExtendedLifetime(self) { body(key) }
    }

    @inline(__always)
    package func equals(_ bytes: UnsafeRawBufferPointer) -> Bool { NameKey(utf8) == NameKey(bytes) }
}

/// A name's bytes as a dictionary key, so that a name can be looked up straight from a frame.
///
/// It owns nothing: a key that stays in a dictionary is the `key` of a `Name` that the value under it keeps alive.
package struct NameKey: Hashable {
    package let bytes: UnsafeRawBufferPointer

    @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inline(__always)
    package static func == (one: NameKey, other: NameKey) -> Bool {
        one.bytes.count == other.bytes.count && areEqual(one.bytes, other.bytes)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }

    /// Word by word; names are short, and a call into the C library costs more than they do.
    @inline(__always)
    package static func areEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        let count = one.count
        guard count > 0, let left = one.baseAddress, let right = other.baseAddress else { return count == other.count }
        var at = 0
        while at + 8 <= count {
            if left.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                != right.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            {
                return false
            }
            at += 8
        }
        while at < count {
            if left.load(fromByteOffset: at, as: UInt8.self) != right.load(fromByteOffset: at, as: UInt8.self) {
                return false
            }
            at += 1
        }
        return true
    }
}
