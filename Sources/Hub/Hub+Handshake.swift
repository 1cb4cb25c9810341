import HubProtocol
import MessagePack
import NIOCore

/// From connecting to being a client (docs/wire/comm-ipc.md, section 2), and wrong proofs.
extension Hub {
    /// Names that would pass for the hub's own.
    private static let reservedIDs: Set<String> = ["server", "system"]

    func handle(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from connection: HubConnection) {
        switch connection.state {
        case .identified: route(body, envelope, from: connection)
        case .awaitingIdentity:
            switch envelope.kind {
            case .identify: identify(body, connection)
            case .ping: send(to: connection) { $0.writePong() }
            default: refuse(connection, .notIdentified, "Not authenticated")
            }
        case .awaitingProof(let id, let mode, let namedMode, let challenge):
            switch envelope.kind {
            case .connectionProof: checkProof(body, connection, id, mode, namedMode, challenge)
            case .ping: send(to: connection) { $0.writePong() }
            default: refuse(connection, .notIdentified, "Not authenticated")
            }
        case .penalised, .closing: break
        }
    }

    private func identify(_ body: UnsafeRawBufferPointer, _ connection: HubConnection) {
        let fields = MapView(at: 0, in: body)
        guard let given = fields?.value("client_id", scanner.walker)?.string, !given.isEmpty,
            given.count <= limits.nameByteMaximum
        else {
            refuse(
                connection,
                .malformedMessage,
                "identify needs client_id, a string of 1 to \(limits.nameByteMaximum) bytes"
            )
            return
        }
        let id = Name(given)
        guard !Self.reservedIDs.contains(id.text) else {
            refuse(connection, .denied, "Client ID \(id.text) is reserved")
            return
        }
        guard clients[id.key] == nil else {
            refuse(connection, .denied, "Client ID \(id.text) already in use")
            return
        }
        var mode = ClientMode.client
        let namedMode = fields?.value("mode", scanner.walker).flatMap { $0.isNull ? nil : $0 }
        if let namedMode {
            guard let known = namedMode.string.flatMap({ ClientMode(String(decoding: $0, as: UTF8.self)) }) else {
                refuse(connection, .malformedMessage, "identify: mode must be \"client\" or \"bridge\"")
                return
            }
            mode = known
        }
        if settings.connectionKey == nil {
            admit(connection, as: id, mode: mode, namedMode: namedMode != nil)
            send(to: connection) { $0.writeIdentified(clientID: id, serverID: self.id) }
            say("Client \(id.text) identified", client: id)
            sayWaitingLogLines()
        } else {
            let challenge = Challenge.connection()
            connection.state = .awaitingProof(id: id, mode: mode, namedMode: namedMode != nil, challenge: challenge)
            giveChallenge(to: connection) { [self] in
                send(to: connection) { $0.writeConnectionChallenge(challenge, serverID: self.id) }
            }
        }
    }

    private func checkProof(
        _ body: UnsafeRawBufferPointer,
        _ connection: HubConnection,
        _ id: Name,
        _ mode: ClientMode,
        _ namedMode: Bool,
        _ challenge: String
    ) {
        let proof = MapView(at: 0, in: body)?.value("proof", scanner.walker)?.string
        guard let key = settings.connectionKey, let proof, key.accepts(proof, for: challenge) else {
            count(.failedProof)
            logger.warning("wrong secret", metadata: ["client": "\(id.text)", "address": "\(connection.address)"])
            connection.state = .penalised
            give(at: proofThrottle.failed(host: connection.host, now: now), to: connection) { [self] in
                connection.state = .awaitingIdentity
                send(to: connection) { $0.writeError("Authentication failed") }
                end(connection)
            }
            return
        }
        // Another connection may have taken the id while this one proved itself.
        guard clients[id.key] == nil else {
            refuse(connection, .denied, "Client ID \(id.text) already in use")
            return
        }
        admit(connection, as: id, mode: mode, namedMode: namedMode)
        send(to: connection) { $0.writeIdentified(clientID: id, serverID: self.id) }
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
