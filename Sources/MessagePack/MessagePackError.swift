/// Why some bytes are not the msgpack value they should be.
@frozen
package struct MessagePackError: Error, Equatable, Sendable {
    @frozen
    package enum Code: String, Sendable {
        case truncated = "the value ends after the bytes do"
        case trailingBytes = "bytes stand behind the value"
        case reservedByte = "byte 0xC1 is never used in msgpack"
        case invalidUTF8 = "a str is not valid UTF-8"
        case keyNotString = "a map key is not a str"
        case invalidTimestamp = "a timestamp extension is not 4, 8 or 12 bytes with less than 1e9 nanoseconds"
        case reservedExtension = "an extension type from -2 to -128 is reserved"
        case tooDeep = "maps and arrays are nested too deep"
        case notMap = "the value is not a map"
        case duplicateKey = "a key stands twice"
    }

    package let code: Code
    /// Bytes from the start of the value that was read to the place of the fault.
    package let offset: Int

    @inlinable
    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }
}

extension MessagePackError: CustomStringConvertible {
    package var description: String { "\(code.rawValue), at byte \(offset)" }
}
