import HubProtocol
import NIOCore
import Testing

@Suite("Forwarding a message with the hub's marks")
struct FrameSplicerTests {
    private static let hub = "hub-ä"
    private static let second = 1_700_000_000

    /// The entries of the body of the one frame that comes out.
    private func forwarded(
        _ body: [UInt8],
        sender: String = "alice",
        hub: String = Self.hub,
        at second: Int = Self.second
    ) throws -> [RawEntry] {
        let splicer = FrameSplicer(hubID: Name(hub), unixSeconds: second)
        return try RawEntry.all(of: forwarded(body, sender: sender, through: splicer))
    }

    private func forwarded(_ body: [UInt8], sender: String, through splicer: FrameSplicer) throws -> [UInt8] {
        let envelope = try scan(body)
        let entry = FrameSplicer.senderEntry(Name(sender))
        let earlier: [UInt8] = [0xEE, 0xEE, 0xEE]
        var output = ByteBuffer(bytes: earlier)
        body.withUnsafeBytes {
            #expect(splicer.passage(of: envelope, in: $0) == .open)
            splicer.forward($0, envelope, senderEntry: entry.bytes, to: &output)
        }
        let kept = output.readBytes(length: earlier.count)
        #expect(kept == earlier, "what was there stays")
        let header = output.readInteger(as: UInt32.self)
        let length = try #require(header)
        #expect(Int(length) == output.readableBytes, "one frame, and nothing behind it")
        return Array(output.readableBytesView)
    }

    /// Entries that no hub may touch, in formats that a rewriter would shorten.
    private static let payload: [(String, [UInt8])] = [
        ("type", [0xDB, 0, 0, 0, 4] + Array("call".utf8)),
        ("data", [0xDF, 0, 0, 0, 1, 0xD9, 1, 0x6B, 0xDC, 0, 2, 0xD3, 0, 0, 0, 0, 0, 0, 0, 1, 0xC6, 0, 0, 0, 1, 0xC1]),
        ("request_id", [0xCF, 0, 0, 0, 0, 0, 0, 0, 9]),
        ("unknown", [0xC9, 0, 0, 0, 2, 0x05, 0xAA, 0xBB]),
        ("when", [0xD7, 0xFF, 0, 0, 0, 0, 0, 0, 0, 9]),
        ("rate", [0xCA, 0x7F, 0xC0, 0, 1]),
        ("metadata", [0x80]),
    ]

    /// Every choice of the four marks that a message may carry already.
    private static let marks: [(key: String, value: Value)] = [
        ("sender_id", "mallory"), ("path", ["hub-1"]), ("timestamp", 5), ("origin_server_id", "hub-1"),
    ]

    @Test("keeps every byte of every entry but the marks, and their order", arguments: 0..<16, [0, 3, 7])
    func payloadUntouched(_ present: Int, position: Int) throws {
        var body: Body = [:]
        for (key, value) in Self.payload[..<position] { body.add(key, raw: value) }
        for (index, mark) in Self.marks.enumerated() where present & 1 << index != 0 { body.add(mark.key, mark.value) }
        for (key, value) in Self.payload[position...] { body.add(key, raw: value) }

        let entries = try forwarded(body.bytes)
        let keys = Set(Self.marks.map(\.key))
        #expect(entries.filter { !keys.contains($0.key) } == Self.payload.map { RawEntry(key: $0.0, value: $0.1) })
        let marks = Dictionary(grouping: entries.filter { keys.contains($0.key) }, by: \.key)
        #expect(marks.mapValues(\.count).values.max() == 1, "each mark stands once")
        func mark(_ key: String) throws -> Value { try Value(#require(marks[key]?.first).value) }
        #expect(try mark("sender_id") == "alice")
        #expect(try mark("path") == (present & 2 == 0 ? [.string(Self.hub)] : ["hub-1", .string(Self.hub)]))
        #expect(try mark("timestamp") == (present & 4 == 0 ? .int(Self.second) : 5))
        #expect(try mark("origin_server_id") == (present & 8 == 0 ? .string(Self.hub) : "hub-1"))
    }

    @Test("works for marks in any order")
    func markOrder() throws {
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            var body: Body = ["type": "send"]
            for index in order { body.add(Self.marks[index].key, Self.marks[index].value) }
            body.add("data", "x")
            let value = Dictionary(
                uniqueKeysWithValues: try forwarded(body.bytes).map { ($0.key, try Value($0.value)) }
            )
            let expected: [String: Value] = [
                "type": "send", "data": "x", "sender_id": "alice", "path": ["hub-1", .string(Self.hub)], "timestamp": 5,
                "origin_server_id": "hub-1",
            ]
            #expect(value == expected)
        }
    }

    @Test("keeps a timestamp and origin that are nil, and replaces a sender that is no string")
    func nilMarks() throws {
        let entries = try forwarded((["timestamp": nil, "origin_server_id": nil, "sender_id": [1, 2]] as Body).bytes)
        #expect(entries.first { $0.key == "timestamp" }?.value == [0xC0])
        #expect(entries.first { $0.key == "origin_server_id" }?.value == [0xC0])
        #expect(entries.first { $0.key == "sender_id" }?.value == "alice".messagePack)
    }

    @Test("counts the entries it adds", arguments: [0, 10, 11, 12, 13, 15, 16, 65_531, 65_532, 65_536])
    func headGrows(_ count: Int) throws {
        var body: Body = [:]
        for index in 0..<count { body.add("k\(index)", .int(index & 0x7F)) }
        let splicer = FrameSplicer(hubID: Name(Self.hub), unixSeconds: Self.second)
        for bytes in [body.bytes, body.bytesWithLongHead] {
            let output = try forwarded(bytes, sender: "alice", through: splicer)
            let entries = try RawEntry.all(of: output)
            #expect(entries.count == count + 4)
            #expect(entries.suffix(count).first?.key == (count == 0 ? nil : "k0"))
            let head: UInt8 = count + 4 <= 15 ? 0x80 | UInt8(count + 4) : count + 4 <= 0xFFFF ? 0xDE : 0xDF
            #expect(output[0] == head)
        }
    }

    @Test("stamps with the second it was told last")
    func time() throws {
        let splicer = FrameSplicer(hubID: Name("h"), unixSeconds: 1)
        func stamp() throws -> Value? {
            let body: Body = ["type": "send"]
            let entries = try RawEntry.all(of: forwarded(body.bytes, sender: "a", through: splicer))
            return try entries.first { $0.key == "timestamp" }.map { try Value($0.value) }
        }
        #expect(try stamp() == 1)
        splicer.setTime(unixSeconds: 5_000_000_000)
        #expect(try stamp() == 5_000_000_000)
        splicer.setTime(unixSeconds: 5_000_000_000)
        #expect(try stamp() == 5_000_000_000)
    }

    @Test("takes ids of any length", arguments: [1, 31, 32, 255, 256, 1_024])
    func longIDs(_ count: Int) throws {
        let sender = String(repeating: "s", count: count)
        let hub = String(repeating: "h", count: count)
        for body in [[:], ["path": []], ["path": ["a"], "sender_id": "b"]] as [Body] {
            let entries = try forwarded(body.bytes, sender: sender, hub: hub)
            #expect(entries.first { $0.key == "sender_id" }?.value == sender.messagePack)
            let path = try #require(entries.first { $0.key == "path" })
            guard case .array(let hubs) = try Value(path.value) else {
                Issue.record("the path is no array")
                return
            }
            #expect(hubs.last == .string(hub))
        }
    }
}
