import HubProtocol
import MessagePack
import NIOCore

/// What others ask of this client.
extension ClientDriver {
    func receivedCall(_ message: HubClientSession.Message) {
        guard let incoming = Incoming(message), message.envelope.requestID.isPresent else { return }
        let key = CallKey(
            caller: incoming.sender,
            requestID: RawValue(message.body.slice(message.envelope.requestID))
        )
        guard running[key] == nil else { return }
        guard isTrusted(message, on: incoming.channel) else {
            return refuse(key, incoming, .failed, "Invalid signature for channel \(incoming.channel)")
        }
        guard let provider = channels[incoming.channel]?.providers[incoming.event] else {
            return refuse(key, incoming, .failed, "Event \(incoming.event) not found on channel \(incoming.channel)")
        }
        guard running.count < settings.limits.handlerMaximum else {
            return refuse(key, incoming, .overloaded, "\(settings.clientID) works on \(running.count) calls already")
        }
        let call = incoming.call(IncomingCall.Answers(client: ClientHandle(self), key: key))
        running[key] = RunningCall(
            // Ends with its closure; cancelled by the caller's cancellation and with the connection.
            task: Task { await provider.run(call) },
            channel: incoming.channel,
            event: incoming.event,
            isStream: provider.traits.isStream
        )
    }

    /// A send goes to the same closure; what that answers goes nowhere.
    func receivedSend(_ message: HubClientSession.Message) {
        guard let incoming = Incoming(message) else { return }
        guard isTrusted(message, on: incoming.channel) else { return drop(incoming, Self.unsigned) }
        deliverToListeners(incoming)
        guard let provider = channels[incoming.channel]?.providers[incoming.event] else { return }
        guard silentHandlers.count < settings.limits.handlerMaximum else {
            return drop(incoming, "too many others are being worked on")
        }
        let handle = ClientHandle(self)
        let call = incoming.call(IncomingCall.Answers(client: handle, key: nil))
        silentHandlerCount += 1
        let number = silentHandlerCount
        // Ends with its closure; cancelled with the connection.
        silentHandlers[number] = Task {
            await provider.run(call)
            handle.execute { $0.silentHandlers[number] = nil }
        }
    }

    func receivedCancellation(_ message: HubClientSession.Message) {
        guard message.envelope.requestID.isPresent else { return }
        let key = CallKey(
            caller: String(decoding: message.body.slice(message.envelope.targetID), as: UTF8.self),
            requestID: RawValue(message.body.slice(message.envelope.requestID))
        )
        running.removeValue(forKey: key)?.task.cancel()
    }

    // MARK: Answers

    /// - Parameter isLast: nothing more comes for this call.
    func answer(_ key: CallKey?, _ content: OutgoingMessage.Content, isLast: Bool) {
        guard let key, let call = isLast ? running.removeValue(forKey: key) : running[key], let connection else {
            return
        }
        var message = OutgoingMessage(kind: .response, channel: call.channel, event: call.event, content: content)
        message.requestID = key.requestID
        message.targetID = key.caller
        message.isStream = call.isStream
        message.isFinal = isLast
        let signing = signing(call.channel)
        let isWritten = connection.send { message.write(to: &$0.output, signing: signing) }
        guard !isWritten else { return }
        running[key] = nil
        let words = "the answer cannot be signed, and channel \(call.channel) needs it signed"
        let error = HubClientError(.invalidData, words)
        call.task.cancel()
        refuse(key, channel: call.channel, event: call.event, error)
    }

    func sendChunk(_ key: CallKey?, _ data: [UInt8], _ completion: Completion<Void>) {
        guard let key else { return completion.finish(returning: ()) }
        guard running[key] != nil else { return completion.finish(throwing: CancellationError()) }
        answer(key, .data(data), isLast: false)
        waitForRoom(completion)
    }

    func finishStream(_ key: CallKey?) { answer(key, .data([Format.null]), isLast: true) }

    private func refuse(_ key: CallKey, _ incoming: Incoming, _ code: HubClientError.Code, _ words: String) {
        refuse(key, channel: incoming.channel, event: incoming.event, HubClientError(code, words))
    }

    private func refuse(_ key: CallKey, channel: String, event: String, _ error: HubClientError) {
        guard let connection else { return }
        var message = OutgoingMessage(kind: .response, channel: channel, event: event, content: .error(error))
        message.requestID = key.requestID
        message.targetID = key.caller
        _ = connection.send { message.write(to: &$0.output, signing: nil) }
    }
}
