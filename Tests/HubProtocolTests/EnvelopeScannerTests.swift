import HubProtocol
import MessagePack
import Testing

@Suite("Scanning a body for its envelope")
struct EnvelopeScannerTests {
    @Test("tells the kind by the type, wherever it stands", arguments: MessageKindTests.names)
    func kinds(_ name: String, _ kind: MessageKind) throws {
        let type = Value.string(name)
        #expect(try scan(["type": type]).kind == kind)
        #expect(try scan(["channel": "c", "data": ["type": "ping"], "type": type]).kind == kind)
    }

    @Test("finds no kind in a body without a type, or with one that is unknown")
    func noKind() throws {
        #expect(try scan([:]).kind == .unknown)
        #expect(try scan(["type": nil]).kind == .unknown)
        #expect(try scan(["type": ""]).kind == .unknown)
        #expect(try scan(["type": "pang"]).kind == .unknown)
        #expect(try scan(["kind": "ping", "data": ["type": "call"]]).kind == .unknown)
    }

    @Test("says where each field lies")
    func fields() throws {
        let body: Body = [
            "type": "call", "channel": "room", "x": 1, "event": "add", "sub_name": "news", "target_id": "bob",
            "request_id": "r-1", "sender_id": "eve", "path": ["hub-a", "hub-b"], "timestamp": 1_700_000_000,
            "origin_server_id": "hub-a", "data": ["deep": [1, 2]], "error": nil, "is_stream": true, "is_final": true,
        ]
        let bytes = body.bytes
        let envelope = try scan(bytes)
        #expect(envelope.kind == .call)
        #expect(envelope.entryCount == 15)
        #expect(envelope.entriesStart == 1)
        #expect(text(envelope.channel, bytes) == "room")
        #expect(text(envelope.event, bytes) == "add")
        #expect(text(envelope.subscription, bytes) == "news")
        #expect(text(envelope.targetID, bytes) == "bob")
        let fields: [(Envelope.Field, Int, Value)] = [
            (envelope.requestID, 6, "r-1"), (envelope.senderID, 7, "eve"), (envelope.path, 8, ["hub-a", "hub-b"]),
            (envelope.timestamp, 9, 1_700_000_000), (envelope.originServerID, 10, "hub-a"),
            (envelope.data, 11, ["deep": [1, 2]]),
        ]
        for (field, index, value) in fields {
            #expect(field.isPresent)
            #expect(Int(field.keyStart) == body.offset(ofEntry: index))
            #expect(Int(field.end) == body.offset(ofEntry: index + 1))
            #expect(try bytes.withUnsafeBytes { try Value($0.slice(field)) } == value)
        }
        #expect(envelope.hasError)
        #expect(envelope.isStream)
        #expect(envelope.isFinal)
        #expect(envelope.wrongType == nil)
    }

    /// The byte counts of the four names.
    private func names(_ envelope: Envelope) -> [UInt32] {
        [envelope.channel.count, envelope.event.count, envelope.subscription.count, envelope.targetID.count]
    }

    @Test("finds no field where there is none")
    func absentFields() throws {
        let envelope = try scan(["type": "ping", "other": ["channel": "c", "request_id": 1]])
        #expect(names(envelope) == [0, 0, 0, 0])
        let fields = [
            envelope.requestID, envelope.senderID, envelope.path, envelope.timestamp, envelope.originServerID,
            envelope.data,
        ]
        #expect(fields.map(\.isPresent) == [false, false, false, false, false, false])
        #expect(!envelope.hasError)
        #expect(!envelope.isStream)
        #expect(!envelope.isFinal)
    }

    @Test("takes nil for an absent name, request id or flag")
    func nilValues() throws {
        let envelope = try scan([
            "type": "call", "channel": nil, "event": nil, "sub_name": nil, "target_id": nil, "request_id": nil,
            "is_stream": nil, "is_final": nil,
        ])
        #expect(names(envelope) == [0, 0, 0, 0])
        #expect(!envelope.requestID.isPresent)
        #expect(!envelope.isStream)
        #expect(!envelope.isFinal)
        #expect(envelope.wrongType == nil)
    }

    @Test("takes a nil sender, timestamp, origin or data as present")
    func presentNils() throws {
        let envelope = try scan(["sender_id": nil, "timestamp": nil, "origin_server_id": nil, "data": nil])
        #expect(envelope.senderID.isPresent)
        #expect(envelope.timestamp.isPresent)
        #expect(envelope.originServerID.isPresent)
        #expect(envelope.data.isPresent)
        #expect(envelope.wrongType == nil)
    }

    @Test("takes integers and strings for request ids", arguments: ["7", "a", 7, -1, .int(.max)] as [Value])
    func requestIDs(_ id: Value) throws {
        let body: Body = ["request_id": id]
        let envelope = try scan(body.bytes)
        #expect(envelope.wrongType == nil)
        #expect(body.bytes.withUnsafeBytes { Array($0.slice(envelope.requestID)) } == id.messagePack)
    }

    /// One value of each kind.
    private static let kinds: [(name: String, value: Value)] = [
        ("nil", nil), ("bool", true), ("int", 1), ("double", .double(1)), ("string", "s"), ("binary", .binary([1])),
        ("array", []), ("map", [:]), ("ext", .ext([5, 1])),
    ]

    /// The kinds that each key may have; nil: any.
    private static let allowed: [(EnvelopeKey, Set<String>?)] = [
        (.type, ["string", "nil"]), (.channel, ["string", "nil"]), (.event, ["string", "nil"]),
        (.subName, ["string", "nil"]), (.targetID, ["string", "nil"]), (.requestID, ["string", "int", "nil"]),
        (.path, ["array"]), (.isStream, ["bool", "nil"]), (.isFinal, ["bool", "nil"]), (.senderID, nil),
        (.timestamp, nil), (.originServerID, nil), (.data, nil), (.error, nil),
    ]

    @Test("notes a value of the wrong type under each key", arguments: allowed)
    func wrongTypes(_ key: EnvelopeKey, _ allowed: Set<String>?) throws {
        for (name, value) in Self.kinds {
            let isAllowed = allowed?.contains(name) ?? true
            var body: Body = ["a": 1]
            body.add("\(key.wireName)", value)
            body.add("z", 2)
            #expect(try scan(body.bytes).wrongType == (isAllowed ? nil : key), "\(key.wireName): \(name)")
        }
    }

    @Test("asks the types of every key that it knows")
    func allKeysAsked() {
        #expect(Set(Self.allowed.map(\.0)) == Set(EnvelopeKey.allCases))
    }

    @Test("notes the first of several wrong types, and goes on")
    func firstWrongType() throws {
        let envelope = try scan(["event": 1, "type": "call", "channel": 2, "request_id": "r"])
        #expect(envelope.wrongType == .event)
        #expect(envelope.kind == .call)
        #expect(envelope.requestID.isPresent)
    }

    @Test("takes keys and values in their longer forms")
    func longForms() throws {
        // {str32 "type": str16 "ping", str8 "channel": str32 "c"}, under a map 32 head.
        let type: [UInt8] = [0xDB, 0, 0, 0, 4] + Array("type".utf8) + [0xDA, 0, 4] + Array("ping".utf8)
        let channel: [UInt8] = [0xD9, 7] + Array("channel".utf8) + [0xDB, 0, 0, 0, 1] + Array("c".utf8)
        let bytes = [0xDF, 0, 0, 0, 2] + type + channel
        let envelope = try scan(bytes)
        #expect(envelope.kind == .ping)
        #expect(envelope.entryCount == 2)
        #expect(envelope.entriesStart == 5)
        #expect(text(envelope.channel, bytes) == "c")
    }

    @Test(
        "passes keys that are nearly known",
        arguments: ["Type", "typ", "types", "chan", "is_strea", "request-id", ""]
    )
    func nearMisses(_ key: String) throws {
        let envelope = try scan([key: ["x": .binary([0xC1])]])
        #expect(envelope.kind == .unknown)
        #expect(envelope.wrongType == nil)
        #expect(envelope.entryCount == 1)
    }
}

/// The envelope of a body written down as entries.
func scan(_ body: Body) throws -> Envelope { try scan(body.bytes) }

func scan(_ bytes: [UInt8], depthMaximum: Int = 511) throws -> Envelope {
    let scanner = EnvelopeScanner(depthMaximum: depthMaximum)
    return try bytes.withUnsafeBytes { try scanner.scan($0) }
}

private func text(_ text: Envelope.Text, _ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { String(decoding: $0.slice(text), as: UTF8.self) }
}
