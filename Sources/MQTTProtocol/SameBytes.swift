extension UnsafeRawBufferPointer {
    /// Eight bytes at a time: names of topics are compared for every message, and most are shorter than a call to the C library is long.
    package func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count >= 8 else {
            for index in 0..<count where self[index] != other[index] { return false }
            return true
        }
        var offset = 0
        while offset + 8 < count {
            guard hasSameWord(as: other, at: offset) else { return false }
            offset += 8
        }
        return hasSameWord(as: other, at: count - 8)
    }

    private func hasSameWord(as other: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    package func starts(withBytes other: UnsafeRawBufferPointer) -> Bool {
        count >= other.count && UnsafeRawBufferPointer(rebasing: self[..<other.count]).hasSameBytes(as: other)
    }
}
