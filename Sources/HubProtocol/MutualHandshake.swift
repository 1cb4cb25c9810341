/// What a hub and a client that both know the secret prove to each other (docs/wire/comm-ipc.md, section 11).
///
/// The proofs cover who the two are, what each asked the other, and the certificate that the client sees: a proof is of no use to somebody
/// who stands between them, nor in the other direction, nor another time.
package struct MutualHandshake: Sendable {
    package let clientID: Name
    package let serverID: Name
    /// The client's, as it stands in `identify`.
    package let hubChallenge: String
    /// The hub's, as it stands in `conn_challenge`.
    package let challenge: String
    /// The SHA-256 of the hub's TLS certificate, in the manner of tls-server-end-point (RFC 5929, 4); nil without TLS.
    package let channelBinding: [UInt8]?

    package init(
        clientID: Name,
        serverID: Name,
        hubChallenge: String,
        challenge: String,
        channelBinding: [UInt8]? = nil
    ) {
        self.clientID = clientID
        self.serverID = serverID
        self.hubChallenge = hubChallenge
        self.challenge = challenge
        self.channelBinding = channelBinding
    }

    var hubText: String { text("hub") }
    var clientText: String { text("client") }

    /// Ids may hold any character, so each says how many bytes it has.
    private func text(_ prover: String) -> String {
        let client = "\(clientID.utf8.count):\(clientID.text)"
        let server = "\(serverID.utf8.count):\(serverID.text)"
        return [prover, client, server, hubChallenge, challenge, Proof.hex(channelBinding ?? [])].joined(separator: "|")
    }
}
