import Testing

@testable import Federation

@Suite struct NamePatternTests {
    struct Vector: Sendable {
        let pattern: String
        let matching: [String]
        let other: [String]
    }

    static let vectors = [
        Vector(pattern: "motor", matching: ["motor"], other: ["motors", "moto", "", "Motor"]),
        Vector(pattern: "", matching: [""], other: ["a"]),
        Vector(pattern: "*", matching: ["", "a", "motor.left"], other: []),
        Vector(pattern: "**", matching: ["", "a"], other: []),
        Vector(pattern: "motor.*", matching: ["motor.", "motor.left"], other: ["motor", "xmotor.left"]),
        Vector(pattern: "*.left", matching: [".left", "motor.left", "a.left.left"], other: ["left", "motor.left."]),
        Vector(pattern: "a*b*c", matching: ["abc", "aXbYc", "abbcc", "abcbc"], other: ["ab", "acb", "abcd"]),
        Vector(pattern: "a*a", matching: ["aa", "aba"], other: ["a", "ab"]),
        Vector(pattern: "?", matching: ["a", "\u{E9}", "\u{1F600}"], other: ["", "ab", "\u{E9}a"]),
        Vector(pattern: "mot?r", matching: ["motor", "mot\u{F6}r"], other: ["motr", "motoor"]),
        Vector(pattern: "*??", matching: ["\u{E9}a", "ab", "xyz", "\u{E9}ab"], other: ["", "a", "\u{E9}"]),
        Vector(pattern: "*?b", matching: ["\u{E9}b", "abb"], other: ["b", "bc"]),
    ]

    @Test(arguments: vectors) func matches(_ vector: Vector) {
        let pattern = NamePattern(vector.pattern)
        for name in vector.matching { #expect(pattern.matches(name), "\(vector.pattern) \(name)") }
        for name in vector.other { #expect(!pattern.matches(name), "\(vector.pattern) \(name)") }
    }

    /// Hubs compare bytes; Swift would take the two for one text.
    @Test func twoSpellingsOfOneLetterAreTwoNames() {
        #expect("caf\u{E9}" == "cafe\u{301}")
        #expect(!NamePattern("caf\u{E9}").matches("cafe\u{301}"))
        #expect(NamePattern("cafe*").matches("cafe\u{301}"))
    }

    @Test func whatAStarStoodFor() {
        #expect(NamePattern("motor.*").run(in: "motor.left") == "left")
        #expect(NamePattern("*.left").run(in: "motor.left") == "motor")
        #expect(NamePattern("a*b").run(in: "ab").isEmpty)
        // The accent is a character of its own to the pattern, though Swift puts it with the "e".
        #expect(Array(NamePattern("e*").run(in: "e\u{301}x").unicodeScalars) == ["\u{301}", "x"])
    }

    @Test func manyStarsEndInTime() {
        let pattern = NamePattern(String(repeating: "a*", count: 40) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
    }

    @Test func whatItIsMadeOf() {
        #expect(NamePattern("motor").isLiteral)
        #expect(!NamePattern("mot?r").isLiteral)
        #expect(NamePattern("mot?r").hasAnyOne)
        #expect(NamePattern("*a*").runCount == 2)
    }
}
