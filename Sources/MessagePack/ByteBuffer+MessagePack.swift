package import NIOCore

/// Writing msgpack in the shortest form, as the Python package msgpack does.
extension ByteBuffer {
    package mutating func writeMapHead(_ count: Int) {
        writeHead(count, fix: Format.fixMap, fixMaximum: 15, wide16: Format.map16, wide32: Format.map32)
    }

    package mutating func writeArrayHead(_ count: Int) {
        writeHead(count, fix: Format.fixArray, fixMaximum: 15, wide16: Format.array16, wide32: Format.array32)
    }

    private mutating func writeHead(_ count: Int, fix: UInt8, fixMaximum: Int, wide16: UInt8, wide32: UInt8) {
        if count <= fixMaximum {
            writeInteger(fix | UInt8(count))
        } else if count <= 0xFFFF {
            writeInteger(wide16)
            writeInteger(UInt16(count))
        } else {
            writeInteger(wide32)
            writeInteger(UInt32(count))
        }
    }

    private mutating func writeStringHead(_ count: Int) {
        if count > 31, count <= 0xFF {
            writeInteger(Format.string8)
            writeInteger(UInt8(count))
        } else {
            writeHead(
                count,
                fix: Format.fixString,
                fixMaximum: 31,
                wide16: Format.string16,
                wide32: Format.string32
            )
        }
    }

    package mutating func writeMessagePack(_ text: StaticString) {
        writeStringHead(text.utf8CodeUnitCount)
        writeStaticString(text)
    }

    package mutating func writeMessagePack(_ text: String) {
        writeStringHead(text.utf8.count)
        writeString(text)
    }

    /// - Parameter utf8: the content of a str.
    package mutating func writeMessagePack(utf8: UnsafeRawBufferPointer) {
        writeStringHead(utf8.count)
        writeBytes(utf8)
    }

    package mutating func writeMessagePack(_ value: Bool) {
        writeInteger(value ? Format.trueByte : Format.falseByte)
    }

    package mutating func writeMessagePackNull() {
        writeInteger(Format.null)
    }

    package mutating func writeMessagePack(_ value: Int) {
        switch value {
        case 0...0x7F: writeInteger(UInt8(value))
        case 0x80...0xFF:
            writeInteger(Format.unsigned8)
            writeInteger(UInt8(value))
        case 0x100...0xFFFF:
            writeInteger(Format.unsigned16)
            writeInteger(UInt16(value))
        case 0x1_0000...0xFFFF_FFFF:
            writeInteger(Format.unsigned32)
            writeInteger(UInt32(value))
        case 0x1_0000_0000...:
            writeInteger(Format.unsigned64)
            writeInteger(UInt64(value))
        case -0x20..<0: writeInteger(Int8(value))
        case -0x80 ..< -0x20:
            writeInteger(Format.signed8)
            writeInteger(Int8(value))
        case -0x8000 ..< -0x80:
            writeInteger(Format.signed16)
            writeInteger(Int16(value))
        case -0x8000_0000 ..< -0x8000:
            writeInteger(Format.signed32)
            writeInteger(Int32(value))
        default:
            writeInteger(Format.signed64)
            writeInteger(Int64(value))
        }
    }

    package mutating func writeMessagePack(_ value: UInt64) {
        if value <= UInt64(Int64.max) {
            writeMessagePack(Int(value))
        } else {
            writeInteger(Format.unsigned64)
            writeInteger(value)
        }
    }

    package mutating func writeMessagePack(_ value: Double) {
        writeInteger(Format.float64)
        writeInteger(value.bitPattern)
    }

    package mutating func writeMessagePack(binary bytes: UnsafeRawBufferPointer) {
        writeByteHead(bytes.count, wide8: Format.binary8, wide16: Format.binary16, wide32: Format.binary32)
        writeBytes(bytes)
    }

    package mutating func writeMessagePack(extensionType type: Int8, _ bytes: [UInt8]) {
        switch bytes.count {
        case 1, 2, 4, 8, 16: writeInteger(Format.fixExtension1 + UInt8(bytes.count.trailingZeroBitCount))
        default:
            writeByteHead(bytes.count, wide8: Format.extension8, wide16: Format.extension16, wide32: Format.extension32)
        }
        writeInteger(type)
        writeBytes(bytes)
    }

    private mutating func writeByteHead(_ count: Int, wide8: UInt8, wide16: UInt8, wide32: UInt8) {
        if count <= 0xFF {
            writeInteger(wide8)
            writeInteger(UInt8(count))
        } else if count <= 0xFFFF {
            writeInteger(wide16)
            writeInteger(UInt16(count))
        } else {
            writeInteger(wide32)
            writeInteger(UInt32(count))
        }
    }
}
