import MessagePack
import Testing

@Suite("Nesting")
struct NestingTests {
    enum Shape: CaseIterable, Sendable {
        case arrays, maps, alternating

        private static let array: [UInt8] = [0x91]
        private static let map: [UInt8] = [0x81, 0xA1, 0x6B]

        /// That many levels, the innermost one empty.
        func nested(_ levels: Int) -> [UInt8] {
            let openings = (0..<levels).map { level in
                switch self {
                case .arrays: Self.array
                case .maps: Self.map
                case .alternating: level.isMultiple(of: 2) ? Self.map : Self.array
                }
            }
            return openings.flatMap(\.self) + [0xC0]
        }
    }

    @Test("is taken up to the limit", arguments: Shape.allCases, [1, 2, 3, 64, 511])
    func atTheLimit(_ shape: Shape, levels: Int) throws {
        let value = shape.nested(levels)
        #expect(try walk(value, depthMaximum: levels) == value.count)
    }

    @Test("is refused beyond the limit", arguments: Shape.allCases, [1, 2, 3, 64, 511])
    func beyondTheLimit(_ shape: Shape, limit: Int) {
        let value = shape.nested(limit + 1)
        let offset = shape.nested(limit).count - 1
        #expect(throws: MessagePackError(.tooDeep, at: offset)) { try walk(value, depthMaximum: limit) }
    }

    @Test("counts the levels that enclose the value")
    func enclosingLevels() throws {
        let value = Shape.maps.nested(10)
        #expect(try walk(value, depth: 1, depthMaximum: 11) == value.count)
        #expect(throws: MessagePackError.self) { try walk(value, depth: 2, depthMaximum: 11) }
    }

    @Test("of 10,000 levels is an error, not a crash", arguments: Shape.allCases)
    func veryDeep(_ shape: Shape) {
        #expect { try walk(shape.nested(10_000)) } throws: { ($0 as? MessagePackError)?.code == .tooDeep }
    }

    @Test("of 10,000 levels is walked where it is allowed", arguments: Shape.allCases)
    func veryDeepAllowed(_ shape: Shape) throws {
        let value = shape.nested(10_000)
        #expect(try walk(value, depthMaximum: 10_000) == value.count)
    }

    @Test("comes back to the outer level with its count and kind intact")
    func siblings() throws {
        // {a: [[], [1]], b: {c: {}}, d: [], e: nil}
        let value = bytes("84 A161 92 90 91 01 A162 81 A163 80 A164 90 A165 C0")
        #expect(try walk(value, depthMaximum: 3) == value.count)
        #expect(throws: MessagePackError.self) { try walk(value, depthMaximum: 2) }
    }

    @Test("side by side costs no depth")
    func wide() throws {
        let value = bytes("DC 2710") + repeated(0x90, 10_000)
        #expect(try walk(value, depthMaximum: 2) == value.count)
    }
}
