import HubProtocol
import NIOCore

/// Messages on their way from one client to others (docs/wire/comm-ipc.md, section 4).
extension Hub {
    func route(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard envelope.wrongType == nil, namesFit(envelope) else {
            refuseFields(body, envelope, from: client)
            return
        }
        switch envelope.kind {
        case .broadcast: routeBroadcast(body, envelope, from: client)
        case .call: routeCall(body, envelope, from: client)
        case .response: routeResponse(body, envelope, from: client)
        case .send: routeSend(body, envelope, from: client)
        case .publish: publish(body, envelope, from: client)
        case .ping: send(to: client) { $0.writePong() }
        case .register, .setPassword, .addSubscription, .removeSubscription, .subscribe, .unsubscribe, .listMembers,
            .announceRemote, .forgetRemote, .unregister, .cancel, .listChannels:
            outbox.closeGroup()
            control(body, envelope, from: client)
            sayWaitingLogLines()
        // A second identify, a proof without challenge, what only hubs say, and types of newer clients are left alone, as the Python
        // hub does.
        case .identify, .connectionProof, .identified, .connectionChallenge, .pong, .error, .receive, .channelSync,
            .channelChallenge, .metadataUpdate, .unknown:
            count(.unknownType)
        }
    }

    @inline(__always)
    private func namesFit(_ envelope: Envelope) -> Bool {
        let longest = max(
            max(envelope.channel.count, envelope.event.count),
            max(envelope.subscription.count, envelope.targetID.count)
        )
        return longest <= limits.nameByteMaximum
            && Int(envelope.requestID.end) - Int(envelope.requestID.valueStart) <= limits.nameByteMaximum
    }

    private func refuseFields(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        count(.malformedMessage)
        let text =
            if let key = envelope.wrongType {
                "malformed message: \(key.wireName) must be \(key.expected) (at \(id.text))"
            } else {
                "malformed message: a name or request id is longer than \(limits.nameByteMaximum) bytes (at \(id.text))"
            }
        refuseMessage(text, body, envelope, client)
    }

    /// Says no to a message: as the response to its request id where it has one, else as an error.
    func refuseMessage(
        _ text: String,
        _ body: UnsafeRawBufferPointer,
        _ envelope: Envelope,
        _ client: HubConnection
    ) {
        let requestID = requestID(body, envelope)
        report(text, causedBy: client) {
            if let requestID, envelope.kind != .response {
                send(to: client) { $0.writeFailure(text, requestID: requestID) }
            } else if settings.errorPolicy != .broadcast {
                send(to: client) { $0.writeError(text) }
            }
        }
        sayWaitingLogLines()
    }

    /// A copy of the request id; nil where it is absent, or too long to be kept.
    func requestID(_ body: UnsafeRawBufferPointer, _ envelope: Envelope) -> RawValue? {
        guard envelope.requestID.isPresent else { return nil }
        let bytes = body.slice(envelope.requestID)
        return bytes.count <= limits.nameByteMaximum ? RawValue(bytes) : nil
    }

    /// The channel that a message names.
    func channel(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, _ client: HubConnection) -> HubChannel? {
        let name = body.slice(envelope.channel)
        if let last = client.lastChannel, !last.isRetired, last.name.equals(name) { return last }
        let found = channel(name)
        client.lastChannel = found
        return found
    }

    /// The event of a channel that a message names.
    private func event(
        _ body: UnsafeRawBufferPointer,
        _ envelope: Envelope,
        _ channel: HubChannel,
        _ client: HubConnection
    ) -> HubEvent? {
        let name = body.slice(envelope.event)
        if let last = client.lastEvent, last.channel === channel, last.hasProviders, last.name.equals(name) {
            return last
        }
        let found = channel.events[NameKey(name)]
        client.lastEvent = found
        return found
    }

    /// Why a client may not act on a channel; nil if it may.
    private func denial(_ client: HubConnection, _ channel: HubChannel) -> (reason: DropReason, words: String)? {
        if channel.isReserved { return reservedDenial(client, channel) }
        return channel.admits(client) ? nil : (.denied, Self.passwordWords(channel))
    }

    /// The same on a channel that is the hub's own or the bridges'.
    private func reservedDenial(_ client: HubConnection, _ channel: HubChannel) -> (DropReason, String)? {
        let name = channel.name.text
        if channel.isSystem { return (.readOnly, "channel \(name) is read-only") }
        if !client.isStingerBridge { return (.denied, "channel \(name) is for bridges") }
        return client.isMember(of: channel) ? nil : (.denied, "channel \(name) is for its members; join it first")
    }

    /// Why a client may not even look at a channel; nil if it may.
    func entryDenial(_ client: HubConnection, _ channel: HubChannel) -> String? {
        if channel.isOfBridges, !channel.isBridgeNews, !client.isStingerBridge {
            return "channel \(channel.name.text) is for bridges"
        }
        return channel.admits(client) ? nil : Self.passwordWords(channel)
    }

    private static func passwordWords(_ channel: HubChannel) -> String {
        "channel \(channel.name.text) has a password; join it first"
    }

    /// - Returns: whether the client may go on; if not, it has been told.
    func mayAct(
        on channel: HubChannel,
        _ body: UnsafeRawBufferPointer,
        _ envelope: Envelope,
        _ client: HubConnection
    ) -> Bool {
        guard let denial = denial(client, channel) else { return true }
        count(denial.reason)
        refuseMessage("denied: \(denial.words) (at \(id.text))", body, envelope, client)
        return false
    }

    /// - Returns: whether the message may go on from here; if not, that has been counted, and told where it is a fault.
    private func mayPass(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, _ client: HubConnection) -> Bool {
        switch splicer.passage(of: envelope, in: body) {
        case .open: return true
        case .looped:
            count(.loop)
            return false
        case .malformed:
            count(.malformedMessage)
            refuseMessage(
                "malformed message: path must list at most \(FrameSplicer.pathLengthMaximum) hub ids (at \(id.text))",
                body,
                envelope,
                client
            )
            return false
        }
    }

    /// Forwards the message to one client.
    private func forward(
        _ body: UnsafeRawBufferPointer,
        _ envelope: Envelope,
        from client: HubConnection,
        to receiver: HubConnection
    ) {
        let start = outbox.batch.writerIndex
        splicer.forward(body, envelope, senderEntry: client.senderEntry, to: &outbox.batch)
        outbox.address(start, outbox.batch.writerIndex, to: receiver, from: client)
    }

    // MARK: Broadcast and send

    private func routeBroadcast(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard mayPass(body, envelope, client) else { return }
        guard let channel = channel(body, envelope, client) else {
            count(.noReceiver)
            return
        }
        guard mayAct(on: channel, body, envelope, client) else { return }
        // Nobody, or nobody but itself.
        guard channel.hasListener(otherThan: client) else {
            // A bridge that is alone on a hub talks to itself, and that is in order.
            if !channel.isReserved { count(.noReceiver) }
            return
        }
        let start = outbox.batch.writerIndex
        splicer.forward(body, envelope, senderEntry: client.senderEntry, to: &outbox.batch)
        outbox.addressGroup(start, outbox.batch.writerIndex, channel: channel, sender: client)
    }

    private func routeSend(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard mayPass(body, envelope, client) else { return }
        guard let channel = channel(body, envelope, client) else {
            count(.noProvider)
            return
        }
        guard mayAct(on: channel, body, envelope, client) else { return }
        guard let provider = event(body, envelope, channel, client)?.nextProvider(settings.groupPolicy) else {
            count(.noProvider)
            return
        }
        forward(body, envelope, from: client, to: provider)
    }

    // MARK: Calls

    private func routeCall(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard envelope.requestID.isPresent else {
            count(.malformedMessage)
            refuseMessage(
                "malformed message: a call needs a request_id to be answered by (at \(id.text))",
                body,
                envelope,
                client
            )
            return
        }
        switch splicer.passage(of: envelope, in: body) {
        case .open: break
        case .malformed:
            _ = mayPass(body, envelope, client)
            return
        case .looped:
            fail(body, envelope, client, .loop, .loop, "this call has been at hub \(id.text) before")
            return
        }
        guard let channel = channel(body, envelope, client) else {
            failWithoutProvider(body, envelope, client)
            return
        }
        if let denial = denial(client, channel) {
            fail(body, envelope, client, denial.reason, .denied, denial.words)
            return
        }
        guard let event = event(body, envelope, channel, client),
            let provider = event.nextProvider(settings.groupPolicy)
        else {
            failWithoutProvider(body, envelope, client)
            return
        }
        guard client.callsInFlight < limits.callsInFlightPerClient else {
            let words =
                "client \(client.id.text) has \(limits.callsInFlightPerClient) calls in flight, which is the limit"
            fail(body, envelope, client, .overloaded, .overloaded, words)
            return
        }
        let requestID = requestIDKey.key(of: body.slice(envelope.requestID))
        let isNew = calls.insert(
            caller: client,
            provider: provider,
            event: event,
            requestID: requestID,
            deadline: settings.callTimeout.map { now + $0 } ?? .distantFuture
        )
        guard isNew else {
            count(.malformedMessage)
            // Not as a response: that would end the call which has this id.
            report("Duplicate request id", causedBy: client) {
                send(to: client) {
                    $0.writeError("malformed message: a call with this request_id is in flight already (at \(id.text))")
                }
            }
            return
        }
        forward(body, envelope, from: client, to: provider)
        countPromptCall()
    }

    private func failWithoutProvider(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, _ client: HubConnection) {
        let channel = String(decoding: body.slice(envelope.channel), as: UTF8.self)
        let event = String(decoding: body.slice(envelope.event), as: UTF8.self)
        fail(body, envelope, client, .noProvider, .noProvider, "No provider for \(channel):\(event)")
    }

    /// Ends a call that never reached a provider.
    private func fail(
        _ body: UnsafeRawBufferPointer,
        _ envelope: Envelope,
        _ client: HubConnection,
        _ drop: DropReason,
        _ reason: CallFailureReason,
        _ words: String
    ) {
        count(drop)
        let failure = CallFailure(
            reason,
            words,
            channel: Name(body.slice(envelope.channel)),
            event: Name(body.slice(envelope.event)),
            hubID: id,
            unixSeconds: unixSeconds
        )
        let requestID = RawValue(body.slice(envelope.requestID))
        report(failure.text, causedBy: client) {
            send(to: client) { $0.writeCallFailure(failure, requestID: requestID) }
        }
        sayWaitingLogLines()
    }

    /// Ends a call that a provider was asked for.
    func fail(call number: Int32, _ drop: DropReason, _ reason: CallFailureReason, _ words: String) {
        let call = calls[number]
        count(drop)
        let failure = CallFailure(
            reason,
            words,
            channel: call.event.channel.name,
            event: call.event.name,
            hubID: id,
            unixSeconds: unixSeconds
        )
        send(to: call.caller) { $0.writeCallFailure(failure, requestID: RequestIDKey.value(of: call.requestID)) }
        calls.remove(number)
    }

    func endOverdue(_ number: Int32) {
        guard let timeout = settings.callTimeout else { return }
        let event = calls[number].event
        tellCancelled(calls[number])
        let seconds = Double(timeout.nanoseconds) / 1e9
        fail(
            call: number,
            .deadline,
            .deadline,
            "no answer from \(event.channel.name.text):\(event.name.text) within \(seconds) s"
        )
    }

    // MARK: Responses

    private func routeResponse(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard !envelope.targetID.isEmpty, envelope.requestID.isPresent,
            let caller = target(body.slice(envelope.targetID), client),
            let number = calls.find(caller: caller, requestID: requestIDKey.key(of: body.slice(envelope.requestID))),
            calls.isProvider(client, of: number)
        else {
            count(.unaskedResponse)
            return
        }
        switch splicer.passage(of: envelope, in: body) {
        case .open: break
        case .malformed:
            // First the call: telling the provider may end its connection, and with it all its calls.
            fail(call: number, .malformedMessage, .providerLost, "the provider's answer was malformed")
            _ = mayPass(body, envelope, client)
            return
        case .looped:
            fail(call: number, .loop, .loop, "the answer has been at hub \(id.text) before")
            return
        }
        // A stream goes on until its last chunk, or an error.
        let isLast = !envelope.isStream || envelope.isFinal || envelope.hasError
        forward(body, envelope, from: client, to: caller)
        countPromptCall()
        if isLast { calls.remove(number, caller: caller, provider: client) }
    }

    /// The client that an id stands for: itself, or the bridge that speaks for it.
    private func target(_ id: UnsafeRawBufferPointer, _ client: HubConnection) -> HubConnection? {
        if let last = client.lastTarget, last.isIdentified, last.id.equals(id) { return last }
        guard let found = clients[NameKey(id)] else { return remoteMembers[NameKey(id)]?.bridge }
        client.lastTarget = found
        return found
    }
}
