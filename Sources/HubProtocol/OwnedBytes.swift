/// Bytes at an address that does not change, for as long as this object lives.
///
/// What is compared with or copied into every message lies in one of these: reading it through the pointer takes no reference count.
package final class OwnedBytes: Sendable {
    package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    package init(_ source: some Collection<UInt8>) {
        // One byte at least, so that no bytes have an address too.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, source.count), alignment: 8)
        copy.copyBytes(from: source)
        bytes = UnsafeRawBufferPointer(rebasing: copy[..<source.count])
    }

    deinit { bytes.deallocate() }
}
