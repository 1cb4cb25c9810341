import HubProtocol
import NIOCore
import Testing

@Suite("The path of a message")
struct PathTests {
    private let splicer = FrameSplicer(hubID: Name("hub"), unixSeconds: 1)

    private func passage(_ body: Body) throws -> FrameSplicer.Passage {
        let envelope = try scan(body.bytes)
        return body.bytes.withUnsafeBytes { splicer.passage(of: envelope, in: $0) }
    }

    private static func hubs(_ count: Int) -> [Value] { (0..<count).map { .string("hub-\($0)") } }

    @Test("lets a message pass that has not been here", arguments: [0, 1, 15, 16, 63, 64])
    func open(_ count: Int) throws {
        #expect(try passage(["type": "call"]) == .open)
        #expect(try passage(["path": .array(Self.hubs(count))]) == .open)
    }

    @Test("grows by this hub, and its head with it", arguments: [0, 1, 14, 15, 16, 63, 64])
    func grows(_ count: Int) throws {
        let hubs = Self.hubs(count)
        // The path as a client writes it, and with the longest head that it may have.
        let content = hubs.flatMap(\.messagePack)
        for path in [Value.array(hubs).messagePack, [0xDD, 0, 0, 0, UInt8(count)] + content] {
            var body: Body = ["type": "call"]
            body.add("path", raw: path)
            body.add("data", 1)
            let envelope = try scan(body.bytes)
            let sender = FrameSplicer.senderEntry(Name("a"))
            var output = ByteBuffer()
            body.bytes.withUnsafeBytes {
                splicer.forward($0, envelope, senderEntry: sender.bytes, to: &output)
            }
            output.moveReaderIndex(forwardBy: 4)
            let entries = try RawEntry.all(of: Array(output.readableBytesView))
            let forwarded = try #require(entries.first { $0.key == "path" })
            #expect(forwarded.value == Value.array(hubs + ["hub"]).messagePack)
        }
    }

    @Test("stops a message that has been here, wherever it names this hub", arguments: [0, 1, 20, 62, 63])
    func looped(_ position: Int) throws {
        var hubs = Self.hubs(64)
        hubs[position] = "hub"
        #expect(try passage(["path": .array(hubs)]) == .looped)
        #expect(try passage(["path": ["hub"]]) == .looped)
    }

    @Test(
        "is not mistaken for this hub's by a name that is nearly its own",
        arguments: ["", "hu", "hub ", "Hub", "hub\0"]
    )
    func nearMisses(_ id: String) throws {
        #expect(try passage(["path": [.string(id)]]) == .open)
    }

    @Test("is refused when it is longer than any route")
    func tooLong() throws {
        #expect(FrameSplicer.pathLengthMaximum == 64)
        #expect(try passage(["path": .array(Self.hubs(65))]) == .malformed)
        #expect(try passage(["path": .array(Self.hubs(70_000))]) == .malformed)
        // Even if it names this hub.
        #expect(try passage(["path": .array(["hub"] + Self.hubs(64))]) == .malformed)
    }

    @Test(
        "is refused when it is not a list of strings",
        arguments: [
            nil, true, 1, "hub", .binary([0x68]), [:], [1], [nil], ["a", .binary([1])], ["a", ["b"]], ["a", [:], "b"],
            [.ext([5, 1])],
        ] as [Value]
    )
    func malformed(_ path: Value) throws {
        #expect(try passage(["path": path]) == .malformed)
    }
}
