/// A name, or a pattern of names: `*` stands for any number of characters, `?` for one.
package struct NamePattern: Equatable, Sendable, CustomStringConvertible {
    package let description: String
    private let units: [UInt8]
    package let isLiteral: Bool

    private static let anyRun = UInt8(ascii: "*")
    private static let anyOne = UInt8(ascii: "?")

    package init(_ text: String) {
        description = text
        units = Array(text.utf8)
        isLiteral = !units.contains { $0 == Self.anyRun || $0 == Self.anyOne }
    }

    /// How many `*` it has; with one, a rename can carry over what that stood for.
    package var runCount: Int { units.count { $0 == Self.anyRun } }
    package var hasAnyOne: Bool { units.contains(Self.anyOne) }

    package func matches(_ name: String) -> Bool {
        var name = name
        // By bytes, as hubs compare: to Swift, two spellings of one accented letter are equal.
        return name.withUTF8 { isLiteral ? $0.elementsEqual(units) : matches($0) }
    }

    /// Walks both texts once; after a mismatch the last `*` takes one character more. Bounded by the product of the lengths.
    private func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var at = 0
        var here = 0
        var runAt: Int?
        var runEnd = 0
        while at < name.count {
            if here < units.count, units[here] == Self.anyRun {
                runAt = here
                runEnd = at
                here += 1
            } else if here < units.count, units[here] == Self.anyOne {
                here += 1
                at = Self.endOfCharacter(at, in: name)
            } else if here < units.count, units[here] == name[at] {
                here += 1
                at += 1
            } else if let run = runAt {
                runEnd += 1
                at = runEnd
                here = run + 1
            } else {
                return false
            }
        }
        return units[here...].allSatisfy { $0 == Self.anyRun }
    }

    /// The offset behind the UTF-8 sequence (RFC 3629, section 3) that begins at `start`.
    private static func endOfCharacter(_ start: Int, in name: UnsafeBufferPointer<UInt8>) -> Int {
        var end = start + 1
        while end < name.count, name[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    /// What the one `*` of the pattern stands for in a name that matches.
    ///
    /// - Precondition: the pattern has one `*` and no `?`.
    func run(in name: String) -> Substring {
        let star = units.firstIndex(of: Self.anyRun) ?? units.count
        let bytes = name.utf8
        return name[
            bytes.index(
                bytes.startIndex,
                offsetBy: star
            )..<bytes.index(bytes.endIndex, offsetBy: star + 1 - units.count)
        ]
    }
}
