import HubProtocol
import NIOCore
import Testing

@testable import Hub

/// How a client's session begins, with a hub at the other end of the wire.
@Suite struct ClientHandshakeTests {
    private static func key(_ secret: String) -> Proof.ConnectionKey { Proof.ConnectionKey(secret: Array(secret.utf8)) }

    private static func hub(_ secret: String? = nil) -> TestHub {
        TestHub { $0.connectionKey = secret.map(key) }
    }

    @Test(arguments: [nil, 1, 2, 3] as [UInt64?], [0, 40] as [Int64])
    func aHubWithoutASecretTakesTheClientIn(seed: UInt64?, delay: Int64) {
        for mode in [nil, ClientMode.client, .bridge] {
            let pair = SessionPair(delay: .milliseconds(delay), seed: seed, mode: mode)
            #expect(!pair.isReady)
            pair.pass(.seconds(1))
            #expect(pair.state == .ready(hubID: "hub", speaksStinger: true))
            #expect(pair.take().map(\.type) == ["identified"])
            #expect(pair.sent.first?["mode"] == mode.map { .string("\($0.wireName)") })
        }
    }

    @Test func aHubThatKnowsNoExtensionsIsRecognised() {
        let pair = SessionPair()
        pair.alter = { $0.without("stinger") }
        pair.settle()
        #expect(pair.state == .ready(hubID: "hub", speaksStinger: false))
    }

    @Test(arguments: [nil, 1, 2, 3] as [UInt64?], [false, true])
    func theRightSecretIsProved(seed: UInt64?, isMutual: Bool) {
        let pair = SessionPair(Self.hub("secret"), seed: seed) {
            $0.connectionKey = Self.key("secret")
            $0.requiresHubProof = isMutual
        }
        pair.settle()
        #expect(pair.isReady)
        #expect(pair.sent.map(\.type) == ["identify", "conn_proof"])
        #expect((pair.sent[0]["hub_challenge"] != nil) == isMutual)
        #expect(pair.take().map(\.type) == ["identified"])
    }

    @Test func aWrongSecretIsTold() {
        let pair = SessionPair(Self.hub("secret")) { $0.connectionKey = Self.key("other") }
        pair.pass(.seconds(1))
        #expect(pair.failure == HubClientFailure(.wrongSecret))
        #expect(pair.failure?.isConfigurationFault == true)
    }

    @Test func aSecretThatIsMissingIsTold() {
        let pair = SessionPair(Self.hub("secret"))
        pair.settle()
        #expect(pair.failure == HubClientFailure(.secretNeeded))
        #expect(pair.sent.map(\.type) == ["identify"])
    }

    @Test func aSecretThatNobodyAsksForIsNotSent() {
        let pair = SessionPair { $0.connectionKey = Self.key("secret") }
        pair.settle()
        #expect(pair.isReady)
        #expect(pair.sent.map(\.type) == ["identify"])
    }

    // MARK: The hub's proof

    @Test func aHubWithAnotherSecretGetsNoProof() {
        let pair = SessionPair(Self.hub("other")) {
            $0.connectionKey = Self.key("secret")
            $0.requiresHubProof = true
        }
        pair.settle()
        #expect(pair.failure == HubClientFailure(.wrongHubProof))
        #expect(pair.sent.map(\.type) == ["identify"])
    }

    @Test func aHubThatCannotProveItselfGetsNoProof() {
        let pair = SessionPair(Self.hub("secret")) {
            $0.connectionKey = Self.key("secret")
            $0.requiresHubProof = true
        }
        pair.alter = { $0.without("stinger", "hub_challenge") }
        pair.settle()
        #expect(pair.failure == HubClientFailure(.hubGaveNoProof))
        #expect(pair.sent.map(\.type) == ["identify"])
    }

    @Test func aHubWithoutASecretHasProvedNothing() {
        let pair = SessionPair {
            $0.connectionKey = Self.key("secret")
            $0.requiresHubProof = true
        }
        pair.settle()
        #expect(pair.failure == HubClientFailure(.hubGaveNoProof))
        #expect(pair.take() == [])
    }

    @Test(arguments: [true, false]) func bothProofsCoverTheCertificate(isTheSame: Bool) {
        let shown = [UInt8](repeating: 7, count: 32)
        let seen = isTheSame ? shown : [UInt8](repeating: 8, count: 32)
        let pair = SessionPair(Self.hub("secret"), binding: (seen, shown)) {
            $0.connectionKey = Self.key("secret")
            $0.requiresHubProof = true
        }
        pair.settle()
        #expect(pair.isReady == isTheSame)
        #expect(pair.failure == (isTheSame ? nil : HubClientFailure(.wrongHubProof)))
    }

    /// Somebody in between passes the hub's proof on, but for another client.
    @Test func aProofForAnotherClientIsNone() {
        let pair = SessionPair(Self.hub("secret")) {
            $0.connectionKey = Self.key("secret")
            $0.requiresHubProof = true
        }
        pair.alter = { frame in
            frame.type == "identify"
                ? TestClient.message("identify", .map(frame.entries.merging(["client_id": "you"]) { $1 })) : frame
        }
        pair.settle()
        #expect(pair.failure == HubClientFailure(.wrongHubProof))
    }

    // MARK: What hubs say instead

    @Test func aTakenIDIsTold() {
        let hub = TestHub()
        _ = hub.client("me")
        let pair = SessionPair(hub)
        pair.settle()
        #expect(pair.failure == HubClientFailure(.refused("Client ID me already in use")))
        #expect(pair.failure?.isConfigurationFault == false)
    }

    @Test(arguments: [9_999, 10_000] as [Int64]) func aHubThatSaysNothingIsGivenTenSeconds(milliseconds: Int64) {
        let pair = SessionPair()
        pair.isDead = true
        pair.freeze(.milliseconds(milliseconds))
        pair.ring()
        #expect(pair.failure == (milliseconds < 10_000 ? nil : HubClientFailure(.handshakeTimedOut)))
    }

    /// Bytes that are no handshake do not prolong it.
    @Test func pingsDoNotProlongTheHandshake() {
        let pair = SessionPair()
        pair.isDead = true
        for _ in 0..<9 {
            pair.freeze(.seconds(1))
            pair.feed(["type": "ping"])
        }
        pair.freeze(.seconds(1))
        pair.ring()
        #expect(pair.failure == HubClientFailure(.handshakeTimedOut))
    }

    struct Breach: CustomTestStringConvertible {
        let frames: [TestValue]
        let code: HubClientFailure.Code
        var testDescription: String { "\(frames.map(\.type))" }

        init(_ frames: TestValue..., code: HubClientFailure.Code) {
            self.frames = frames
            self.code = code
        }
    }

    private static let early = HubClientFailure.Code.handshakeBroken("a message came before the handshake ended")
    private static let identified: TestValue = ["type": "identified", "client_id": "me", "server_id": "hub"]

    static let breaches = [
        Breach(["type": "broadcast", "channel": "c"], code: early),
        Breach(["type": "receive", "channel": "c"], code: early),
        Breach(["type": "call", "channel": "c"], code: early),
        Breach(["type": "response", "request_id": "r1"], code: early),
        Breach(["type": "auth_challenge", "channel": "c"], code: early),
        Breach(["type": "metadata_update"], code: early),
        Breach(["type": "pong"], code: early),
        Breach(["type": "something new"], code: early),
        Breach(["type": 5], code: early),
        Breach([:], code: early),
        Breach(["type": "error", "message": "go away"], code: .refused("go away")),
        Breach(["type": "error"], code: .refused("without a reason")),
        Breach(["type": "error", "message": 7], code: .refused("without a reason")),
        Breach(["type": "conn_challenge"], code: .secretNeeded),
        Breach(["type": "identified", "client_id": "me"], code: .handshakeBroken("identified has no server_id")),
        Breach(["type": "identified", "server_id": ""], code: .handshakeBroken("identified has no server_id")),
        Breach(["type": "identified", "server_id": 4], code: .handshakeBroken("identified has no server_id")),
        Breach(identified, identified, code: .handshakeBroken("identified came twice")),
    ]

    @Test(arguments: breaches) func aHubThatBreaksTheHandshakeIsLeft(breach: Breach) {
        let pair = SessionPair()
        pair.isDead = true
        for frame in breach.frames { pair.feed(frame) }
        #expect(pair.failure == HubClientFailure(breach.code))
    }

    @Test func aChallengeThatIsNoneIsAFault() {
        let pair = SessionPair { $0.connectionKey = Self.key("secret") }
        pair.isDead = true
        pair.feed(["type": "conn_challenge", "challenge": 3])
        #expect(pair.failure == HubClientFailure(.handshakeBroken("conn_challenge has no challenge")))
    }

    @Test func noDescriptionHoldsTheSecret() {
        let pair = SessionPair(Self.hub("other")) { $0.connectionKey = Self.key("s3cret") }
        pair.pass(.seconds(1))
        #expect(pair.failure.map { "\($0)" }?.contains("s3cret") == false)
    }
}
