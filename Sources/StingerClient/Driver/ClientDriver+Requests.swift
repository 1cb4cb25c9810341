import HubProtocol
import MessagePack
import NIOCore

/// What this client asks of others: calls, streams, broadcasts.
extension ClientDriver {
    /// How long the hub may take over what it answers itself.
    static let registrationTimeout = TimeAmount.seconds(30)

    /// Sends a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - write: writes the frame.
    ///   - finish: gets the answer's data, or why there is none; once.
    /// - Returns: the request's id; nil when it ended at once.
    @discardableResult
    func request(
        _ kind: PendingRequest.Kind,
        timeout: TimeAmount,
        write: (inout HubClientSession) throws(HubClientError) -> String,
        finish: @escaping (Result<[UInt8], HubClientError>) -> Void
    ) -> String? {
        guard let connection else {
            finish(.failure(noConnection))
            return nil
        }
        let written = connection.send { session -> Result<String, HubClientError> in
            Result { () throws(HubClientError) in try write(&session) }
        }
        switch written {
        case .failure(let error):
            finish(.failure(error))
            return nil
        case .success(let id):
            let timer = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in timedOut(id, after: timeout) }
            requests[id] = PendingRequest(kind: kind, timer: timer, completion: finish)
            updateReading()
            return id
        }
    }

    private func timedOut(_ id: String, after timeout: TimeAmount) {
        guard let request = requests.removeValue(forKey: id) else { return }
        if request.kind == .call { cancel(id) }
        request.finish(.failure(.late(after: timeout)))
        updateReading()
    }

    /// Tells the hub that nobody waits for an answer any more, if it understands.
    private func cancel(_ id: String) {
        guard let connection, connection.speaksStinger else { return }
        connection.send { $0.output.writeCancel(requestID: id) }
    }

    /// How messages on that channel are signed, if they are.
    func signing(_ channel: String) -> OutgoingMessage.Signing? {
        guard let key = channels[channel]?.keys?.message, let hubID = connection?.hubID else { return nil }
        return OutgoingMessage.Signing(
            key: key,
            senderID: settings.clientID,
            hubID: hubID,
            unixSeconds: Clock.unixSeconds
        )
    }

    // MARK: Calls

    func call(
        channel: String,
        event: String,
        data: [UInt8],
        timeout: TimeAmount,
        _ completion: Completion<[UInt8]>
    ) {
        let signing = signing(channel)
        let id = request(.call, timeout: timeout) { session throws(HubClientError) in
            let id = session.makeRequestID()
            var message = OutgoingMessage(kind: .call, channel: channel, event: event, content: .data(data))
            message.requestID = RawValue(MessagePackValue.string(id).encoded)
            try message.append(to: &session.output, signing)
            return id
        } finish: {
            completion.finish($0)
        }
        guard let id else { return }
        completion.ifCancelled { [self] in
            guard let request = requests.removeValue(forKey: id) else { return }
            request.timer.cancel()
            cancel(id)
            updateReading()
        }
    }

    /// - Parameter timeout: for each chunk; nil: the provider may take its time.
    func stream(
        channel: String,
        event: String,
        data: [UInt8],
        timeout: TimeAmount?,
        into inbox: Inbox
    ) throws(HubClientError) {
        guard let connection else { throw noConnection }
        let signing = signing(channel)
        let result = connection.send { session -> Result<String, HubClientError> in
            Result { () throws(HubClientError) in
                let id = session.makeRequestID()
                var message = OutgoingMessage(kind: .call, channel: channel, event: event, content: .data(data))
                message.requestID = RawValue(MessagePackValue.string(id).encoded)
                message.isStream = true
                message.isFinal = false
                try message.append(to: &session.output, signing)
                return id
            }
        }
        let id = try result.get()
        let stream = OutgoingStream(channel: channel, inbox: inbox)
        streams[id] = stream
        inboxUses[ObjectIdentifier(inbox)] = .stream(id: id)
        stream.lastChunkAt = .now()
        if let timeout { schedule(stream, id, timeout, at: .now() + timeout) }
        updateReading()
    }

    /// The timer finds out when it fires whether a chunk came in between.
    private func schedule(_ stream: OutgoingStream, _ id: String, _ timeout: TimeAmount, at deadline: NIODeadline) {
        stream.timer = loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            guard streams[id] === stream else { return }
            let due = stream.lastChunkAt + timeout
            // What waits unread may hold the chunk back.
            guard NIODeadline.now() >= due, !gate.isClosed else {
                return schedule(stream, id, timeout, at: max(due, .now() + timeout))
            }
            streams[id] = nil
            cancel(id)
            stream.end(.failure(.late(after: timeout)))
        }
    }

    /// Nobody reads that stream any more.
    func abandonStream(_ id: String) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        stream.timer?.cancel()
        cancel(id)
    }

    // MARK: Answers

    func receivedAnswer(_ message: HubClientSession.Message) {
        let body = message.body
        let envelope = message.envelope
        guard envelope.requestID.isPresent,
            let value = try? MessagePackValue(body.slice(envelope.requestID)), case .string(let id) = value
        else { return }
        if let stream = streams[id] { return receivedChunk(message, id, stream) }
        guard let request = requests.removeValue(forKey: id) else { return }
        if envelope.hasError {
            request.finish(.failure(error(of: message, isRegistration: request.kind == .registration)))
        } else {
            if request.kind == .call, envelope.isStream, !envelope.isFinal { cancel(id) }
            request.finish(checked(message).map { $0 })
        }
        updateReading()
    }

    private func receivedChunk(_ message: HubClientSession.Message, _ id: String, _ stream: OutgoingStream) {
        let envelope = message.envelope
        stream.lastChunkAt = .now()
        let isLast = envelope.isFinal || !envelope.isStream || envelope.hasError
        if isLast { streams[id] = nil }
        if envelope.hasError { return stream.end(.failure(error(of: message, isRegistration: false))) }
        switch checked(message, channel: stream.channel) {
        case .failure(let error):
            if !isLast { abandonStream(id) }
            return stream.end(.failure(error))
        case .success(let data):
            if data != [Format.null] {
                push(
                    HubMessage(channel: stream.channel, event: "", sender: "", payload: data),
                    to: stream.inbox
                )
            }
        }
        if isLast { stream.end(.success(())) }
    }

    /// The data of an answer. comm-ipc's clients do not sign answers, so only a signature that is there and wrong is refused.
    private func checked(
        _ message: HubClientSession.Message,
        channel: String? = nil
    ) -> Result<[UInt8], HubClientError> {
        let data = message.envelope.data
        let name = channel ?? String(decoding: message.body.slice(message.envelope.channel), as: UTF8.self)
        if let key = channels[name]?.keys?.message, hasSignature(message), !key.verify(frame: message.body) {
            return .failure(HubClientError(.invalidSignature, "the answer's signature is wrong, on channel \(name)"))
        }
        return .success(data.isPresent ? Array(message.body.slice(data)) : [Format.null])
    }

    func hasSignature(_ message: HubClientSession.Message) -> Bool {
        guard let value = MapView(at: 0, in: message.body)?.value("signature", walker) else { return false }
        return !value.isNull
    }

    private func error(of message: HubClientSession.Message, isRegistration: Bool) -> HubClientError {
        let fields = MapView(at: 0, in: message.body)?.values(["error", "reason", "at"], walker)
        let text = fields?[0]?.text ?? "the answer is an error without words"
        let reason = fields?[1]?.text
        let hub = fields?[2]?.text
        return isRegistration
            ? HubClientError(registration: text, reason: reason, hub: hub)
            : HubClientError(answer: text, reason: reason, hub: hub)
    }

    // MARK: Messages without an answer

    /// Sends a message that nobody answers, and finishes once there is room for the next one.
    func post(_ message: OutgoingMessage, _ completion: Completion<Void>) {
        let signing = signing(message.channel)
        post(completion) { session throws(HubClientError) in try message.append(to: &session.output, signing) }
    }

    func publish(channel: String, name: String, data: [UInt8], _ completion: Completion<Void>) {
        post(completion) { session in
            data.withUnsafeBytes { session.output.writePublish(channel: Name(channel), name: Name(name), data: $0) }
        }
    }

    private func post(
        _ completion: Completion<Void>,
        _ write: (inout HubClientSession) throws(HubClientError) -> Void
    ) {
        guard let connection else { return completion.finish(throwing: noConnection) }
        let written = connection.send { session -> Result<Void, HubClientError> in
            Result { () throws(HubClientError) in try write(&session) }
        }
        if case .failure(let error) = written { return completion.finish(throwing: error) }
        waitForRoom(completion)
    }

    func waitForRoom(_ completion: Completion<Void>) {
        guard let connection, !connection.hasRoom(outputMaximum: settings.limits.outputByteMaximum) else {
            return completion.finish(returning: ())
        }
        roomWaiters.append(completion)
    }
}

extension OutgoingMessage {
    func append(to output: inout ByteBuffer, _ signing: Signing?) throws(HubClientError) {
        guard write(to: &output, signing: signing) else {
            throw HubClientError(.invalidData, "the message cannot be signed, and channel \(channel) needs it signed")
        }
    }
}

extension HubClientError {
    static func late(after timeout: TimeAmount) -> HubClientError {
        HubClientError(.deadline, "no answer within \(Double(timeout.nanoseconds) / 1e9) s")
    }
}
