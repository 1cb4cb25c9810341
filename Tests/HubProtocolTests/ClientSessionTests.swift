import HubProtocol
import NIOCore
import TestSupport
import Testing

@testable import Hub

/// A client's session once the hub has let it in.
@Suite struct ClientSessionTests {
    private func ready(
        _ hub: TestHub = TestHub(),
        seed: UInt64? = nil,
        _ configure: (inout HubClientSettings) -> Void = { _ in }
    ) -> SessionPair {
        let pair = SessionPair(hub, seed: seed, configure)
        #expect(pair.take().map(\.type) == ["identified"])
        return pair
    }

    private static func password(_ text: String) -> Proof.ChannelKey { Proof.ChannelKey(password: Array(text.utf8)) }
    private static func protectedHub() -> TestHub { TestHub { $0.channelKeys = ["safe": password("open")] } }

    // MARK: Registrations

    @Test(arguments: [nil, 1, 2] as [UInt64?]) func joiningAndProvidingAreAnswered(seed: UInt64?) {
        let pair = ready(seed: seed)
        let (join, provide) = (pair.register("c"), pair.register("c", event: "e"))
        #expect(join != provide)
        let answers = pair.take().filter { $0.type == "response" }
        #expect(answers.compactMap { $0["request_id"]?.text } == [join, provide, provide])
        #expect(answers.allSatisfy { $0["error"] == nil })
        pair.hub.client("a").call("c", "e", 5, data: 1)
        #expect(pair.take().filter { $0.type == "call" }.map { $0["data"] } == [1])
    }

    @Test(arguments: [nil, 1, 2] as [UInt64?]) func theRightPasswordIsProvedByItself(seed: UInt64?) {
        let pair = ready(Self.protectedHub(), seed: seed) { $0.channelKeys = ["safe": Self.password("open")] }
        let (join, provide) = (pair.register("safe"), pair.register("safe", event: "e"))
        let heard = pair.take()
        #expect(!heard.contains { $0.type == "auth_challenge" })
        #expect(
            heard.filter { $0.type == "response" && $0["error"] == nil }.compactMap { $0["request_id"]?.text } == [
                join, provide, provide,
            ]
        )
        let proofs = pair.sent.filter { $0["proof"] != nil }
        #expect(proofs.map { $0["event"] } == [nil, "e"])
        #expect(proofs.allSatisfy { $0["is_provider"] == .bool($0["event"] != nil) })
    }

    @Test func withoutAPasswordTheChallengeIsTheAnswer() {
        let pair = ready(Self.protectedHub())
        let join = pair.register("safe")
        let heard = pair.take()
        #expect(heard.map(\.type) == ["auth_challenge"])
        #expect(heard.first?["request_id"]?.text == join)
    }

    @Test func aWrongPasswordIsAnsweredWithAnError() {
        let pair = ready(Self.protectedHub()) { $0.channelKeys = ["safe": Self.password("guess")] }
        _ = pair.register("safe")
        pair.pass(.seconds(1))
        #expect(pair.take().compactMap { $0["error"]?.text } == ["Invalid channel password"])
    }

    @Test func aChallengeThatNobodyCausedIsHandedOn() {
        let pair = ready { $0.channelKeys = ["safe": Self.password("open")] }
        let sentCount = pair.sent.count
        pair.feed([
            "type": "auth_challenge", "channel": "safe", "challenge": "x", "challenge_id": "y", "request_id": "r77",
        ])
        #expect(pair.take().map(\.type) == ["auth_challenge"])
        #expect(pair.sent.count == sentCount)
    }

    /// A hub cannot have one challenge answered for ever.
    @Test func aChallengeAfterTheAnswerIsHandedOn() {
        let pair = ready(Self.protectedHub()) { $0.channelKeys = ["safe": Self.password("open")] }
        let join = pair.register("safe")
        _ = pair.take()
        let sentCount = pair.sent.count
        pair.feed([
            "type": "auth_challenge", "channel": "safe", "challenge": "x", "challenge_id": "y",
            "request_id": .string(join),
        ])
        #expect(pair.take().map(\.type) == ["auth_challenge"])
        #expect(pair.sent.count == sentCount)
    }

    @Test func answersMayComeInAnyOrder() {
        let pair = ready { $0.channelKeys = ["a": Self.password("1"), "b": Self.password("2")] }
        pair.alter = { _ in nil }
        let (a, b) = (pair.register("a"), pair.register("b", event: "e"))
        pair.settle()
        func challenge(_ channel: TestValue, _ id: String) -> TestValue {
            [
                "type": "auth_challenge", "channel": channel, "challenge": "x", "challenge_id": .string("for \(id)"),
                "request_id": .string(id),
            ]
        }
        pair.feed(challenge("b", b), challenge("a", a))
        #expect(pair.take() == [])
        let proofs = pair.sent.suffix(2)
        #expect(proofs.map { $0["channel"] } == ["b", "a"])
        #expect(proofs.map { $0["challenge_id"] } == [.string("for \(b)"), .string("for \(a)")])
        #expect(proofs.last?["proof"]?.text == TestProof.channel(password: "1", challenge: "x"))
        pair.feed(["type": "response", "request_id": .string(a)], ["type": "response", "request_id": .string(b)])
        #expect(pair.take().map { $0["request_id"]?.text } == [a, b])
    }

    @Test func requestIDsAreUsedOnce() {
        let pair = ready()
        let ids = (0..<50).map { $0 % 2 == 0 ? pair.makeRequestID() : pair.register("c\($0)") }
        #expect(Set(ids).count == 50)
    }

    // MARK: Time

    @Test func anIdleSessionPingsAndLives() {
        let pair = ready()
        pair.pass(.seconds(600))
        #expect(pair.failure == nil)
        #expect(!pair.hubClosed)
        #expect(pair.sent.count { $0.type == "ping" } == 60)
        #expect(pair.take().allSatisfy { $0.type == "pong" })
    }

    /// A hub hangs up on clients that say nothing, however much it says to them.
    @Test func aSessionThatOnlyListensPingsToo() {
        let pair = ready()
        _ = pair.register("c")
        pair.settle()
        let talker = pair.hub.client("a")
        talker.join("c")
        for number in 0..<120 {
            talker.broadcast("c", .int(number))
            pair.pass(.seconds(1))
        }
        #expect(!pair.hubClosed)
        #expect(pair.failure == nil)
        #expect(pair.take().count { $0.type == "broadcast" } == 120)
    }

    @Test func aHubThatFallsSilentIsGivenTwentyFiveSeconds() {
        let pair = ready()
        pair.isDead = true
        pair.pass(.milliseconds(24_999))
        #expect(pair.failure == nil)
        pair.pass(.milliseconds(1))
        #expect(pair.failure == HubClientFailure(.silent(seconds: 25)))
    }

    @Test func anyByteIsASignOfLife() {
        let pair = ready()
        pair.isDead = true
        // One frame, a byte every twenty seconds.
        var frame = ByteBuffer()
        frame.writeFrame(["type": "pong"])
        while let byte = frame.readSlice(length: 1) {
            pair.pass(.seconds(20))
            pair.feed(byte)
        }
        #expect(pair.failure == nil)
        #expect(pair.take().map(\.type) == ["pong"])
        pair.pass(.seconds(26))
        #expect(pair.failure != nil)
    }

    /// The machine slept, or the program did: what the hub said meanwhile lies in the socket, or it answers the ping.
    @Test func timeInWhichTheClientStoodStillIsNotTheHubsSilence() {
        let pair = ready()
        pair.freeze(.seconds(55))
        pair.ring()
        #expect(pair.failure == nil)
        pair.pass(.seconds(60))
        #expect(pair.failure == nil)
        #expect(pair.sent.contains { $0.type == "ping" })
    }

    @Test func aHubThatIsDeadAfterAStandstillIsFoundOut() {
        let pair = ready()
        pair.isDead = true
        pair.freeze(.seconds(55))
        pair.ring()
        #expect(pair.failure == nil)
        pair.pass(.milliseconds(14_999))
        #expect(pair.failure == nil)
        pair.pass(.milliseconds(1))
        #expect(pair.failure == HubClientFailure(.silent(seconds: 70)))
    }

    @Test func aPingIsAnswered() {
        let pair = ready()
        pair.feed(["type": "ping"])
        #expect(pair.take() == [])
        #expect(pair.sent.last == ["type": "pong"])
    }

    @Test func anEndInTheHubsProcessNeedsNoSignsOfLife() throws {
        var session = HubClientSession(attachedTo: "hub", settings: HubClientSettings(clientID: "me", mode: .bridge))
        let state = session.state
        #expect(state == .ready(hubID: "hub", speaksStinger: true))
        #expect(session.output.readableBytes == 0)
        session.received(now: .uptimeNanoseconds(5))
        #expect(session.nextDeadline == .distantFuture)
        try session.deadlineReached(now: .uptimeNanoseconds(1 << 60))
        #expect(session.output.readableBytes == 0)
    }

    // MARK: What is no message

    struct Malformation: CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        var testDescription: String { name }
    }

    static let malformations = [
        Malformation(name: "an empty body", bytes: [0, 0, 0, 0]),
        Malformation(name: "an array", bytes: [0, 0, 0, 1, 0x90]),
        Malformation(name: "a body with something behind it", bytes: [0, 0, 0, 2, 0x80, 0x80]),
        Malformation(name: "a body that is cut", bytes: [0, 0, 0, 3, 0x82, 0xA1, 0x61]),
        Malformation(name: "a lying count", bytes: [0, 0, 0, 5, 0xDF, 0xFF, 0xFF, 0xFF, 0xFF]),
        Malformation(name: "a reserved byte", bytes: [0, 0, 0, 4, 0x81, 0xA1, 0x61, 0xC1]),
        Malformation(name: "no UTF-8", bytes: [0, 0, 0, 4, 0x81, 0xA1, 0xFF, 0xC0]),
        Malformation(name: "a key that is no str", bytes: [0, 0, 0, 3, 0x81, 0x01, 0x01]),
        Malformation(name: "a header of 4 GiB", bytes: [0xFF, 0xFF, 0xFF, 0xFF]),
        Malformation(
            name: "600 levels",
            bytes: [0, 0, 0x02, 0x5C, 0x81, 0xA1, 0x61] + [UInt8](repeating: 0x91, count: 600) + [0xC0]
        ),
    ]

    @Test(arguments: malformations, [1, 3, 1_000]) func aMalformedFrameEndsTheSession(
        _ malformation: Malformation,
        step: Int
    ) {
        for isReady in [false, true] {
            let pair = SessionPair()
            if isReady { pair.settle() }
            pair.isDead = true
            var rest = ByteBuffer(bytes: malformation.bytes)
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(step, rest.readableBytes)) {
                pair.feed(piece)
            }
            switch pair.failure?.code {
            case .malformedFrame: break
            // What has not shown itself to be a hub may be anything.
            case .handshakeBroken where !isReady && malformation.name == "a header of 4 GiB": break
            default:
                Issue.record("\(String(describing: pair.failure))")
                continue
            }
            #expect(pair.failure?.isConfigurationFault == false)
        }
    }

    @Test func aFrameMayBeAsLargeAsTheLimitAndNoLarger() {
        let pair = ready { $0.limits.frameByteMaximum = 1_000 }
        let body: TestValue = ["type": "broadcast", "channel": "c", "data": .binary([UInt8](repeating: 1, count: 956))]
        var frame = ByteBuffer()
        frame.writeFrame(body)
        let size = frame.readableBytes - 4
        #expect(size <= 1_000)
        pair.feed(frame)
        #expect(pair.take().count == 1)
        pair.feed(ByteBuffer(integer: UInt32(1_001)))
        #expect(
            pair.failure
                == HubClientFailure(.malformedFrame(HubProtocolError(.frameTooLarge(byteCount: 1_001, maximum: 1_000))))
        )
    }

    @Test func whatCameAheadOfAMalformedFrameIsHandedOn() {
        let pair = ready()
        var bytes = ByteBuffer()
        for number in 0..<3 { bytes.writeFrame(["type": "broadcast", "channel": "c", "data": .int(number)]) }
        bytes.writeInteger(UInt32(1))
        bytes.writeInteger(UInt8(0x90))
        bytes.writeFrame(["type": "broadcast", "channel": "c", "data": 3])
        pair.feed(bytes)
        #expect(pair.take().compactMap { $0["data"] } == [0, 1, 2])
        #expect(pair.failure != nil)
    }

    // MARK: The wire

    /// The same life of a client on wires that cut and wait differently.
    private func life(_ pair: SessionPair) -> [TestValue] {
        pair.pass(.seconds(1))
        _ = pair.register("safe")
        pair.pass(.seconds(1))
        _ = pair.register("safe", event: "echo")
        pair.pass(.seconds(1))
        let other = pair.hub.client("other")
        other.join("safe", password: "open")
        pair.pass(.seconds(1))
        for number in 0..<20 {
            other.broadcast("safe", .string(String(repeating: "x", count: number * 37)))
            if number % 5 == 0 { pair.send("broadcast", ["channel": "safe", "event": "e", "data": .int(number)]) }
            if number % 7 == 0 { other.call("safe", "echo", .int(number)) }
        }
        pair.pass(.seconds(40))
        other.hangUp()
        pair.pass(.seconds(1))
        #expect(pair.failure == nil)
        return pair.take().map { $0.without("timestamp", "challenge", "challenge_id") }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func whereTheWireCutsDoesNotMatter(seed: UInt64) {
        let hub = { TestHub { $0.channelKeys = ["safe": Self.password("open")] } }
        let settings = { (settings: inout HubClientSettings) in settings.channelKeys = ["safe": Self.password("open")] }
        let whole = life(SessionPair(hub(), settings))
        let cut = life(SessionPair(hub(), delay: .milliseconds(Int64(seed % 4) * 7), seed: seed, settings))
        #expect(whole.count > 30)
        #expect(whole == cut, "seed \(seed)")
    }

    /// A connection that is lost in the middle of whatever it was in, and a new session after it.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func aLostConnectionLeavesNothingBehind(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let hub = Self.protectedHub()
        for _ in 0..<5 {
            let pair = SessionPair(hub, delay: .milliseconds(5), seed: generator.next()) {
                $0.channelKeys = ["safe": Self.password("open")]
            }
            pair.pass(.milliseconds(Int64.random(in: 0...30, using: &generator)))
            if pair.isReady { _ = pair.register("safe", event: "e") }
            pair.pass(.milliseconds(Int64.random(in: 0...30, using: &generator)))
            // The rest of what the hub said is replaced by an end that no frame has.
            pair.isDead = true
            pair.pass(.seconds(120))
            #expect(pair.failure != nil, "seed \(seed)")
            #expect(pair.hubClosed, "seed \(seed)")
        }
        let pair = SessionPair(hub) { $0.channelKeys = ["safe": Self.password("open")] }
        pair.settle()
        _ = pair.register("safe", event: "e")
        #expect(pair.take().filter { $0.type == "response" }.allSatisfy { $0["error"] == nil }, "seed \(seed)")
    }
}
