import Federation
import HubProtocol
import NIOCore
import Testing

@testable import Bridge

/// Channels with passwords: the bridge proves them, checks what comes and signs what goes.
@Suite struct SignatureTests {
    private static func password(_ text: String, _ channel: String) -> ChannelPassword {
        guard let key = try? MessageKey(password: text, channel: channel) else {
            preconditionFailure("no memory for a key")
        }
        return ChannelPassword(channelKey: Proof.ChannelKey(password: Array(text.utf8)), messageKey: key)
    }

    /// Deriving one takes a while.
    private static let west = password("west's", "safe")
    private static let east = password("east's", "safe")
    private static let farEast = password("east's", "vault")

    private struct Scene {
        let pair: Pair
        let near: TestClient
        let far: TestClient
        let name: String

        /// `safe` is protected on both hubs, with a password each.
        init(dialect: Dialect = .stinger, rename: String? = nil, knows: Bool = true) {
            let name = rename ?? "safe"
            self.name = name
            let bench = Bench()
            let west = bench.addHub("west") { $0.channelKeys = ["safe": SignatureTests.west.channelKey] }
            let east = bench.addHub("east") { $0.channelKeys = [name: SignatureTests.east.channelKey] }
            let bridge = bench.addBridge("b", west, east, rules: [.rule("safe", rename: rename)]) {
                guard knows else { return }
                $0.first.channelPasswords = ["safe": SignatureTests.west]
                $0.second.channelPasswords = [name: rename == nil ? SignatureTests.east : SignatureTests.farEast]
            }
            bridge.dialects = [.first: dialect, .second: dialect]
            pair = Pair(bench: bench, west: west, east: east, bridge: bridge)
            near = west.client("near")
            far = east.client("far")
            near.join("safe", password: "west's")
            far.join(name, password: "east's")
            far.join(name, password: "east's", event: "e")
            pair.up()
            bench.pass(.seconds(2))
            bench.quiet()
        }

        var nearKey: MessageKey { SignatureTests.west.messageKey }
        var farKey: MessageKey { (name == "safe" ? SignatureTests.east : SignatureTests.farEast).messageKey }

        /// A message as a client of comm-ipc signs it.
        func signed(_ fields: TestValue, by sender: String, with key: MessageKey) -> TestValue {
            let marks: [String: TestValue] = [
                "timestamp": 1_700_000_000, "sender_id": .string(sender), "origin_server_id": "west",
            ]
            var entries = fields.entries.merging(marks) { given, _ in given }
            entries["signature"] = Self.signature(.map(entries), key).map { .string($0) }
            return .map(entries)
        }

        static func signature(_ frame: TestValue, _ key: MessageKey) -> String? {
            var body = ByteBuffer()
            body.write(frame)
            return body.withUnsafeReadableBytes { key.signature(ofFrame: $0) }
        }

        /// Whether what a receiver got is signed as it has to be.
        func isSound(_ frame: TestValue, _ key: MessageKey) -> Bool {
            var body = ByteBuffer()
            body.write(frame)
            return body.withUnsafeReadableBytes { key.verify(frame: $0) }
        }
    }

    @Test(arguments: Dialect.allCases, [nil, "vault"]) func broadcastsAreSignedAnew(dialect: Dialect, rename: String?) {
        let scene = Scene(dialect: dialect, rename: rename)
        scene.near.send([
            scene.signed(
                ["type": "broadcast", "channel": "safe", "event": "e", "data": ["x": 1]],
                by: "near",
                with: scene.nearKey
            )
        ])
        let frame = scene.pair.bench.takeOne(scene.far)
        #expect(frame["data"] == ["x": 1])
        #expect(frame["channel"]?.text == scene.name)
        #expect(scene.isSound(frame, scene.farKey))
        #expect(!scene.isSound(frame, scene.nearKey))
    }

    @Test func whatDoesNotProveThePasswordIsDropped() {
        let scene = Scene()
        let sound = scene.signed(
            ["type": "broadcast", "channel": "safe", "event": "e", "data": 1],
            by: "near",
            with: scene.nearKey
        )
        let forgeries = [
            sound.without("signature"), scene.signed(sound, by: "near", with: scene.farKey),
            .map(sound.entries.merging(["data": 2]) { $1 }), .map(sound.entries.merging(["signature": "00"]) { $1 }),
            .map(sound.entries.merging(["signature": 7]) { $1 }),
        ]
        for forgery in forgeries { scene.near.send([forgery]) }
        #expect(scene.pair.bench.take(scene.far) == [])
        #expect(scene.pair.bridge.drops(.badSignature) == UInt64(forgeries.count))
        scene.near.send([sound])
        #expect(scene.pair.bench.takeData(scene.far) == [1])
    }

    @Test(arguments: Dialect.allCases, [nil, "vault"]) func callsAreSignedAnew(dialect: Dialect, rename: String?) {
        let scene = Scene(dialect: dialect, rename: rename)
        let call = scene.signed(
            ["type": "call", "channel": "safe", "event": "e", "data": "q", "request_id": "r", "is_final": true],
            by: "near",
            with: scene.nearKey
        )
        scene.near.send([call])
        let asked = scene.pair.bench.takeOne(scene.far)
        #expect(asked["data"] == "q")
        #expect(scene.isSound(asked, scene.farKey))
        scene.far.respond(to: asked["sender_id"]?.text ?? "", asked["request_id"] ?? nil, data: "a")
        let answer = scene.pair.bench.takeOne(scene.near)
        #expect(answer["data"] == "a")
        #expect(answer["request_id"] == "r")
    }

    @Test func aCallWithAWrongSignatureIsDenied() {
        let scene = Scene()
        scene.near.send([
            scene.signed(
                ["type": "call", "channel": "safe", "event": "e", "data": 1, "request_id": "r"],
                by: "near",
                with: scene.farKey
            )
        ])
        #expect(scene.pair.bench.take(scene.far) == [])
        let answer = scene.pair.bench.takeOne(scene.near)
        #expect(answer["reason"] == "denied")
        #expect(answer["error"]?.text?.contains("Invalid signature for channel safe") == true)
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    @Test func sendsAreSignedAnew() {
        let scene = Scene()
        scene.near.send([
            scene.signed(["type": "send", "channel": "safe", "event": "e", "data": 3], by: "near", with: scene.nearKey)
        ])
        let frame = scene.pair.bench.takeOne(scene.far)
        #expect(frame["data"] == 3)
        #expect(scene.isSound(frame, scene.farKey))
    }

    @Test func withoutThePasswordTheChannelDoesNotCross() {
        let scene = Scene(knows: false)
        scene.near.send([
            scene.signed(
                ["type": "broadcast", "channel": "safe", "event": "e", "data": 1],
                by: "near",
                with: scene.nearKey
            )
        ])
        #expect(scene.pair.bench.take(scene.far) == [])
        let refusals = scene.pair.bridge.takeNews().filter { $0.event == .registrationRefused }
        #expect(Set(refusals.compactMap { $0["peer"] }) == ["peer west", "peer east"])
        #expect(refusals.allSatisfy { $0["reason"]?.contains("channel_passwords") == true })
    }

    @Test func noNewsHoldsAPassword() {
        let scene = Scene()
        scene.near.hangUp()
        scene.pair.bridge.down(.first)
        scene.pair.bench.settle()
        let words = scene.pair.bridge.takeNews().flatMap(\.fields).map(\.value).joined()
        #expect(!words.contains("west's") && !words.contains("east's"))
    }

    /// A channel that is protected on one side only.
    @Test func aChannelMayBeOpenOnTheOtherSide() {
        let bench = Bench()
        let west = bench.addHub("west") { $0.channelKeys = ["safe": Self.west.channelKey] }
        let east = bench.addHub("east")
        let bridge = bench.addBridge("b", west, east, rules: [.rule("safe")]) {
            $0.first.channelPasswords = ["safe": Self.west]
        }
        let (near, far) = (west.client("near"), east.client("far"))
        near.join("safe", password: "west's")
        far.join("safe")
        bridge.up(.first)
        bridge.up(.second)
        bench.pass(.seconds(2))
        bench.quiet()
        far.broadcast("safe", 1)
        let frame = bench.takeOne(near)
        #expect(frame["data"] == 1)
        var body = ByteBuffer()
        body.write(frame)
        #expect(body.withUnsafeReadableBytes { Self.west.messageKey.verify(frame: $0) })
        near.broadcast("safe", 2)
        #expect(bench.take(far) == [])
        #expect(bridge.drops(.badSignature) == 1)
        // A call without a timestamp, which hubs add, can't be signed; it ends all the same.
        near.join("safe", password: "west's", event: "e")
        bench.pass(.seconds(1))
        bench.quiet()
        guard let port = bridge.wire(.second)?.port else { return }
        var bytes = ByteBuffer()
        bytes.writeFrame([
            "type": "call", "channel": "safe", "event": "e", "request_id": "r", "sender_id": "far", "data": 1,
        ])
        bridge.relay.received(&bytes, from: port)
        #expect(bench.take(near) == [])
        #expect(bridge.relay.callsInFlight == 0)
        #expect(bridge.drops(.badSignature) == 2)
    }
}
