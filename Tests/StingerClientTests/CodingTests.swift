import Foundation
import MessagePack
import StingerClient
import Testing

@Suite("Codable values in msgpack")
struct CodingTests {
    enum Mode: String, Codable, Sendable { case fast, slow }

    struct Everything: Codable, Hashable, Sendable {
        var flag = true
        var small: Int8 = -5
        var wide: UInt64 = .max
        var ratio = 0.1
        var coarse: Float = 1.5
        var text = "ä☂𝄞"
        var none: Int?
        var some: Int? = 7
        var mode = Mode.slow
        var list = [[1, 2], [], [3]]
        var table = ["a": [Numbers(a: 1, b: 2)], "b": []]
        var bytes: [UInt8] = [0xFF, 0xC1]
        var data = Data([1, 2, 3])
        var value: HubValue = ["x": .ext(type: 4, [9])]
    }

    class Base: Codable {
        var a = 1
    }

    final class Derived: Base {
        var b = 2

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            b = try decoder.container(keyedBy: Key.self).decode(Int.self, forKey: .b)
            try super.init(from: decoder.container(keyedBy: Key.self).superDecoder())
        }

        enum Key: CodingKey { case b }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(b, forKey: .b)
            try super.encode(to: container.superEncoder())
        }
    }

    private func encoded(_ value: some Encodable) throws -> MessagePackValue {
        try MessagePackValue(MessagePackEncoder().encode(value))
    }

    private func decoded<Value: Decodable>(_ value: MessagePackValue, as type: Value.Type = Value.self) throws -> Value
    {
        try MessagePackDecoder().decode(type, from: value.encoded)
    }

    @Test("come back as they were")
    func roundTrip() throws {
        let value = Everything()
        #expect(try MessagePackDecoder().decode(Everything.self, from: MessagePackEncoder().encode(value)) == value)
        for value: Int? in [nil, 5] { #expect(try decoded(encoded(value)) == value) }
        #expect(try decoded(encoded([Int]())) == [Int]())
        let derived = try MessagePackDecoder().decode(Derived.self, from: MessagePackEncoder().encode(Derived()))
        #expect(derived.a == 1 && derived.b == 2)
    }

    @Test("are the maps, arrays and scalars that other languages expect")
    func forms() throws {
        #expect(try encoded(Numbers(a: 1, b: -2)) == ["a": 1, "b": -2])
        #expect(try encoded(["x": [1.5]]) == ["x": [1.5]])
        #expect(try encoded([UInt8]([1, 2])) == .binary([1, 2]))
        #expect(try encoded(Data([1, 2])) == .binary([1, 2]))
        #expect(try encoded(Mode.fast) == "fast")
        #expect(try encoded(Float(0.5)) == .float32(0.5))
        #expect(try encoded(UInt64.max) == .uint(.max))
        #expect(try encoded(Int?.none) == .null)
        #expect(try encoded([1: "one"]) == ["1": "one"])
        struct Empty: Encodable {}
        #expect(try encoded(Empty()) == [:])
        #expect(try encoded(HubValue.ext(type: 1, [])) == .ext(type: 1, []))
    }

    @Test("take numbers as other languages write them, where nothing is lost")
    func numbers() throws {
        #expect(try decoded(3, as: Double.self) == 3.0)
        #expect(try decoded(.uint(.max), as: Double.self) == 18_446_744_073_709_551_616)
        #expect(try decoded(.float32(0.5), as: Double.self) == 0.5)
        #expect(try decoded(3.0, as: Int.self) == 3)
        #expect(throws: DecodingError.self) { try decoded(3.5, as: Int.self) }
        #expect(throws: DecodingError.self) { try decoded(300, as: UInt8.self) }
        #expect(throws: DecodingError.self) { try decoded(-1, as: UInt.self) }
        #expect(throws: DecodingError.self) { try decoded(.float(.nan), as: Int.self) }
        #expect(throws: DecodingError.self) { try decoded("3", as: Int.self) }
        #expect(throws: DecodingError.self) { try decoded(true, as: Int.self) }
        #expect(throws: DecodingError.self) { try decoded(1, as: Bool.self) }
    }

    @Test("take bin and lists of numbers for bytes")
    func bytes() throws {
        #expect(try decoded([1, 2], as: [UInt8].self) == [1, 2])
        #expect(try decoded(.binary([1, 2]), as: Data.self) == Data([1, 2]))
        #expect(try decoded([1, 2], as: Data.self) == Data([1, 2]))
        #expect(try decoded(.binary([1, 2]), as: [Int].self) == [1, 2])
        #expect(try decoded(.map([.init(.binary([0x61]), 1), .init("b", 2)]), as: Numbers.self) == Numbers(a: 1, b: 2))
    }

    @Test("say where they do not fit")
    func places() throws {
        func words(_ value: MessagePackValue) -> String {
            do {
                _ = try decoded(value, as: [String: [Numbers]].self)
                return ""
            } catch let error as DecodingError {
                return "\(error)"
            } catch {
                return "another error: \(error)"
            }
        }
        #expect(words(["x": [["a": 1, "b": 2], ["a": 1]]]).contains("\"b\""))
        #expect(words(["x": [["a": "one", "b": 2]]]).contains("msgpack string"))
        #expect(words(5).contains("msgpack integer"))
        #expect(throws: DecodingError.self) { try decoded(["a": .null, "b": 1], as: Numbers.self) }
    }

    @Test("come from bytes that are one sound value")
    func unsound() throws {
        for bytes: [UInt8] in [
            [], [0xC1], [0x92, 0x01], [0x01, 0x02], [0xA1, 0xFF], [0xDD, 0xFF, 0xFF, 0xFF, 0xFF],
        ] {
            #expect(throws: DecodingError.self) { try MessagePackDecoder().decode(HubValue.self, from: bytes) }
        }
    }

    @Test("are not deeper than a message may be")
    func depth() throws {
        final class Nested: Encodable {
            let inner: Nested?
            init(_ inner: Nested?) { self.inner = inner }
        }
        func nested(_ levels: Int) -> Nested { (0..<levels).reduce(Nested(nil)) { inner, _ in Nested(inner) } }
        #expect(throws: Never.self) { try MessagePackEncoder().encode(nested(500)) }
        #expect(throws: EncodingError.self) { try MessagePackEncoder().encode(nested(600)) }
    }
}
