import HubProtocol
import MessagePack
import NIOCore
import Testing

@Suite("A rewritten frame")
struct FrameRewriterTests {
    private static let body: Body = [
        "type": "call", "channel": "room", "event": "add", "data": ["x": .ext([7, 1]), "y": .binary([1, 2])],
        "request_id": 300, "sender_id": "alice", "target_id": "bob", "path": ["h1", "h2"], "unknown": [nil, true],
    ]

    private func rewrite(
        _ bytes: [UInt8],
        _ omit: (inout FrameRewriter, Envelope) -> Void,
        adding count: Int = 0,
        _ entries: (inout ByteBuffer) -> Void = { _ in }
    ) throws -> [UInt8] {
        var output = ByteBuffer(bytes: [9, 9])
        try bytes.withUnsafeBytes { raw in
            let envelope = try EnvelopeScanner(depthMaximum: 511).scan(raw)
            var rewriter = FrameRewriter(raw, envelope)
            omit(&rewriter, envelope)
            rewriter.write(adding: count, to: &output, entries)
        }
        #expect(output.readBytes(length: 2) == [9, 9])
        let length = output.readInteger(as: UInt32.self)
        #expect(length == UInt32(output.readableBytes))
        return output.readBytes(length: output.readableBytes) ?? []
    }

    @Test("is the same where nothing changes", arguments: [false, true])
    func unchanged(hasLongHead: Bool) throws {
        let bytes = hasLongHead ? Self.body.bytesWithLongHead : Self.body.bytes
        #expect(try rewrite(bytes, { _, _ in }) == Self.body.bytes)
    }

    @Test("lacks what is left out, in whatever order that is said", arguments: [false, true])
    func omitted(isReversed: Bool) throws {
        let rewritten = try rewrite(Self.body.bytes) { rewriter, envelope in
            let steps: [(inout FrameRewriter) -> Void] = [
                { $0.omit(envelope.channel) }, { $0.omit(envelope.requestID) }, { $0.omit(envelope.senderID) },
                { $0.omit(envelope.targetID) }, { $0.omit(envelope.path) }, { $0.omit(envelope.originServerID) },
            ]
            for step in isReversed ? steps.reversed() : steps { step(&rewriter) }
        }
        #expect(
            try Value(rewritten) == [
                "type": "call", "event": "add", "data": ["x": .ext([7, 1]), "y": .binary([1, 2])],
                "unknown": [nil, true],
            ]
        )
    }

    @Test("has what is put in, in front")
    func added() throws {
        let rewritten = try rewrite(Self.body.bytes, { $0.omit($1.channel) }, adding: 2) {
            $0.writeEntry("channel", "other")
            $0.writeEntry("more", 1)
        }
        let entries = try Value(rewritten)
        guard case .map(let map) = entries else { return }
        #expect(map.count == 10)
        #expect(map["channel"] == "other")
        #expect(map["more"] == 1)
        #expect(map["data"] == ["x": .ext([7, 1]), "y": .binary([1, 2])])
    }

    @Test("may lose its first and its last entry")
    func ends() throws {
        let body: Body = ["path": ["h"], "data": 1, "channel": ""]
        let rewritten = try rewrite(body.bytes) {
            $0.omit($1.channel)
            $0.omit($1.path)
        }
        #expect(try Value(rewritten) == ["data": 1])
    }

    @Test("grows its head when it has to", arguments: [15, 16, 17, 40])
    func manyEntries(count: Int) throws {
        var body: Body = ["type": "send", "channel": "c"]
        for index in 2..<count { body.add("key\(index)", .int(index)) }
        for extra in 0...2 {
            let rewritten = try rewrite(body.bytes, { $0.omit($1.channel) }, adding: extra) {
                for index in 0..<extra {
                    $0.writeMessagePack("new\(index)")
                    $0.writeMessagePack(index)
                }
            }
            guard case .map(let map) = try Value(rewritten) else { return }
            #expect(map.count == count - 1 + extra)
        }
    }

    @Test("leaves out a field whose value is nil")
    func nilFields() throws {
        let body: Body = ["type": "call", "target_id": nil, "channel": nil, "data": nil]
        let rewritten = try rewrite(body.bytes) {
            $0.omit($1.targetID)
            $0.omit($1.channel)
        }
        #expect(try Value(rewritten) == ["type": "call", "data": nil])
    }
}
