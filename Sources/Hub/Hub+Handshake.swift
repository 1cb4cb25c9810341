import HubProtocol
import MessagePack
import NIOCore

/// From connecting to being a client (docs/wire/comm-ipc.md, section 2), and wrong proofs.
extension Hub {
    /// Names that would pass for the hub's own.
    static let reservedIDs: Set<String> = ["server", "system"]

    func handle(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from connection: HubConnection) {
        switch connection.state {
        case .identified: route(body, envelope, from: connection)
        case .awaitingIdentity:
            switch envelope.kind {
            case .identify: identify(body, connection)
            case .ping: send(to: connection) { $0.writePong() }
            default: refuse(connection, .notIdentified, "Not authenticated")
            }
        case .awaitingProof(let offer):
            switch envelope.kind {
            case .connectionProof: checkProof(body, connection, offer)
            case .ping: send(to: connection) { $0.writePong() }
            default: refuse(connection, .notIdentified, "Not authenticated")
            }
        case .penalised, .closing: break
        }
    }

    /// Kept out of line, as all that is rare: what it needs would be made ready for every read.
    @inline(never)
    private func identify(_ body: UnsafeRawBufferPointer, _ connection: HubConnection) {
        let identity: ClientIdentity
        do throws(IdentityFault) {
            identity = try readIdentity(body)
        } catch {
            refuse(connection, error.reason, error.words)
            return
        }
        if let key = settings.connectionKey {
            challenge(connection, identity, key)
        } else {
            admit(connection, as: identity)
            sendIdentified(connection)
            sayIdentified(connection)
            sayWaitingLogLines()
        }
    }

    private struct IdentityFault: Error {
        let reason: DropReason
        let words: String

        init(_ reason: DropReason, _ words: String) {
            self.reason = reason
            self.words = words
        }
    }

    private func readIdentity(_ body: UnsafeRawBufferPointer) throws(IdentityFault) -> ClientIdentity {
        let fields = MapView(at: 0, in: body)
        let values = fields?.values(["client_id", "mode", "stinger", "hub_challenge"], scanner.walker) ?? []
        func present(_ index: Int) -> ValueView? {
            values.indices.contains(index) ? values[index].flatMap { $0.isNull ? nil : $0 } : nil
        }
        guard let given = present(0)?.string, !given.isEmpty, given.count <= limits.nameByteMaximum else {
            let words = "identify needs client_id, a string of 1 to \(limits.nameByteMaximum) bytes"
            throw IdentityFault(.malformedMessage, words)
        }
        var identity = ClientIdentity(id: Name(given))
        guard !Self.reservedIDs.contains(identity.id.text) else {
            throw IdentityFault(.denied, "Client ID \(identity.id.text) is reserved")
        }
        guard clients[identity.id.key] == nil else {
            throw IdentityFault(.denied, "Client ID \(identity.id.text) already in use")
        }
        if let mode = present(1) {
            guard let known = mode.string.flatMap({ ClientMode(String(decoding: $0, as: UTF8.self)) }) else {
                throw IdentityFault(.malformedMessage, "identify: mode must be \"client\" or \"bridge\"")
            }
            identity.mode = known
            identity.hearsMembership = true
        }
        guard let version = present(2) else { return identity }
        guard let number = version.integer, number >= 1 else {
            throw IdentityFault(.malformedMessage, "identify: stinger must be an integer of at least 1")
        }
        identity.speaksStinger = true
        identity.hearsMembership = true
        guard let challenge = present(3) else { return identity }
        guard let text = challenge.string, Proof.isChallenge(text) else {
            throw IdentityFault(.malformedMessage, "identify: hub_challenge must be 64 lower-case hex digits")
        }
        identity.hubChallenge = String(decoding: text, as: UTF8.self)
        return identity
    }

    func sayIdentified(_ client: HubConnection) { say("Client \(client.id.text) identified", client: client.id) }

    private func sendIdentified(_ client: HubConnection) {
        send(to: client) {
            $0.writeIdentified(clientID: client.id, serverID: id, speaksStinger: client.speaksStinger)
        }
    }

    private func challenge(_ connection: HubConnection, _ identity: ClientIdentity, _ key: Proof.ConnectionKey) {
        let challenge = Challenge.connection()
        let handshake = identity.hubChallenge.map {
            MutualHandshake(
                clientID: identity.id,
                serverID: id,
                hubChallenge: $0,
                challenge: challenge,
                channelBinding: connection.channelBinding
            )
        }
        connection.state = .awaitingProof(
            ProofOffer(identity: identity, challenge: challenge, handshake: handshake)
        )
        giveChallenge(to: connection) { [self] in
            send(to: connection) {
                $0.writeConnectionChallenge(
                    challenge,
                    serverID: id,
                    speaksStinger: identity.speaksStinger,
                    hubProof: handshake.map { key.hubProof($0) }
                )
            }
        }
    }

    private func checkProof(_ body: UnsafeRawBufferPointer, _ connection: HubConnection, _ offer: ProofOffer) {
        let identity = offer.identity
        let proof = MapView(at: 0, in: body)?.value("proof", scanner.walker)?.string
        guard let key = settings.connectionKey, let proof, offer.accepts(proof, key) else {
            count(.failedProof)
            logger.warning(
                "wrong secret",
                metadata: ["client": "\(identity.id.text)", "address": "\(connection.address)"]
            )
            connection.state = .penalised
            give(at: proofThrottle.failed(host: connection.host, now: now), to: connection) { [self] in
                connection.state = .awaitingIdentity
                send(to: connection) { $0.writeError("Authentication failed") }
                end(connection)
            }
            return
        }
        // Another connection may have taken the id while this one proved itself.
        guard clients[identity.id.key] == nil else {
            refuse(connection, .denied, "Client ID \(identity.id.text) already in use")
            return
        }
        admit(connection, as: identity)
        sendIdentified(connection)
    }

    // MARK: Wrong proofs

    /// A client gave a wrong channel password.
    ///
    /// - Parameter answer: says so; it may come late, and until then the client is not read from.
    func channelProofFailed(_ client: HubConnection, answer: @escaping () -> Void) {
        count(.failedProof)
        client.failedProofCount += 1
        let isLast = client.failedProofCount >= limits.proofFailuresPerConnection
        give(at: proofThrottle.failed(host: client.host, now: now), to: client) { [self] in
            answer()
            if isLast { end(client) }
        }
    }

    /// Sends a challenge, late where wrong proofs from the same address are being waited for.
    func giveChallenge(to client: HubConnection, _ challenge: @escaping () -> Void) {
        give(at: proofThrottle.nextChallenge(host: client.host, now: now), to: client, challenge)
    }

    private func give(at due: NIODeadline, to client: HubConnection, _ answer: @escaping () -> Void) {
        guard due > now else {
            answer()
            return
        }
        delayedAnswers.append(DelayedAnswer(client: client, due: due, give: answer))
        outbox.hold(client)
        wake(at: due)
    }

    func giveDelayedAnswers() {
        guard !delayedAnswers.isEmpty else { return }
        let due = delayedAnswers.filter { $0.due <= now }
        delayedAnswers.removeAll { $0.due <= now }
        for answer in due {
            outbox.release(answer.client)
            answer.give()
        }
        for answer in delayedAnswers { wake(at: answer.due) }
    }
}
