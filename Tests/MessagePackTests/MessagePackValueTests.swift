import MessagePack
import NIOCore
import Testing

@Suite("A value taken out of its bytes")
struct MessagePackValueTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let value: MessagePackValue
        /// The shortest form, which is also how it is written.
        let shortest: String
        /// Other forms that mean the same.
        let others: [String]

        var testDescription: String { shortest }

        init(_ value: MessagePackValue, _ shortest: String, _ others: String...) {
            self.value = value
            self.shortest = shortest
            self.others = others
        }
    }

    static let vectors = [
        Vector(nil, "C0"),
        Vector(true, "C3"),
        Vector(false, "C2"),
        Vector(0, "00", "CC00", "CD0000", "CE00000000", "CF0000000000000000", "D000", "D10000"),
        Vector(127, "7F", "CC7F", "D07F"),
        Vector(128, "CC80", "CD0080", "D10080"),
        Vector(-1, "FF", "D0FF", "D1FFFF", "D2FFFFFFFF", "D3FFFFFFFFFFFFFFFF"),
        Vector(-32, "E0", "D0E0"),
        Vector(-33, "D0DF", "D1FFDF"),
        Vector(-128, "D080"),
        Vector(-129, "D1FF7F"),
        Vector(-32_769, "D2FFFF7FFF"),
        Vector(.int(.max), "CF7FFFFFFFFFFFFFFF", "D37FFFFFFFFFFFFFFF"),
        Vector(.int(.min), "D38000000000000000"),
        Vector(.uint(1 << 63), "CF8000000000000000"),
        Vector(.uint(.max), "CFFFFFFFFFFFFFFFFF"),
        Vector(1.5, "CB3FF8000000000000"),
        Vector(.float(-0.0), "CB8000000000000000"),
        Vector(.float32(1.5), "CA3FC00000"),
        Vector(.float32(.infinity), "CA7F800000"),
        Vector("", "A0", "D900", "DA0000", "DB00000000"),
        Vector("ä€😀", "A9C3A4E282ACF09F9880"),
        Vector("a\0b", "A3610062"),
        Vector(.binary([]), "C400", "C50000", "C600000000"),
        Vector(.binary([0xFF, 0xC1]), "C402FFC1"),
        Vector([], "90", "DC0000", "DD00000000"),
        Vector([1, ["x"], nil], "930191A178C0"),
        Vector([:], "80", "DE0000"),
        Vector(["b": 1, "a": [:]], "82A16201A16180"),
        Vector(.map([.init(.binary([0x6B]), 1), .init("k", 2)]), "82C4016B01A16B02"),
        Vector(.ext(type: 5, [0xAA]), "D405AA", "C70105AA"),
        Vector(.ext(type: 5, []), "C70005"),
        Vector(.ext(type: 127, [1, 2, 3]), "C7037F010203"),
        Vector(.ext(type: -1, [0, 0, 0, 1]), "D6FF00000001"),
    ]

    @Test("is the same from each of its forms", arguments: vectors)
    func reading(_ vector: Vector) throws {
        for form in [vector.shortest] + vector.others {
            #expect(try MessagePackValue(bytes(form)) == vector.value, "\(form)")
        }
    }

    @Test("is written in its shortest form", arguments: vectors)
    func writing(_ vector: Vector) {
        #expect(vector.value.encoded == bytes(vector.shortest))
    }

    @Test("keeps the bits of a number that is none", arguments: ["CA7FC00001", "CAFFA00000", "CB7FF8000000000001"])
    func notANumber(_ hex: String) throws {
        #expect(try MessagePackValue(bytes(hex)).encoded == bytes(hex))
    }

    @Test("comes back from what was written, at every width", arguments: [0, 1, 15, 16, 17, 31, 32, 255, 256, 65_536])
    func widths(_ count: Int) throws {
        let values: [MessagePackValue] = [
            .string(String(repeating: "s", count: count)),
            .binary(repeated(0xC1, count)),
            .ext(type: 9, repeated(7, count)),
            .array([MessagePackValue](repeating: nil, count: count)),
            .map((0..<count).map { .init(.string("\($0)"), .int(Int64($0))) }),
        ]
        for value in values { #expect(try MessagePackValue(value.encoded) == value) }
    }

    @Test("has the kinds that its head tells", arguments: FormatVector.all)
    func formats(_ vector: FormatVector) throws {
        let value = try MessagePackValue(vector.bytes)
        #expect(try MessagePackValue(value.encoded) == value || vector.name.hasPrefix("float"))
        #expect(value.encoded.count <= vector.bytes.count)
        for cut in vector.truncations { #expect(throws: MessagePackError.self) { try MessagePackValue(cut) } }
    }

    @Test("has nothing behind it, and no fault inside")
    func faults() {
        func code(_ hex: String, depthMaximum: Int = 4) -> MessagePackError.Code? {
            do {
                _ = try MessagePackValue(bytes(hex), depthMaximum: depthMaximum)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("C0C0") == .trailingBytes)
        #expect(code("") == .truncated)
        #expect(code("92C0") == .truncated)
        #expect(code("DDFFFFFFFF") == .truncated)
        #expect(code("C1") == .reservedByte)
        #expect(code("A1FF") == .invalidUTF8)
        #expect(code("810102") == .keyNotString)
        #expect(code("91919190") == nil)
        #expect(code("9191919190") == .tooDeep)
    }

    @Test("is read at the deepest that a frame may be")
    func deepest() throws {
        let deep = NestingTests.Shape.alternating.nested(MessagePackValue.depthMaximum)
        #expect(try MessagePackValue(deep).encoded == deep)
        #expect(throws: MessagePackError.self) {
            try MessagePackValue(NestingTests.Shape.alternating.nested(MessagePackValue.depthMaximum + 1))
        }
    }

    @Test("is looked into by key, kind by kind")
    func looks() {
        let map: MessagePackValue = ["a": 1, "b": "x", "c": true, "d": [1], "a": 2]
        #expect(map["a"] == 2)
        #expect(map["b"]?.string == "x")
        #expect(map["c"]?.bool == true)
        #expect(map["d"]?.array == [1])
        #expect(map["e"] == nil)
        #expect(map["a"]?.string == nil && map["a"]?.bool == nil && map["a"]?.array == nil)
        #expect(MessagePackValue.null["a"] == nil)
    }
}
