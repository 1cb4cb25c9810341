import HubProtocol
import NIOCore
import Testing

@testable import Hub

/// Joining a channel that has a password.
@Suite struct ProtectedChannelTests {
    private let test = TestHub { $0.channelKeys = ["p": channelKey("password"), "q": channelKey("other")] }

    private func challenge(_ client: TestClient, _ channel: String = "p", requestID: TestValue = 1) -> TestValue {
        client.send("register", ["channel": .string(channel), "request_id": requestID])
        return client.takeOne()
    }

    private func answer(
        _ client: TestClient,
        _ challenge: TestValue,
        _ channel: String = "p",
        password: String = "password"
    ) -> [TestValue] {
        let proof = TestProof.channel(password: password, challenge: challenge["challenge"]?.text ?? "")
        client.send(
            "register",
            [
                "channel": .string(channel), "challenge_id": challenge["challenge_id"] ?? nil, "proof": .string(proof),
                "request_id": 2,
            ]
        )
        return client.take()
    }

    private func refusal(_ text: String) -> [TestValue] {
        [["type": "response", "request_id": 2, "error": .string(text)]]
    }

    @Test func whoRegistersIsChallenged() {
        let frame = challenge(test.client("a"))
        #expect(
            frame.without("challenge", "challenge_id") == ["type": "auth_challenge", "channel": "p", "request_id": 1]
        )
        let text = frame["challenge"]?.text ?? ""
        #expect(text.count == 32)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(frame["challenge_id"]?.text?.isEmpty == false)
    }

    @Test func whoProvesThePasswordJoinsWithTheFirstRegistration() {
        let a = test.client("a")
        let frames = answer(a, challenge(a))
        #expect(frames.map(\.type) == ["channel_sync", "response"])
        #expect(frames.last?["data"] == ["channel": "p", "event": nil, "authenticated": true])
        #expect(frames.last?["request_id"] == 1)
    }

    @Test func aProviderProvesItselfToo() {
        let a = test.client("a")
        #expect(a.provide("p", "e").map(\.type) == ["auth_challenge"])
        #expect(a.join("p", password: "password", event: "e").first?["success"] == true)
        #expect(a.join("p", password: "password").first?["events"]?["e"]?["owner"] == "a")
    }

    @Test func theOwnerIsChallengedLikeOthers() {
        let a = test.client("a")
        a.join("p", password: "password")
        #expect(a.join("p").map(\.type) == ["auth_challenge"])
    }

    @Test func aWrongProofIsRefusedAndTheConnectionStays() {
        let a = test.client("a")
        #expect(answer(a, challenge(a), password: "Password") == refusal("Invalid channel password"))
        #expect(!a.wasClosed)
        #expect(test.drops(.failedProof) == 1)
        #expect(answer(a, challenge(a)).count == 2)
    }

    @Test func aChallengeIsGoodForOneAnswer() {
        let a = test.client("a")
        let used = challenge(a)
        #expect(answer(a, used).count == 2)
        #expect(answer(a, used) == refusal("Invalid or expired challenge"))
        let failed = challenge(a)
        #expect(answer(a, failed, password: "x") == refusal("Invalid channel password"))
        #expect(answer(a, failed) == refusal("Invalid or expired challenge"))
    }

    @Test func aChallengeIsGoodForOneClient() {
        let a = test.client("a")
        let b = test.client("b")
        #expect(answer(b, challenge(a)) == refusal("Invalid or expired challenge"))
    }

    @Test func aChallengeIsGoodForOneMinute() {
        let a = test.client("a")
        let early = challenge(a)
        let late = challenge(a)
        test.pass(.milliseconds(59_999))
        #expect(answer(a, early).count == 2)
        test.pass(.milliseconds(1))
        #expect(answer(a, late) == refusal("Challenge expired"))
    }

    @Test func aChallengeOpensNoOtherChannel() {
        let a = test.client("a")
        // The password of one channel, proved for the other's challenge.
        #expect(answer(a, challenge(a, "p"), "q", password: "other") == refusal("Invalid or expired challenge"))
        #expect(answer(a, challenge(a, "q"), "q", password: "password") == refusal("Invalid channel password"))
        #expect(a.connection.memberships.isEmpty)
    }

    @Test func aProofWithoutChallengeIsRefused() {
        let a = test.client("a")
        a.send("register", ["channel": "p", "proof": "00", "request_id": 2])
        #expect(a.take() == refusal("Invalid or expired challenge"))
    }

    @Test func ofManyWrongProofsTheLastEndsTheConnection() {
        let test = TestHub {
            $0.channelKeys = ["p": channelKey("password")]
            $0.limits.proofFailuresPerConnection = 3
        }
        let a = test.client("a")
        for count in 1...3 {
            #expect(!a.wasClosed)
            #expect(answer(a, challenge(a), password: "\(count)") == refusal("Invalid channel password"))
        }
        #expect(a.wasClosed)
        #expect(test.hub.clients.isEmpty)
    }

    @Test func aClientThatGuessesIsAnsweredLaterAndNotReadMeanwhile() {
        let test = TestHub {
            $0.channelKeys = ["p": channelKey("password")]
            $0.limits.promptProofFailures = 1
        }
        let a = test.client("a")
        #expect(answer(a, challenge(a), password: "1") == refusal("Invalid channel password"))
        #expect(answer(a, challenge(a), password: "2") == [])
        #expect(a.isPaused)
        a.send("ping")
        test.pass(.milliseconds(99))
        #expect(a.take() == [])
        test.pass(.milliseconds(1))
        #expect(a.take() == refusal("Invalid channel password") + [["type": "pong"]])
        #expect(!a.isPaused)
    }

    @Test func theLastWrongProofIsAnsweredLateToo() {
        let test = TestHub {
            $0.channelKeys = ["p": channelKey("password")]
            $0.limits.promptProofFailures = 0
            $0.limits.proofFailuresPerConnection = 1
        }
        let a = test.client("a")
        #expect(answer(a, challenge(a), password: "1") == [])
        #expect(!a.wasClosed)
        test.pass(.milliseconds(100))
        #expect(a.take() == refusal("Invalid channel password"))
        #expect(a.wasClosed)
        #expect(test.hub.connectionCount == 0)
    }

    @Test(arguments: HubSettings.ErrorPolicy.allCases)
    func underEveryPolicyNothingTellsOfAWrongProofBeforeItsTime(policy: HubSettings.ErrorPolicy) {
        let test = TestHub {
            $0.channelKeys = ["p": channelKey("password")]
            $0.errorPolicy = policy
            $0.limits.promptProofFailures = 0
        }
        let a = test.client("a")
        #expect(answer(a, challenge(a), password: "1") == [])
        #expect(!a.wasClosed)
        test.pass(.milliseconds(100))
        #expect(a.take().contains { $0["error"] == "Invalid channel password" })
        #expect(a.wasClosed == (policy == .raise))
    }
}

func channelKey(_ password: String) -> Proof.ChannelKey { Proof.ChannelKey(password: Array(password.utf8)) }
