import HubProtocol
import NIOCore
import Testing

@testable import Hub

/// The secret of a hub (docs/wire/comm-ipc.md, section 2).
@Suite struct SecretTests {
    private func makeHub(_ configure: @escaping (inout HubSettings) -> Void = { _ in }) -> TestHub {
        TestHub {
            $0.connectionKey = Proof.ConnectionKey(secret: Array("secret".utf8))
            configure(&$0)
        }
    }

    private func challenge(_ client: TestClient, _ id: String) -> String {
        client.send("identify", ["client_id": .string(id), "mode": "client"])
        let frame = client.takeOne()
        #expect(frame.type == "conn_challenge")
        #expect(frame["server_id"] == "hub")
        return frame["challenge"]?.text ?? ""
    }

    private func prove(_ client: TestClient, _ challenge: String, secret: String = "secret") {
        client.send("conn_proof", ["proof": .string(TestProof.connection(secret: secret, challenge: challenge))])
    }

    @Test func whoProvesTheSecretIsIdentified() {
        let test = makeHub()
        let client = test.connect()
        let challenge = challenge(client, "a")
        #expect(challenge.count == 64)
        #expect(challenge.allSatisfy { "0123456789abcdef".contains($0) })
        prove(client, challenge)
        #expect(client.takeOne() == ["type": "identified", "client_id": "a", "server_id": "hub"])
    }

    @Test func everyChallengeIsAnother() {
        let test = makeHub()
        #expect(challenge(test.connect(), "a") != challenge(test.connect(), "b"))
    }

    @Test func aWrongProofEndsTheConnection() {
        let test = makeHub()
        let client = test.connect()
        prove(client, challenge(client, "a"), secret: "Secret")
        #expect(client.takeOne() == ["type": "error", "message": "Authentication failed"])
        #expect(client.wasClosed)
        #expect(test.drops(.failedProof) == 1)
    }

    @Test(arguments: [nil, 1, "", "00", .string(String(repeating: "g", count: 64))] as [TestValue])
    func aProofThatIsNoneEndsTheConnection(proof: TestValue) {
        let test = makeHub()
        let client = test.connect()
        _ = challenge(client, "a")
        client.send("conn_proof", ["proof": proof])
        #expect(client.takeOne()["message"] == "Authentication failed")
        #expect(client.wasClosed)
    }

    @Test func aProofForAnotherConnectionsChallengeIsWrong() {
        let test = makeHub()
        let one = test.connect()
        let other = test.connect()
        let stolen = challenge(one, "a")
        _ = challenge(other, "b")
        prove(other, stolen)
        #expect(other.takeOne()["message"] == "Authentication failed")
    }

    @Test func nothingElseIsHeardBeforeTheProof() {
        let test = makeHub()
        let client = test.connect()
        _ = challenge(client, "a")
        client.send("register", ["channel": "c"])
        #expect(client.takeOne()["message"] == "Not authenticated")
        #expect(client.wasClosed)
    }

    @Test func ofTwoThatProveThemselvesWithOneIDTheFirstHasIt() {
        let test = makeHub()
        let one = test.connect()
        let other = test.connect()
        let challenges = (challenge(one, "a"), challenge(other, "a"))
        prove(other, challenges.1)
        #expect(other.takeOne().type == "identified")
        prove(one, challenges.0)
        #expect(one.takeOne()["message"] == "Client ID a already in use")
        other.send("ping")
        #expect(other.takeOne().type == "pong")
    }

    @Test func theTenSecondsIncludeTheProof() {
        let test = makeHub()
        let client = test.connect()
        test.pass(.seconds(9))
        _ = challenge(client, "a")
        test.pass(.seconds(1))
        #expect(client.wasClosed)
    }

    @Test func wrongProofsFromOneHostAreAnsweredLaterAndLater() {
        let test = makeHub()
        var delays: [Int64] = []
        for _ in 0..<6 {
            let client = test.connect(host: "guesser")
            prove(client, challenge(client, "a"), secret: "guess")
            let start = test.now
            while !client.wasClosed { test.pass(.milliseconds(50)) }
            #expect(client.takeOne()["message"] == "Authentication failed")
            delays.append((test.now - start).nanoseconds / 1_000_000)
        }
        #expect(delays == [0, 0, 0, 100, 200, 400])
        let neighbour = test.connect(host: "neighbour")
        prove(neighbour, challenge(neighbour, "a"), secret: "guess")
        #expect(neighbour.wasClosed)
    }

    @Test func aPenalisedConnectionIsNotReadAndNotHeard() {
        let test = makeHub { $0.limits.promptProofFailures = 0 }
        let client = test.connect()
        let challenge = challenge(client, "a")
        prove(client, challenge, secret: "guess")
        #expect(client.isPaused)
        client.isPaused = false
        prove(client, challenge)
        #expect(client.take() == [])
        test.pass(.milliseconds(100))
        #expect(client.takeOne()["message"] == "Authentication failed")
        #expect(client.wasClosed)
        #expect(test.hub.connectionCount == 0)
    }

    @Test func aPenalisedClientThatHangsUpIsForgotten() {
        let test = makeHub { $0.limits.promptProofFailures = 0 }
        let client = test.connect()
        prove(client, challenge(client, "a"), secret: "guess")
        client.hangUp()
        test.pass(.seconds(1))
        #expect(test.strayOutputCount == 0)
        #expect(test.hub.connectionCount == 0)
    }
}
