import Crypto
import CryptoExtras
package import MessagePack

/// What a channel's password makes of itself for signing messages; the password is forgotten.
///
/// PBKDF2-HMAC-SHA256 (RFC 8018) with the channel's name as its salt, 100,000 rounds, 32 bytes; a signature is HMAC-SHA256 with this key
/// over the `SignatureText`, as 64 lower-case hex digits (docs/wire/comm-ipc.md, section 10).
package struct MessageKey: Sendable {
    private static let roundCount = 100_000
    private static let byteCount = 32

    private let key: SymmetricKey

    /// Takes some ten milliseconds: for the start of a membership, not for each message.
    ///
    /// - Throws: when there is no memory for it.
    package init(password: String, channel: String) throws {
        key = try KDF.Insecure.PBKDF2.deriveKey(
            from: Array(password.utf8),
            salt: Array(channel.utf8),
            using: .sha256,
            outputByteCount: Self.byteCount,
            unsafeUncheckedRounds: Self.roundCount
        )
    }

    /// The signature that a message has to carry.
    ///
    /// - Parameters:
    ///   - body: the frame's; it may carry a signature already, which changes nothing.
    ///   - overriding: what the receiver will find under some keys in place of what stands in the body: the hub sets `sender_id`.
    /// - Returns: nil when the message cannot be signed: the body is not one sound map, a key has a value that no receiver takes, or there is
    ///   no timestamp.
    package func signature(
        ofFrame body: UnsafeRawBufferPointer,
        overriding: [SignedField: MessagePackValue] = [:]
    ) -> String? {
        guard let text = SignatureText(ofFrame: body) else { return nil }
        return code(of: text, overriding: overriding).map { Proof.hex($0) }
    }

    /// Whether a message carries the right signature; compared in constant time.
    package func verify(
        frame body: UnsafeRawBufferPointer,
        overriding: [SignedField: MessagePackValue] = [:]
    ) -> Bool {
        guard let text = SignatureText(ofFrame: body), let carried = text.carriedSignature,
            let claimed = Proof.unhex(carried), let code = code(of: text, overriding: overriding)
        else { return false }
        return code == claimed
    }

    private func code(
        of text: borrowing SignatureText,
        overriding: [SignedField: MessagePackValue]
    ) -> HMAC<SHA256>.MAC? {
        var authentication = HMAC<SHA256>(key: key)
        guard text.write(overriding: overriding, emit: { authentication.update(data: $0) }) else { return nil }
        return authentication.finalize()
    }
}
