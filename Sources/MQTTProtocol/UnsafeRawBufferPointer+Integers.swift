extension UnsafeRawBufferPointer {
    /// - Parameter offset: the caller knows that the whole integer lies in the buffer.
    @inline(__always)
    func bigEndian<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, at offset: Int) -> Number {
        Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
