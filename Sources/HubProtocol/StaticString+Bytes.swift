extension StaticString {
    /// Whether `byteCount` bytes at `start` are this text, which has as many.
    ///
    /// With a constant text and count the loop unrolls to a comparison or two.
    @inline(__always)
    func equals(_ start: UnsafeRawPointer, byteCount: Int) -> Bool {
        let own = UnsafeRawPointer(utf8Start)
        var at = 0
        while at + 8 <= byteCount {
            if own.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                != start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            {
                return false
            }
            at += 8
        }
        if at + 4 <= byteCount {
            if own.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                != start.loadUnaligned(fromByteOffset: at, as: UInt32.self)
            {
                return false
            }
            at += 4
        }
        while at < byteCount {
            if own.load(fromByteOffset: at, as: UInt8.self) != start.load(fromByteOffset: at, as: UInt8.self) {
                return false
            }
            at += 1
        }
        return true
    }
}
