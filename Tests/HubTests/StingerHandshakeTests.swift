import HubProtocol
import NIOCore
import Testing

@testable import Hub

/// The handshake of a client that speaks stinger (docs/wire/comm-ipc.md, section 11).
@Suite struct StingerHandshakeTests {
    private static let hubChallenge = String(repeating: "5a", count: 32)

    private func makeHub(_ configure: @escaping (inout HubSettings) -> Void = { _ in }) -> TestHub {
        TestHub {
            $0.connectionKey = Proof.ConnectionKey(secret: Array("secret".utf8))
            configure(&$0)
        }
    }

    private func identify(_ client: TestClient, _ fields: [String: TestValue]) -> TestValue {
        client.send("identify", .map(fields.merging(["client_id": "a"]) { $1 }))
        return client.takeOne()
    }

    private func mutual(
        _ prover: String,
        _ challenge: String,
        binding: String = "",
        secret: String = "secret"
    ) -> String {
        TestProof.mutual(
            prover,
            secret: secret,
            client: "a",
            server: "hub",
            hubChallenge: Self.hubChallenge,
            challenge: challenge,
            binding: binding
        )
    }

    // MARK: The version

    @Test(arguments: [1, 2, 70_000] as [TestValue]) func everyVersionIsAnsweredWithTheHubs(version: TestValue) {
        let test = TestHub()
        let client = test.connect()
        let answer = identify(client, ["stinger": version])
        #expect(answer == ["type": "identified", "client_id": "a", "server_id": "hub", "stinger": 1])
        #expect(client.connection.speaksStinger)
        #expect(client.connection.hearsMembership)
        #expect(!client.connection.isStingerBridge)
    }

    @Test func aBridgeThatSpeaksStingerIsOne() {
        let test = TestHub()
        #expect(test.bridge("b").connection.isStingerBridge)
        #expect(!test.client("c", mode: "bridge").connection.isStingerBridge)
    }

    @Test(arguments: [[:], ["stinger": nil], ["mode": "client"], ["hub_challenge": 7]] as [[String: TestValue]])
    func whoDoesNotAskForItIsServedAsEver(fields: [String: TestValue]) {
        let test = TestHub()
        let client = test.connect()
        #expect(identify(client, fields) == ["type": "identified", "client_id": "a", "server_id": "hub"])
        #expect(!client.connection.speaksStinger)
        #expect(client.connection.hearsMembership == (fields["mode"] != nil))
        let locked = makeHub()
        let other = locked.connect()
        #expect(Set(identify(other, fields).entries.keys) == ["type", "challenge", "server_id"])
    }

    @Test(arguments: [0, -1, "1", true, 1.0, ["v": 1]] as [TestValue]) func aVersionThatIsNoneIsRefused(
        version: TestValue
    ) {
        let test = TestHub()
        let client = test.connect()
        let refusal: TestValue = ["type": "error", "message": "identify: stinger must be an integer of at least 1"]
        #expect(identify(client, ["stinger": version]) == refusal)
        #expect(client.wasClosed)
    }

    // MARK: Both prove themselves

    @Test func withASecretTheChallengeSaysTheVersionAndThePlainProofIsTaken() {
        let test = makeHub()
        let client = test.connect()
        let challenge = identify(client, ["stinger": 1])
        #expect(challenge["stinger"] == 1)
        #expect(challenge["hub_proof"] == nil)
        let text = challenge["challenge"]?.text ?? ""
        client.send("conn_proof", ["proof": .string(TestProof.connection(secret: "secret", challenge: text))])
        #expect(client.takeOne() == ["type": "identified", "client_id": "a", "server_id": "hub", "stinger": 1])
    }

    @Test func aHubThatIsAskedToProvesItselfFirst() {
        let test = makeHub()
        let client = test.connect()
        let challenge = identify(client, ["stinger": 1, "hub_challenge": .string(Self.hubChallenge)])
        let text = challenge["challenge"]?.text ?? ""
        #expect(
            challenge == [
                "type": "conn_challenge", "challenge": .string(text), "server_id": "hub", "stinger": 1,
                "hub_proof": .string(mutual("hub", text)),
            ]
        )
        client.send("conn_proof", ["proof": .string(mutual("client", text))])
        #expect(client.takeOne().type == "identified")
    }

    @Test func theProofsAreBoundToTheCertificate() {
        let test = makeHub()
        let client = test.connect()
        client.connection.channelBinding = [0x00, 0xAB, 0xFF]
        let challenge = identify(client, ["stinger": 1, "hub_challenge": .string(Self.hubChallenge)])
        let text = challenge["challenge"]?.text ?? ""
        #expect(challenge["hub_proof"] == .string(mutual("hub", text, binding: "00abff")))
        client.send("conn_proof", ["proof": .string(mutual("client", text, binding: "00abff"))])
        #expect(client.takeOne().type == "identified")
    }

    @Test func theHubIsToldTheBindingOfAConnection() {
        let test = makeHub()
        #expect(test.hub.open(address: "", host: "", channelBinding: [1]).channelBinding == [1])
        #expect(test.hub.open(address: "", host: "").channelBinding == nil)
    }

    @Test(arguments: ["plain", "the hub's", "another binding", "another secret"])
    func afterwardsAnyOtherProofIsWrong(kind: String) {
        let test = makeHub()
        let client = test.connect()
        let challenge = identify(client, ["stinger": 1, "hub_challenge": .string(Self.hubChallenge)])
        let text = challenge["challenge"]?.text ?? ""
        let proof =
            switch kind {
            case "plain": TestProof.connection(secret: "secret", challenge: text)
            case "the hub's": challenge["hub_proof"]?.text ?? ""
            case "another binding": mutual("client", text, binding: "00")
            default: mutual("client", text, secret: "guess")
            }
        client.send("conn_proof", ["proof": .string(proof)])
        #expect(client.takeOne() == ["type": "error", "message": "Authentication failed"])
        #expect(client.wasClosed)
        #expect(test.drops(.failedProof) == 1)
    }

    @Test func aHubWithoutASecretSaysSoByIdentifyingAtOnce() {
        let test = TestHub()
        let client = test.connect()
        let answer = identify(client, ["stinger": 1, "hub_challenge": .string(Self.hubChallenge)])
        #expect(answer == ["type": "identified", "client_id": "a", "server_id": "hub", "stinger": 1])
    }

    @Test(
        arguments: [
            "", "00", 1, .string(String(repeating: "A", count: 64)), .string(String(repeating: "a", count: 65)),
            .binary([UInt8](repeating: 0x61, count: 64)),
        ] as [TestValue]
    )
    func aHubChallengeThatIsNoneIsRefused(challenge: TestValue) {
        let test = makeHub()
        let client = test.connect()
        let answer = identify(client, ["stinger": 1, "hub_challenge": challenge])
        #expect(answer["message"] == "identify: hub_challenge must be 64 lower-case hex digits")
        #expect(client.wasClosed)
    }
}
