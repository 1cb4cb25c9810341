/// Checks of UTF-8 encoded strings (MQTT 5.0, 1.5.4) and of topic names (4.7.3) where they lie.
///
/// Nearly all of them are ASCII: those are looked at eight bytes at a time.
enum EncodedText {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// - Parameter what: names the string in the error.
    @inline(__always)
    static func check(_ bytes: UnsafeRawBufferPointer, _ what: StaticString) throws(MQTTProtocolError) {
        if isPlain(bytes, suspicion: { $0 | ($0 &- ones) }) { return }
        try checkClosely(bytes, what)
    }

    /// - Parameter what: names the topic name in the error.
    @inline(__always)
    static func checkTopicName(
        _ bytes: UnsafeRawBufferPointer,
        _ what: StaticString,
        wildcardStatement: String
    ) throws(MQTTProtocolError) {
        // '#' is 0x23 and '+' is 0x2B: with the bit between them set both are 0x2B, and nothing else of ASCII is.
        let isPlain = isPlain(bytes) { word in
            let wildcards = (word | 0x0808_0808_0808_0808) ^ 0x2B2B_2B2B_2B2B_2B2B
            return word | (word &- ones) | (wildcards &- ones)
        }
        if isPlain { return }
        try checkClosely(bytes, what)
        try checkWildcards(bytes, what, wildcardStatement)
    }

    /// - Parameter suspicion: has a byte's top bit set where that byte may be one to look at. `word - ones` sets it above a zero byte.
    @inline(__always)
    private static func isPlain(_ bytes: UnsafeRawBufferPointer, suspicion: (UInt64) -> UInt64) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        let count = bytes.count
        var found: UInt64 = 0
        var at = 0
        while at &+ 8 <= count {
            found |= suspicion(start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at &+= 8
        }
        if at < count {
            if count >= 8 {
                found |= suspicion(start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
            } else {
                // Spaces fill the rest.
                var word: UInt64 = 0x2020_2020_2020_2020
                while at < count {
                    word = word << 8 | UInt64(start.load(fromByteOffset: at, as: UInt8.self))
                    at &+= 1
                }
                found |= suspicion(word)
            }
        }
        return found & tops == 0
    }

    @inline(never)
    private static func checkClosely(_ bytes: UnsafeRawBufferPointer, _ what: StaticString) throws(MQTTProtocolError) {
        let isUTF8 = bytes.withMemoryRebound(to: UInt8.self) { units in
            do {
                _ = try UTF8Span(validating: units.span)
                return true
            } catch {
                return false
            }
        }
        guard isUTF8 else {
            throw MQTTProtocolError(.malformedPacket, "\(what) is not UTF-8", statement: "MQTT-1.5.4-1")
        }
        guard !bytes.contains(0) else {
            throw MQTTProtocolError(
                .malformedPacket,
                "\(what) holds the character U+0000",
                statement: "MQTT-1.5.4-2"
            )
        }
    }

    @inline(never)
    private static func checkWildcards(
        _ bytes: UnsafeRawBufferPointer,
        _ what: StaticString,
        _ statement: String
    ) throws(MQTTProtocolError) {
        guard !bytes.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }) else {
            throw MQTTProtocolError(.protocolError, "\(what) holds a wildcard", statement: statement)
        }
    }
}
