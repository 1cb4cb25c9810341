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
            send(to: connection) { $0.writeConnectionChallenge(challenge, serverID: self.id) }
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
            let due = proofThrottle.failed(host: connection.host, now: now)
            answerWrongProof(connection, due, endsConnection: true) { $0.writeError("Authentication failed") }
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

    /// A client gave a wrong channel password; it is not read from until it is answered.
    func channelProofFailed(_ client: HubConnection, answer: @escaping (inout ByteBuffer) -> Void) {
        count(.failedProof)
        client.failedProofCount += 1
        let due = proofThrottle.failed(host: client.host, now: now)
        let isLast = client.failedProofCount >= limits.proofFailuresPerConnection
        answerWrongProof(client, due, endsConnection: isLast, answer)
    }

    private func answerWrongProof(
        _ client: HubConnection,
        _ due: NIODeadline,
        endsConnection: Bool,
        _ answer: (inout ByteBuffer) -> Void
    ) {
        if due <= now {
            send(to: client, answer)
            if endsConnection { end(client) }
            return
        }
        var frame = ByteBuffer()
        answer(&frame)
        delayedAnswers.append(DelayedAnswer(client: client, due: due, frame: frame))
        outbox.hold(client)
        if endsConnection { client.state = .penalised(until: due) }
        wake(at: due)
    }

    func giveDelayedAnswers() {
        guard !delayedAnswers.isEmpty else { return }
        let due = delayedAnswers.filter { $0.due <= now }
        delayedAnswers.removeAll { $0.due <= now }
        for answer in due {
            outbox.release(answer.client)
            if case .penalised = answer.client.state {
                answer.client.state = .awaitingIdentity
                send(to: answer.client) { $0.writeImmutableBuffer(answer.frame) }
                end(answer.client)
            } else {
                send(to: answer.client) { $0.writeImmutableBuffer(answer.frame) }
            }
        }
        for answer in delayedAnswers { wake(at: answer.due) }
    }
}
