import HubProtocol
import MessagePack
import Testing

@Suite("Bodies that are refused")
struct MalformedBodyTests {
    private func expect(
        _ code: MessagePackError.Code,
        at offset: Int,
        _ bytes: [UInt8],
        depthMaximum: Int = 511,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = HubProtocolError(.malformedFrame(MessagePackError(code, at: offset)))
        #expect(throws: error, sourceLocation: sourceLocation) { try scan(bytes, depthMaximum: depthMaximum) }
    }

    @Test("no bytes at all")
    func empty() { expect(.truncated, at: 0, []) }

    @Test(
        "one value that is no map",
        arguments: [nil, true, 1, .double(1), "type", .binary([0x80]), [["type", "ping"]], .ext([5, 0x80])] as [Value]
    )
    func notMap(_ value: Value) { expect(.notMap, at: 0, value.messagePack) }

    @Test("the reserved byte")
    func reserved() {
        expect(.reservedByte, at: 0, [0xC1])
        expect(.reservedByte, at: 1, [0x81, 0xC1, 0xC0])
        expect(.reservedByte, at: 3, [0x81, 0xA1, 0x61, 0xC1])
    }

    @Test("bytes behind the map", arguments: [[0xC0], [0x80], [0x00, 0x00], [0xC1]] as [[UInt8]])
    func trailing(_ rest: [UInt8]) {
        let body: Body = ["type": "ping"]
        expect(.trailingBytes, at: body.bytes.count, body.bytes + rest)
        expect(.trailingBytes, at: 1, [0x80] + rest)
    }

    @Test("every truncation of a message")
    func truncated() throws {
        let body: Body = [
            "type": "call", "channel": "room", "request_id": 70_000, "data": [1, "two", .binary([3]), ["four": nil]],
            "is_final": true, "odd": .ext([5, 1, 2]), "more": .double(0.5), "path": [],
        ]
        let bytes = body.bytes
        #expect(throws: Never.self) { try scan(bytes) }
        for count in 0..<bytes.count {
            #expect {
                try scan(Array(bytes[..<count]))
            } throws: { error in
                guard case .malformedFrame(let inner)? = (error as? HubProtocolError)?.code else { return false }
                return inner.code == .truncated
            }
        }
    }

    @Test("a count that lies")
    func lyingCounts() {
        expect(.truncated, at: 0, [0xDF, 0xFF, 0xFF, 0xFF, 0xFF])
        expect(.truncated, at: 0, [0x8F])
        expect(.truncated, at: 3, [0x81, 0xA1, 0x61, 0xDB, 0xFF, 0xFF, 0xFF, 0xFF])
        expect(.truncated, at: 3, [0x81, 0xA1, 0x61, 0xDD, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0])
        // Fewer entries than there are is bytes behind the map.
        expect(.trailingBytes, at: 4, [0x81, 0xA1, 0x61, 0xC0, 0xA1, 0x62, 0xC0])
    }

    @Test(
        "a key that is no string; at the top not even bin",
        arguments: [nil, 1, true, .binary([0x61]), [], [:]] as [Value]
    )
    func keys(_ key: Value) {
        let entry = key.messagePack + [0xC0]
        expect(.keyNotString, at: 1, [0x81] + entry)
        expect(.keyNotString, at: 4, [0x82, 0xA1, 0x61, 0xC0] + entry)
    }

    @Test("a key that is no string, below the top")
    func nestedKeys() throws {
        expect(.keyNotString, at: 4, [0x81, 0xA1, 0x61, 0x81, 0x01, 0xC0])
        #expect(throws: Never.self, "bin is a key below the top") {
            try scan([0x81, 0xA1, 0x61, 0x81, 0xC4, 0x01, 0x62, 0xC0])
        }
    }

    @Test("a routing key that stands twice", arguments: EnvelopeKey.allCases)
    func duplicates(_ key: EnvelopeKey) {
        let value: Value = key == .path ? ["hub"] : key == .isStream || key == .isFinal ? true : "x"
        var body: Body = [:]
        body.add("\(key.wireName)", value)
        body.add("between", 1)
        body.add("\(key.wireName)", value)
        expect(.duplicateKey, at: body.offset(ofEntry: 2), body.bytes)
    }

    @Test("but not any other key that stands twice")
    func otherDuplicates() throws {
        var body: Body = ["type": "identify", "client_id": "a"]
        body.add("client_id", "b")
        #expect(try scan(body.bytes).kind == .identify)
    }

    @Test("text that is not UTF-8", arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]] as [[UInt8]])
    func notUTF8(_ text: [UInt8]) {
        for padding in [0, 7, 8, 9] {
            let content = [UInt8](repeating: 0x61, count: padding) + text
            let string = [0xA0 | UInt8(content.count)] + content
            let channel = "channel".messagePack
            expect(.invalidUTF8, at: channel.count + 2, [0x81] + channel + string)
            expect(.invalidUTF8, at: 4, [0x81, 0xA1, 0x61] + string)
            expect(.invalidUTF8, at: 5, [0x81, 0xA1, 0x61, 0x91] + string)
            expect(.invalidUTF8, at: 2, [0x81] + string + [0xC0])
        }
    }

    @Test("a broken timestamp")
    func timestamp() {
        expect(.invalidTimestamp, at: 4, [0x81, 0xA1, 0x61, 0xD4, 0xFF, 0x00])
        expect(.invalidTimestamp, at: 5, [0x81, 0xA1, 0x61, 0x91, 0xD4, 0xFF, 0x00])
    }

    @Test("nesting beyond the limit, which counts the body's own map", arguments: [1, 2, 5, 511])
    func nesting(_ limit: Int) throws {
        let open: [UInt8] = [0x81, 0xA1, 0x61]
        let deepest = open + [UInt8](repeating: 0x91, count: limit - 1) + [0xC0]
        #expect(throws: Never.self) { try scan(deepest, depthMaximum: limit) }
        let deeper = open + [UInt8](repeating: 0x91, count: limit) + [0xC0]
        expect(.tooDeep, at: 3 + limit - 1, deeper, depthMaximum: limit)
        let farTooDeep = open + [UInt8](repeating: 0x91, count: 10_000) + [0xC0]
        expect(.tooDeep, at: 3 + limit - 1, farTooDeep, depthMaximum: limit)
    }

    @Test("with words that say what and where")
    func words() {
        let error = HubProtocolError(.malformedFrame(MessagePackError(.notMap, at: 0)))
        #expect(error.description == "malformed frame: the value is not a map, at byte 0")
    }
}
