import HubProtocol
import Testing

// The expected proofs were computed with Python's hashlib and hmac.

@Suite("Proofs of hub and client to each other")
struct MutualProofTests {
    struct Vector: Sendable {
        let secret: String
        let handshake: MutualHandshake
        let hubProof: String
        let clientProof: String
    }

    private static let digits = String(repeating: "0123456789abcdef", count: 4)
    private static let effs = String(repeating: "f", count: 64)

    static let vectors = [
        Vector(
            secret: "correct horse",
            handshake: MutualHandshake(
                clientID: Name("alice"),
                serverID: Name("hub-1"),
                hubChallenge: digits,
                challenge: effs
            ),
            hubProof: "a7828cfcfc183bf99ca3d22b5b1da0bc69ac93448e4699fe0ef6e3dc53889a0f",
            clientProof: "b2ea3d15fb0137a57996949d18dcb50dec6994e7a62b2b200b2d735803f34d59"
        ),
        Vector(
            secret: "geheimnis-äöü",
            handshake: MutualHandshake(
                clientID: Name("köln|2:x"),
                serverID: Name("hub"),
                hubChallenge: effs,
                challenge: digits,
                channelBinding: Array(0..<32)
            ),
            hubProof: "b373e752600478e30f85928e88f199f75935080a3609e0e4c454834d9388b14e",
            clientProof: "4e1ef494890a04a96c09792fcae3b097a29605168ced994e70320213ff0502a7"
        ),
    ]

    private func accepts(_ vector: Vector, hub proof: String, secret: String? = nil) -> Bool {
        let key = Proof.ConnectionKey(secret: Array((secret ?? vector.secret).utf8))
        return Array(proof.utf8).withUnsafeBytes { key.acceptsHub($0, in: vector.handshake) }
    }

    private func accepts(_ vector: Vector, client proof: String, secret: String? = nil) -> Bool {
        let key = Proof.ConnectionKey(secret: Array((secret ?? vector.secret).utf8))
        return Array(proof.utf8).withUnsafeBytes { key.acceptsClient($0, in: vector.handshake) }
    }

    @Test("are what both sides make of the text", arguments: vectors)
    func made(_ vector: Vector) {
        let key = Proof.ConnectionKey(secret: Array(vector.secret.utf8))
        #expect(key.hubProof(vector.handshake) == vector.hubProof)
        #expect(key.clientProof(vector.handshake) == vector.clientProof)
    }

    @Test("are accepted from whom they are of, with the secret only", arguments: vectors)
    func accepted(_ vector: Vector) {
        #expect(accepts(vector, hub: vector.hubProof))
        #expect(accepts(vector, client: vector.clientProof))
        #expect(!accepts(vector, hub: vector.clientProof))
        #expect(!accepts(vector, client: vector.hubProof))
        #expect(!accepts(vector, hub: vector.hubProof, secret: vector.secret + " "))
        #expect(!accepts(vector, client: vector.clientProof, secret: ""))
        #expect(!accepts(vector, hub: vector.hubProof.uppercased()))
        #expect(!accepts(vector, client: String(vector.clientProof.dropLast())))
    }

    @Test("cover every part of the handshake")
    func covered() {
        let key = Proof.ConnectionKey(secret: [1])
        func proof(
            _ client: String = "a",
            _ server: String = "b",
            _ hubChallenge: String = "c",
            _ challenge: String = "d",
            _ binding: [UInt8]? = nil
        ) -> String {
            key.clientProof(
                MutualHandshake(
                    clientID: Name(client),
                    serverID: Name(server),
                    hubChallenge: hubChallenge,
                    challenge: challenge,
                    channelBinding: binding
                )
            )
        }
        let proofs = [
            proof(), proof("x"), proof("a", "x"), proof("a", "b", "x"), proof("a", "b", "c", "x"),
            proof("a", "b", "c", "d", [0]), proof("a", "b", "c", "d", [0, 0]), proof("a|1:b"), proof("", "a|1:b"),
        ]
        #expect(Set(proofs).count == proofs.count)
    }

    @Test("of the plain handshake are made as they are checked")
    func plain() {
        let key = Proof.ConnectionKey(secret: Array("correct horse".utf8))
        #expect(key.proof(for: Self.digits) == "76262801d6ba12266553cb906abf0ca37b912519e0687fb9eb66f562343fbfbc")
        let channel = Proof.ChannelKey(password: "swordfish".utf8)
        let proof = "3e5f26c8065e561ad1a8baaa1415e27af8234f63da78fd89853d88bbd0b9f7da"
        #expect(channel.proof(for: "abcdefghijklmnopqrstuvwxyzABCDEF") == proof)
    }

    @Test("take challenges of 64 lower-case hex digits")
    func challenges() {
        func isChallenge(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { Proof.isChallenge($0) } }
        #expect(isChallenge(Challenge.connection()))
        for text in ["", "0", Self.digits.uppercased(), Self.digits + "0", String(Self.digits.dropLast()) + "g"] {
            #expect(!isChallenge(text))
        }
    }
}
