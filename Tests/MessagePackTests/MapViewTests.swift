import MessagePack
import Testing

@Suite("Looking up keys")
struct MapViewTests {
    /// {a: nil, name: "hub", flag: true, list: [1, "x", {}], inner: {name: "deep"}, a: false}
    private static let sample = bytes(
        "86 A161 C0 A46E616D65 A3687562 A4666C6167 C3 A46C697374 93 01 A178 80 A5696E6E6572 81 A46E616D65 A464656570 A161 C2"
    )

    private func withMap(_ bytes: [UInt8], _ body: (Lookup) throws -> Void) throws {
        try bytes.withUnsafeBytes { try body(Lookup(map: #require(MapView(at: 0, in: $0)))) }
    }

    @Test("finds the value, whole and with its kind")
    func finds() throws {
        try withMap(Self.sample) { map in
            let name = try #require(map["name"])
            #expect(name.kind == .string)
            #expect(Array(name.raw) == bytes("A3687562"))
            #expect(name.string.map(Array.init) == bytes("687562"))
            #expect(name.bool == nil)
            #expect(!name.isNull)
        }
    }

    @Test(
        "finds nothing under a key that is not there",
        arguments: ["b", "nam", "names", "NAME", ""] as [StaticStringBox]
    )
    func absent(_ key: StaticStringBox) throws {
        try withMap(Self.sample) { map in
            #expect(map[key.text] == nil)
        }
    }

    @Test("takes the last value of a key that stands twice")
    func lastWins() throws {
        try withMap(Self.sample) { map in
            #expect(map["a"]?.bool == false)
        }
    }

    @Test(
        "reads integers of every width",
        arguments: [
            ("00", 0), ("7F", 127), ("FF", -1), ("E0", -32), ("CC80", 128), ("CDFFFF", 65_535), ("CE80000000", 1 << 31),
            ("CF7FFFFFFFFFFFFFFF", .max), ("CF8000000000000000", nil), ("D080", -128), ("D1FFFE", -2),
            ("D27FFFFFFF", Int(Int32.max)), ("D3FFFFFFFFFFFFFFFF", -1), ("D38000000000000000", .min), ("C3", nil),
            ("CB3FF0000000000000", nil), ("A131", nil),
        ] as [(String, Int?)]
    )
    func integers(_ value: String, _ number: Int?) throws {
        try withMap(bytes("81 A161") + bytes(value)) { map in
            let found = try #require(map["a"])
            #expect(found.integer == number)
        }
    }

    @Test("reads flags and nil")
    func flags() throws {
        try withMap(bytes("83 A161 C2 A162 C3 A163 C0")) { map in
            #expect(map["a"]?.bool == false)
            #expect(map["b"]?.bool == true)
            #expect(map["c"]?.bool == nil)
            #expect(map["c"]?.isNull == true)
        }
    }

    @Test("reaches into arrays and maps")
    func nested() throws {
        try withMap(Self.sample) { map in
            let elements = try #require(map.elements("list"))
            #expect(elements.map(\.kind) == [.integer, .string, .map])
            #expect(elements.map { Array($0.raw) } == [[0x01], [0xA1, 0x78], [0x80]])
            let inner = try #require(map["inner"]?.map)
            #expect(Lookup(map: inner)["name"]?.string.map(Array.init) == Array("deep".utf8))
            #expect(map.elements("name") == nil)
            #expect(map["list"]?.map == nil)
        }
    }

    @Test("sees keys in their longer forms, and passes by bin keys")
    func otherKeys() throws {
        try withMap(bytes("83 D90161 01 C40162 02 DB0000000163 03")) { map in
            #expect(map["a"].map { Array($0.raw) } == [1])
            #expect(map["b"] == nil)
            #expect(map["c"].map { Array($0.raw) } == [3])
        }
    }

    @Test("finds an empty string, which is no nil")
    func emptyString() throws {
        try withMap(bytes("81 A161 A0")) { map in
            let value = try #require(map["a"])
            #expect(value.string?.count == 0)
            #expect(!value.isNull)
        }
    }

    @Test("needs a map", arguments: FormatVector.all)
    func otherKinds(_ vector: FormatVector) {
        vector.bytes.withUnsafeBytes {
            #expect((MapView(at: 0, in: $0) != nil) == (vector.kind == .map))
        }
    }
}

/// A map and the walker that its look-ups need.
private final class Lookup {
    private let map: MapView
    private let walker = ValueWalker(depthMaximum: 8)

    init(map: MapView) { self.map = map }

    subscript(key: StaticString) -> ValueView? { map.value(key, walker) }

    func elements(_ key: StaticString) -> [ValueView]? { self[key]?.elements(walker, maximum: 100) }
}

/// A static text as a test argument.
struct StaticStringBox: ExpressibleByStringLiteral, Sendable, CustomTestStringConvertible {
    let text: StaticString
    init(stringLiteral text: StaticString) { self.text = text }
    var testDescription: String { "\(text)" }
}
