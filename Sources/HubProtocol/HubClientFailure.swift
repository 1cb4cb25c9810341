/// Why a client's session with a hub ended or never began. Its description says what to do, and never holds a secret.
package struct HubClientFailure: Error, Equatable, Sendable {
    package enum Code: Equatable, Sendable {
        /// The hub wants a secret, and none is configured.
        case secretNeeded
        /// The hub took our proof for wrong.
        case wrongSecret
        /// We want the hub to prove the secret, and it gave no proof.
        case hubGaveNoProof
        /// The hub's proof is wrong: it does not know the secret, or somebody stands between.
        case wrongHubProof
        /// It is another hub than it has to be.
        case wrongHub(id: String, why: String)
        /// The hub said no, in its own words.
        case refused(String)
        case malformedFrame(HubProtocolError)
        /// The first that it said is an alert of TLS.
        case speaksTLS
        /// A frame of the handshake lacks a field, or came out of turn.
        case handshakeBroken(String)
        case handshakeTimedOut
        /// Nothing came, not even the answer to a ping.
        case silent(seconds: Double)
    }

    package let code: Code

    package init(_ code: Code) { self.code = code }

    /// Trying again soon would not help: somebody has to change a configuration.
    package var isConfigurationFault: Bool {
        switch code {
        case .secretNeeded, .wrongSecret, .hubGaveNoProof, .wrongHubProof, .wrongHub, .speaksTLS: true
        case .refused, .malformedFrame, .handshakeBroken, .handshakeTimedOut, .silent: false
        }
    }
}

extension HubClientFailure: CustomStringConvertible {
    package var description: String {
        switch code {
        case .secretNeeded: "the hub asks for a secret; configure one"
        case .wrongSecret: "the hub does not accept the secret; both sides need the same"
        case .hubGaveNoProof:
            "the hub gave no proof that it knows the secret (only hubs of this project can; it may have no secret)"
        case .wrongHubProof: "the hub's proof of the secret is wrong: another secret, or somebody in between"
        case .wrongHub(let id, let why): "this hub has the id \(id), but \(why)"
        case .refused(let words): "the hub refused: \(words)"
        case .malformedFrame(let error): "the hub sent a \(error)"
        case .speaksTLS: "the other side speaks TLS (is it a tls: address?)"
        case .handshakeBroken(let words): "this is not a hub, or one of an unknown kind: \(words)"
        case .handshakeTimedOut: "the hub did not answer the handshake in time"
        case .silent(let seconds):
            "nothing came from the hub for \((seconds * 10).rounded() / 10) s, not even answers to pings"
        }
    }
}
