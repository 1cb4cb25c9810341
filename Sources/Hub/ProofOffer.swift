import HubProtocol

/// A challenge that a client has to answer before it is who it says it is. An object, so that the state of a connection, which every frame asks
/// for, stays one word.
final class ProofOffer {
    let identity: ClientIdentity
    let challenge: String
    /// Where the hub has proved itself: what the client has to prove itself in.
    let handshake: MutualHandshake?

    init(identity: ClientIdentity, challenge: String, handshake: MutualHandshake?) {
        self.identity = identity
        self.challenge = challenge
        self.handshake = handshake
    }

    func accepts(_ proof: UnsafeRawBufferPointer, _ key: Proof.ConnectionKey) -> Bool {
        if let handshake { key.acceptsClient(proof, in: handshake) } else { key.accepts(proof, for: challenge) }
    }
}
