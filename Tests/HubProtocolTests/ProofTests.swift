import HubProtocol
import Testing

// The expected proofs were computed with Python's hashlib and hmac.

@Suite("Proof of the connection secret")
struct ConnectionProofTests {
    struct Vector: Sendable {
        let secret: String
        let challenge: String
        let proof: String
    }

    static let vectors = [
        Vector(
            secret: "correct horse",
            challenge: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            proof: "76262801d6ba12266553cb906abf0ca37b912519e0687fb9eb66f562343fbfbc"
        ),
        Vector(
            secret: "geheimnis-äöü",
            challenge: "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            proof: "1f1505fad95ad00df4ca02aec35708bf5659eb1ebf0e663b54b6454499b52e84"
        ),
        Vector(
            secret: "",
            challenge: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            proof: "cafba160079074121aceea040e8cbd3d5dba820b7312a909f375d9fff9a5afb6"
        ),
    ]

    private func accepts(_ proof: String, secret: String, challenge: String) -> Bool {
        let key = Proof.ConnectionKey(secret: Array(secret.utf8))
        return Array(proof.utf8).withUnsafeBytes { key.accepts($0, for: challenge) }
    }

    @Test("is accepted when it is right", arguments: vectors)
    func right(_ vector: Vector) {
        #expect(accepts(vector.proof, secret: vector.secret, challenge: vector.challenge))
    }

    @Test("is refused for another secret or challenge", arguments: vectors)
    func otherSecretOrChallenge(_ vector: Vector) {
        #expect(!accepts(vector.proof, secret: vector.secret + " ", challenge: vector.challenge))
        #expect(!accepts(vector.proof, secret: vector.secret, challenge: String(vector.challenge.reversed()) + "0"))
        #expect(!accepts(vector.proof, secret: vector.secret, challenge: ""))
    }

    @Test("is refused when a digit is wrong, missing, too many or upper-case", arguments: vectors)
    func nearlyRight(_ vector: Vector) {
        for miss in nearMisses(of: vector.proof) {
            #expect(!accepts(miss, secret: vector.secret, challenge: vector.challenge), "\(miss)")
        }
    }
}

@Suite("Proof of a channel's password")
struct ChannelProofTests {
    static let challenge = "abcdefghijklmnopqrstuvwxyzABCDEF"
    static let vectors = [
        ("swordfish", challenge, "3e5f26c8065e561ad1a8baaa1415e27af8234f63da78fd89853d88bbd0b9f7da"),
        ("пароль", challenge, "e5da8d9e06a0825920aa88a46580f87330df7ca43efa3c037fc0a7fb6caa6990"),
        // Longer than SHA-256's block, so that HMAC hashes it first.
        (
            String(repeating: "k", count: 65), challenge,
            "fd2983337e2fdc0b8aee720a6219efd1cf2db0bcbb9199bbd38df9e0c7277f04"
        ),
        // RFC 4231, test case 2.
        ("Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ]

    private func accepts(_ proof: String, password: String, challenge: String) -> Bool {
        let key = Proof.ChannelKey(password: password.utf8)
        return Array(proof.utf8).withUnsafeBytes { key.accepts($0, for: challenge) }
    }

    @Test("is accepted when it is right", arguments: vectors)
    func right(_ password: String, _ challenge: String, _ proof: String) {
        #expect(accepts(proof, password: password, challenge: challenge))
    }

    @Test("is refused for another password or challenge", arguments: vectors)
    func otherPasswordOrChallenge(_ password: String, _ challenge: String, _ proof: String) {
        #expect(!accepts(proof, password: password.uppercased() + "!", challenge: challenge))
        #expect(!accepts(proof, password: "", challenge: challenge))
        #expect(!accepts(proof, password: password, challenge: challenge + "a"))
    }

    @Test("is refused when a digit is wrong, missing, too many or upper-case", arguments: vectors)
    func nearlyRight(_ password: String, _ challenge: String, _ proof: String) {
        for miss in nearMisses(of: proof) {
            #expect(!accepts(miss, password: password, challenge: challenge), "\(miss)")
        }
    }

    @Test("keys are equal when their passwords are")
    func equality() {
        #expect(Proof.ChannelKey(password: "a".utf8) == Proof.ChannelKey(password: "a".utf8))
        #expect(!(Proof.ChannelKey(password: "a".utf8) == Proof.ChannelKey(password: "b".utf8)))
        #expect(!(Proof.ChannelKey(password: "a".utf8) == Proof.ChannelKey(password: "aa".utf8)))
    }
}

@Suite("Challenges")
struct ChallengeTests {
    @Test("for a connection are 64 lower-case hex digits")
    func connection() {
        for _ in 0..<50 { #expect(Challenge.connection().wholeMatch(of: /[0-9a-f]{64}/) != nil) }
    }

    @Test("for a channel are 32 letters and digits")
    func channel() {
        for _ in 0..<50 { #expect(Challenge.channel().wholeMatch(of: /[0-9A-Za-z]{32}/) != nil) }
    }

    @Test("have the id of a random UUID")
    func ids() {
        for _ in 0..<50 {
            let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
            #expect(Challenge.id().wholeMatch(of: form) != nil)
        }
    }

    @Test("never come twice")
    func unique() {
        let all = (0..<100).flatMap { _ in [Challenge.connection(), Challenge.channel(), Challenge.id()] }
        #expect(Set(all).count == 300)
    }
}

/// Texts that are nearly the proof.
private func nearMisses(of proof: String) -> [String] {
    let digits = Array(proof.utf8)
    let changed = digits.indices.map { index in
        var copy = digits
        copy[index] = copy[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        return String(decoding: copy, as: UTF8.self)
    }
    return changed + [
        "", String(proof.dropLast()), String(proof.dropLast(2)), proof + "0", proof + "00", proof + proof, " " + proof,
        proof.uppercased(), String(proof.dropLast()) + "g", String(proof.dropLast()) + "\0",
        String(repeating: "0", count: 64),
    ]
}
