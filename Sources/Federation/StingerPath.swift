/// The brokers that a message has passed, as the MQTT user property `stinger-path` carries them: ids joined with `,`, oldest first.
///
/// A view of bytes that somebody else holds: nothing is copied. Ids stand in it as `escaped` writes them, one form for each id, so they
/// are compared byte by byte.
package struct StingerPath {
    /// The name of the user property.
    package static let propertyName = "stinger-path"
    /// Brokers on a path; the next bridge does not carry the message on.
    package static let hopMaximum = 16
    /// Bytes of the value: 16 ids of 255 bytes and the commas.
    package static let byteMaximum = 4_096

    private static let comma = UInt8(ascii: ",")
    private static let percent = UInt8(ascii: "%")

    private let bytes: UnsafeRawBufferPointer
    /// Brokers on the path, 1 to 16.
    package let count: Int

    /// Valid as long as the bytes are.
    package init(_ bytes: UnsafeRawBufferPointer) throws(StingerPathFault) {
        guard bytes.count <= Self.byteMaximum else { throw .tooManyBytes }
        var commas = 0
        var idStart = 0
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == Self.comma {
                guard at > idStart else { throw .malformed }
                commas += 1
                idStart = at + 1
            } else if byte == Self.percent {
                guard at + 2 < bytes.count, let high = Self.digit(bytes[at + 1]), let low = Self.digit(bytes[at + 2]),
                    Self.isEscaped(high << 4 | low)
                else { throw .malformed }
                at += 2
            } else if byte < 0x20 || byte == 0x7F {
                throw .malformed
            }
            at += 1
        }
        guard bytes.count > idStart else { throw .malformed }
        guard commas < Self.hopMaximum else { throw .tooManyHops }
        self.bytes = bytes
        count = commas + 1
    }

    /// The broker where the message began, escaped.
    package var origin: UnsafeRawBufferPointer {
        let end = bytes.firstIndex(of: Self.comma) ?? bytes.count
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }

    /// - Parameter id: as `escaped` gives it.
    package func contains(_ id: UnsafeRawBufferPointer) -> Bool {
        guard !id.isEmpty, id.count <= bytes.count else { return false }
        var found = false
        forEachID { part in
            found = part.elementsEqual(id)
            return !found
        }
        return found
    }

    /// - Parameter body: gets the ids, escaped, oldest first, and says whether to go on.
    package func forEachID(_ body: (UnsafeRawBufferPointer) -> Bool) {
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != Self.comma { end += 1 }
            guard body(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else { return }
            start = end + 1
        }
    }

    // MARK: Writing

    /// Whether one more broker fits.
    package func hasRoom(for id: UnsafeRawBufferPointer) -> Bool {
        count < Self.hopMaximum && bytes.count + 1 + id.count <= Self.byteMaximum
    }

    /// Writes the value that this bridge gives the message: its path so far, if it has one, and the broker that it is taken from.
    ///
    /// - Parameter id: of the broker that the message was taken from, as `escaped` gives it.
    /// - Returns: false, and nothing is written, where it does not fit any more: the message ends here.
    package static func append(
        _ id: UnsafeRawBufferPointer,
        to path: StingerPath?,
        into value: inout [UInt8]
    ) -> Bool {
        guard let path else {
            guard !id.isEmpty, id.count <= byteMaximum else { return false }
            value.append(contentsOf: id)
            return true
        }
        guard path.hasRoom(for: id) else { return false }
        value.append(contentsOf: path.bytes)
        value.append(comma)
        value.append(contentsOf: id)
        return true
    }

    /// An id as it stands in a path: `,`, `%` and control characters as `%` and two hexadecimal digits for each byte, such as `%2C`.
    package static func escaped(_ id: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in id.unicodeScalars {
            let isControl = scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
            for byte in Unicode.UTF8.encode(scalar).map(Array.init) ?? [] {
                if isControl || byte == comma || byte == percent {
                    bytes += [percent, hexadecimal(byte >> 4), hexadecimal(byte & 0xF)]
                } else {
                    bytes.append(byte)
                }
            }
        }
        return bytes
    }

    /// What `escaped` made of an id, made undone; for people to read.
    package static func unescaped(_ id: UnsafeRawBufferPointer) -> String {
        var bytes: [UInt8] = []
        var at = 0
        while at < id.count {
            if id[at] == percent, at + 2 < id.count, let high = digit(id[at + 1]), let low = digit(id[at + 2]) {
                bytes.append(high << 4 | low)
                at += 3
            } else {
                bytes.append(id[at])
                at += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Only what has to be is escaped, and with capital letters: each id has one form.
    private static func isEscaped(_ byte: UInt8) -> Bool {
        // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
        byte == comma || byte == percent || byte < 0x20 || byte == 0x7F || byte == 0xC2 || 0x80...0x9F ~= byte
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}
