/// Seven bits a byte, low ones first, the top bit says that more follow; four bytes at most (MQTT 5.0, 1.5.5).
enum VariableByteInteger {
    static let maximum = 268_435_455
    static let byteCountMaximum = 4

    /// - Parameter mustBeShortest: MQTT 5 refuses zeros at the end, 3.1.1 has no such rule.
    /// - Returns: nil when its end lies behind `end`; `at` is moved only otherwise.
    @inline(__always)
    static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ at: inout Int,
        end: Int,
        mustBeShortest: Bool
    ) throws(MQTTProtocolError) -> Int? {
        guard at < end else { return nil }
        let first = bytes[at]
        if first < 0x80 {
            at += 1
            return Int(first)
        }
        return try readLong(bytes, &at, end: end, mustBeShortest: mustBeShortest)
    }

    private static func readLong(
        _ bytes: UnsafeRawBufferPointer,
        _ at: inout Int,
        end: Int,
        mustBeShortest: Bool
    ) throws(MQTTProtocolError) -> Int? {
        var value = 0
        for position in 0..<byteCountMaximum {
            guard at + position < end else { return nil }
            let byte = bytes[at + position]
            value |= Int(byte & 0x7F) << (7 * position)
            guard byte & 0x80 == 0 else { continue }
            if mustBeShortest, byte == 0, position > 0 {
                throw MQTTProtocolError(
                    .malformedPacket,
                    "a variable byte integer that is longer than it need be",
                    statement: "MQTT-1.5.5-1"
                )
            }
            at += position + 1
            return value
        }
        throw MQTTProtocolError(.malformedPacket, "a variable byte integer of more than four bytes")
    }

    @inline(__always)
    static func byteCount(of value: Int) -> Int {
        if value < 1 << 7 { 1 } else if value < 1 << 14 { 2 } else if value < 1 << 21 { 3 } else { 4 }
    }

    /// - Parameter value: at most `maximum`.
    /// - Returns: the place behind it.
    @inline(__always)
    static func write(_ value: Int, to place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var place = place
        var rest = value
        while rest >= 0x80 {
            place.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            place += 1
            rest >>= 7
        }
        place.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        return place + 1
    }
}
