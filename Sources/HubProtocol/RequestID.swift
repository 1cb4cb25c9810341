import MessagePack
import NIOCore

/// A request id as a key: equal for equal ids, however they are encoded. Callers and providers may choose different widths.
///
/// For a str it is its content; for an integer the byte 0xFF, which no UTF-8 text has (RFC 3629), its sign (0 or 1) and its 64 bits.
package struct RequestIDKey: ~Copyable {
    private static let integerMark: UInt8 = 0xFF
    private static let integerByteCount = 10

    /// Where integers are spelled out.
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: integerByteCount, alignment: 8)

    package init() {}

    deinit { scratch.deallocate() }

    /// - Parameter value: a whole msgpack value that the envelope scan took for a request id.
    /// - Returns: valid until the next call, and as long as `value` is.
    @inline(__always)
    package borrowing func key(of value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let first = value[0]
        if first & 0xE0 == Format.fixString { return UnsafeRawBufferPointer(rebasing: value[1...]) }
        switch first {
        case Format.string8: return UnsafeRawBufferPointer(rebasing: value[2...])
        case Format.string16: return UnsafeRawBufferPointer(rebasing: value[3...])
        case Format.string32: return UnsafeRawBufferPointer(rebasing: value[5...])
        default: return integerKey(of: value, first)
        }
    }

    private borrowing func integerKey(of value: UnsafeRawBufferPointer, _ first: UInt8) -> UnsafeRawBufferPointer {
        let number: Int64
        switch first {
        case 0x00...0x7F: number = Int64(first)
        case Format.negativeFixInt...0xFF: number = Int64(Int8(bitPattern: first))
        default:
            var bits: UInt64 = 0
            for byte in value.dropFirst() { bits = bits << 8 | UInt64(byte) }
            let unused = 64 - (value.count - 1) * 8
            let isSigned = first >= Format.signed8
            number = isSigned ? Int64(bitPattern: bits << unused) >> unused : Int64(bitPattern: bits)
        }
        let isUnsigned = first >= Format.unsigned8 && first <= Format.unsigned64
        scratch[0] = Self.integerMark
        scratch[1] = number < 0 && !isUnsigned ? 1 : 0
        scratch.storeBytes(of: UInt64(bitPattern: number).bigEndian, toByteOffset: 2, as: UInt64.self)
        return UnsafeRawBufferPointer(scratch)
    }

    /// The id that a key stands for, as a msgpack value in its shortest form.
    package static func value(of key: UnsafeRawBufferPointer) -> RawValue {
        var buffer = ByteBuffer()
        if key.count == integerByteCount, key[0] == integerMark {
            let bits = UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            if key[1] == 1 {
                buffer.writeMessagePack(Int(Int64(bitPattern: bits)))
            } else if bits <= UInt64(Int.max) {
                buffer.writeMessagePack(Int(bits))
            } else {
                buffer.writeInteger(Format.unsigned64)
                buffer.writeInteger(bits)
            }
        } else {
            buffer.writeMessagePack(utf8: key)
        }
        return RawValue(buffer.readableBytesView)
    }
}
