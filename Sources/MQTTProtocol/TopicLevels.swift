/// Walks the levels of a topic name or filter in place; an empty text has one empty level (MQTT 5.0, 4.7.1.1).
package struct TopicLevels {
    package static let separator = UInt8(ascii: "/")
    package static let anyLevel = UInt8(ascii: "+")
    package static let anyLevels = UInt8(ascii: "#")
    package static let dollar = UInt8(ascii: "$")

    private let bytes: UnsafeRawBufferPointer
    private var start = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Whether the last level has been taken.
    package var isAtEnd: Bool { start > bytes.count }

    /// The offsets of the next level; nil behind the last.
    package mutating func next() -> Range<Int>? {
        guard start <= bytes.count else { return nil }
        let from = start
        var end = from
        while end < bytes.count, bytes[end] != Self.separator { end += 1 }
        start = end + 1
        return from..<end
    }

    /// The next level alone as bytes.
    package mutating func nextLevel() -> UnsafeRawBufferPointer? {
        next().map { UnsafeRawBufferPointer(rebasing: bytes[$0]) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a level of a filter is this wildcard; no other level begins with one.
    func isWildcard(_ wildcard: UInt8) -> Bool { count == 1 && self[0] == wildcard }
}
