import Crypto

/// The proofs of CommIPC and of programs of this project, all of them HMAC-SHA256 (RFC 2104, FIPS 180-4) as 64 lower-case hex digits.
package enum Proof {
    /// What stands for a connection secret: HMAC's key is the ASCII of the hex SHA-256 of the secret, and the secret itself is forgotten.
    package struct ConnectionKey: Sendable {
        private let key: SymmetricKey

        package init(secret: [UInt8]) {
            key = SymmetricKey(data: Array(hex(SHA256.hash(data: secret)).utf8))
        }

        /// - Parameter challenge: the hub's, as it stands in `conn_challenge`.
        package func accepts(_ proof: UnsafeRawBufferPointer, for challenge: String) -> Bool {
            Proof.accepts(proof, key: key, message: Self.text(challenge))
        }

        /// What a client answers to `conn_challenge`.
        package func proof(for challenge: String) -> String { Proof.make(key: key, message: Self.text(challenge)) }

        private static func text(_ challenge: String) -> String { "challenge:\"\(challenge)\"" }

        /// What a hub shows of the secret to a client that asked it to.
        package func hubProof(_ handshake: MutualHandshake) -> String {
            Proof.make(key: key, message: handshake.hubText)
        }

        /// What a client answers to a hub that has proved itself, in place of the plain proof.
        package func clientProof(_ handshake: MutualHandshake) -> String {
            Proof.make(key: key, message: handshake.clientText)
        }

        package func acceptsHub(_ proof: UnsafeRawBufferPointer, in handshake: MutualHandshake) -> Bool {
            Proof.accepts(proof, key: key, message: handshake.hubText)
        }

        package func acceptsClient(_ proof: UnsafeRawBufferPointer, in handshake: MutualHandshake) -> Bool {
            Proof.accepts(proof, key: key, message: handshake.clientText)
        }
    }

    /// The password of one channel.
    package struct ChannelKey: Sendable {
        private let key: SymmetricKey

        package init(password: some Sequence<UInt8>) { key = SymmetricKey(data: Array(password)) }

        /// - Parameter challenge: the hub's, as it stands in `auth_challenge`.
        package func accepts(_ proof: UnsafeRawBufferPointer, for challenge: String) -> Bool {
            Proof.accepts(proof, key: key, message: challenge)
        }

        /// What a client answers to `auth_challenge`.
        package func proof(for challenge: String) -> String { Proof.make(key: key, message: challenge) }

        /// Compares in constant time.
        package static func == (one: ChannelKey, other: ChannelKey) -> Bool { one.key == other.key }
    }

    private static func make(key: SymmetricKey, message: String) -> String {
        hex(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key))
    }

    /// The comparison's time does not depend on where the digits differ.
    private static func accepts(_ proof: UnsafeRawBufferPointer, key: SymmetricKey, message: String) -> Bool {
        guard let code = unhex(proof) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Array(message.utf8), using: key)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0x0F)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a text has the form of a connection's challenge: 64 lower-case hex digits.
    package static func isChallenge(_ text: UnsafeRawBufferPointer) -> Bool { unhex(text) != nil }

    /// - Returns: nil unless the text is 64 lower-case hex digits.
    static func unhex(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = digits.firstIndex(of: text[index]), let low = digits.firstIndex(of: text[index + 1]) else {
                return nil
            }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}

/// Challenges from the system's random generator.
package enum Challenge {
    /// 64 hex digits for a connection: 256 random bits.
    package static func connection() -> String {
        var generator = SystemRandomNumberGenerator()
        return Proof.hex((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    /// 32 letters and digits for a channel: 190 random bits.
    package static func channel() -> String {
        var generator = SystemRandomNumberGenerator()
        let text = (0..<32).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// A random UUID (RFC 9562, version 4) for the id of a challenge.
    package static func id() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Proof.hex(bytes)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
