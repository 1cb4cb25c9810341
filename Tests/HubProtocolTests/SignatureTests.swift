import HubProtocol
import MessagePack
import Testing

@Suite("The text of a signature")
struct SignatureTextTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let value: [UInt8]
        let json: String

        var testDescription: String { String(json.prefix(80)) }

        static let all = SignatureTextVectors.text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            return Vector(value: unhex(parts[0]), json: String(parts[1]))
        }
    }

    /// The text of a frame whose `data` is the value and that has a timestamp besides.
    private func text(data: [UInt8], overriding: [SignedField: MessagePackValue] = [:]) -> String? {
        var body: Body = ["timestamp": 5]
        body.add("data", raw: data)
        return text(body, overriding: overriding)
    }

    private func text(_ body: Body, overriding: [SignedField: MessagePackValue] = [:]) -> String? {
        body.bytes.withUnsafeBytes { bytes in
            guard let text = SignatureText(ofFrame: bytes) else { return nil }
            var all: [UInt8] = []
            let isWhole = text.write(overriding: overriding, emit: { all += $0 })
            return isWhole ? String(decoding: all, as: UTF8.self) : nil
        }
    }

    private func frameText(
        channel: String = "\"\"",
        data: String = "null",
        event: String = "\"\"",
        isFinal: String = "true",
        isStream: String = "false",
        origin: String = "null",
        request: String = "null",
        sender: String = "\"\"",
        sub: String = "null",
        target: String = "null",
        timestamp: String = "5"
    ) -> String {
        """
        channel:\(channel)|data:\(data)|event:\(event)|is_final:\(isFinal)|is_stream:\(isStream)|origin_server_id:\(origin)\
        |request_id:\(request)|sender_id:\(sender)|sub_name:\(sub)|target_id:\(target)|timestamp:\(timestamp)
        """
    }

    @Test("has the data as Python's json writes it", arguments: Vector.all)
    func data(_ vector: Vector) {
        #expect(text(data: vector.value) == frameText(data: vector.json))
    }

    @Test("has as many vectors as it should")
    func vectorCount() {
        #expect(Vector.all.count >= 250)
    }

    @Test("takes what has no JSON in a form of its own")
    func beyondJSON() throws {
        #expect(text(data: MessagePackValue.binary([]).encoded) == frameText(data: "\"\""))
        #expect(text(data: MessagePackValue.binary(Array("ä\"".utf8)).encoded) == frameText(data: #""\u00e4\"""#))
        #expect(text(data: MessagePackValue.binary([0x61, 0xFF, 0x0A]).encoded) == frameText(data: "b\"61ff0a\""))
        #expect(text(data: MessagePackValue.ext(type: 5, [0x61]).encoded) == frameText(data: "[5,\"a\"]"))
        let time = MessagePackValue.ext(type: -1, [0, 0, 0, 0xFF])
        #expect(text(data: time.encoded) == frameText(data: "[-1,b\"000000ff\"]"))
        let keys: MessagePackValue = .map([.init(.binary([0x6B]), 1), .init("k", 2), .init(.binary([0xFF]), 3)])
        #expect(text(data: keys.encoded) == frameText(data: "{\"k\":2,b\"ff\":3}"))
    }

    @Test("fills in what a message leaves out, and reads nil names as empty")
    func absent() {
        #expect(text(["timestamp": 5]) == frameText())
        #expect(text(["timestamp": 5, "channel": nil, "sender_id": nil, "event": nil]) == frameText())
        #expect(text(["timestamp": 5, "target_id": nil, "request_id": nil, "sub_name": nil]) == frameText())
        #expect(text([:]) == nil)
        #expect(text(["timestamp": nil]) == nil)
    }

    @Test(
        "is none where a value is of a kind that no receiver takes",
        arguments: [
            ("channel", 1), ("event", 1), ("sender_id", true), ("origin_server_id", 3), ("sub_name", []),
            ("target_id", 1), ("request_id", []), ("is_final", nil), ("is_stream", nil), ("is_final", 1),
            ("is_stream", "yes"), ("timestamp", "5"),
        ] as [(String, Value)]
    )
    func wrongKinds(_ key: String, _ value: Value) {
        var body: Body = key == "timestamp" ? [:] : ["timestamp": 5]
        body.add(key, value)
        #expect(text(body) == nil)
    }

    @Test("has what overrides a key, wherever the key stood")
    func overriding() {
        let body: Body = ["channel": "a", "timestamp": 9, "sender_id": "b", "data": ["x": 1]]
        #expect(
            text(body, overriding: [.senderID: "c", .channel: "d", .timestamp: 5, .requestID: "r", .isFinal: false])
                == frameText(
                    channel: "\"d\"",
                    data: "{\"x\":1}",
                    isFinal: "false",
                    request: "\"r\"",
                    sender: "\"c\""
                )
        )
        #expect(text([:], overriding: [.timestamp: 5]) == frameText())
        #expect(text(["timestamp": 5], overriding: [.channel: 3]) == nil)
    }

    @Test("is none of bytes that are not one sound map")
    func notOneMap() {
        for bytes: [UInt8] in [[], [0xC0], [0x81], [0x80, 0xC0], [0x81, 0x01, 0x02], [0x81, 0xA1, 0x61, 0xC1]] {
            #expect(bytes.withUnsafeBytes { SignatureText(ofFrame: $0) == nil })
        }
    }

    @Test("of maps in maps, each with a sibling, takes time in proportion to the frame")
    func deepMaps() throws {
        // 500 levels above a megabyte of values: work that repeats at each level would take minutes.
        let levels = 500
        let opening: [UInt8] = [0x82, 0xA1, 0x62, 0x01, 0xA1, 0x61]
        let inner: [UInt8] = [0xDD, 0x00, 0x10, 0x00, 0x00] + [UInt8](repeating: 0x01, count: 0x10_0000)
        let data = (0..<levels).flatMap { _ in opening } + inner
        let text = try #require(self.text(data: data))
        #expect(text.contains(String(repeating: "{\"a\":", count: levels) + "[1,1,1"))
        #expect(text.contains("1,1]" + String(repeating: ",\"b\":1}", count: levels)))
    }
}

@Suite("Signing and verifying")
struct MessageKeyTests {
    /// As in Integration/signatures/vectors.py.
    static let keys = try! [
        MessageKey(password: "swordfish", channel: "secure"),
        MessageKey(password: "пароль", channel: "köln/☂"),
        MessageKey(password: "", channel: "empty"),
        MessageKey(password: String(repeating: "a", count: 100), channel: "x"),
    ]

    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let key: MessageKey
        /// What the receiving client reckons; nil where it cannot read the message.
        let signature: String?
        let isTaken: Bool
        let body: [UInt8]

        var testDescription: String { name }

        static let all =
            vectors("0.1.5", SignatureFrameVectors.older)
            + vectors("0.1.16", SignatureFrameVectors.newer)

        private static func vectors(_ release: String, _ text: String) -> [Vector] {
            text.split(separator: "\n").enumerated().map { number, line in
                let parts = line.split(separator: " ")
                return Vector(
                    name: "\(release), \(number)",
                    key: keys[Int(parts[0])!],
                    signature: parts[1] == "-" ? nil : String(parts[1]),
                    isTaken: parts[2] == "taken",
                    body: unhex(parts[3])
                )
            }
        }
    }

    private func verify(_ key: MessageKey, _ body: [UInt8]) -> Bool {
        body.withUnsafeBytes { key.verify(frame: $0) }
    }

    private func sign(_ key: MessageKey, _ body: Body, _ overriding: [SignedField: MessagePackValue] = [:]) -> String? {
        body.bytes.withUnsafeBytes { key.signature(ofFrame: $0, overriding: overriding) }
    }

    @Test("agree with the clients of both releases", arguments: Vector.all)
    func vectors(_ vector: Vector) {
        #expect(vector.body.withUnsafeBytes { vector.key.signature(ofFrame: $0) } == vector.signature)
        #expect(verify(vector.key, vector.body) == vector.isTaken)
    }

    @Test("have vectors of either outcome")
    func vectorCount() {
        #expect(Vector.all.count >= 200)
        #expect(Vector.all.filter(\.isTaken).count >= 100)
        #expect(Vector.all.filter { !$0.isTaken && $0.signature != nil }.count >= 20)
        #expect(Vector.all.filter { $0.signature == nil }.count >= 5)
    }

    @Test("agree with each other, and with no other key")
    func roundTrip() throws {
        let body: Body = ["channel": "c", "event": "e", "data": [1, 2], "timestamp": 5, "sender_id": "a"]
        let signature = try #require(sign(Self.keys[0], body))
        #expect(signature.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        var signed = body
        signed.add("signature", .string(signature))
        #expect(verify(Self.keys[0], signed.bytes))
        for other in Self.keys.dropFirst() { #expect(!verify(other, signed.bytes)) }
        #expect(try !verify(MessageKey(password: "swordfish", channel: "secured"), signed.bytes))
    }

    @Test("sign what the hub will put in")
    func overriding() throws {
        let sent: Body = ["channel": "c", "sender_id": "original", "data": 1, "timestamp": 5]
        var received: Body = ["channel": "c", "sender_id": "bridge", "data": 1, "timestamp": 5]
        received.add("signature", .string(try #require(sign(Self.keys[1], sent, [.senderID: "bridge"]))))
        #expect(verify(Self.keys[1], received.bytes))
        #expect(received.bytes.withUnsafeBytes { !Self.keys[1].verify(frame: $0, overriding: [.senderID: "x"]) })
    }

    @Test("refuse a signature that is none")
    func noSignature() throws {
        let body: Body = ["channel": "c", "timestamp": 5]
        let right = try #require(sign(Self.keys[0], body))
        var bare = body
        bare.add("signature", .string(right))
        #expect(verify(Self.keys[0], bare.bytes))
        let wrong: [Value] = [
            nil, "", true, 1, .string(right.uppercased()), .string(right + "0"), .string(String(right.dropLast())),
            .binary(Array(right.utf8)), .string(String(right.reversed())), .string(String(repeating: "0", count: 64)),
        ]
        for value in wrong {
            var body = body
            body.add("signature", value)
            #expect(!verify(Self.keys[0], body.bytes), "\(value)")
        }
        #expect(!verify(Self.keys[0], body.bytes))
        #expect(!verify(Self.keys[0], []))
        #expect(!verify(Self.keys[0], [0xC0]))
    }
}

private func unhex(_ text: some StringProtocol) -> [UInt8] {
    let digits = text.utf8.map { $0 <= UInt8(ascii: "9") ? $0 - UInt8(ascii: "0") : $0 - UInt8(ascii: "a") + 10 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
