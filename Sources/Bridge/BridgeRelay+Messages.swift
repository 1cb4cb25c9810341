import Federation
import HubProtocol
import MessagePack
import NIOCore

/// Messages on their way across.
extension BridgeRelay {
    // MARK: Broadcasts

    /// Passes a broadcast on, byte for byte where nothing has to change: the far hub puts its own marks on it.
    func relayBroadcast(_ message: HubClientSession.Message, _ end: BridgeEnd) {
        let envelope = message.envelope
        let channel = message.body.slice(envelope.channel)
        guard let route = end.broadcastRoute(channel) else {
            strayBroadcast(message, end)
            return
        }
        switch passage(message, route) {
        case .open: break
        case .loop:
            counts.count(.loop)
            return
        case .duplicate:
            counts.count(.duplicate)
            return
        case .malformed:
            counts.count(.malformed)
            return
        }
        let port = route.port
        if route.isPlain {
            port.session.output.writeFrame(body: message.body)
        } else if !writeChanged(message, end, route) {
            return
        }
        counts.countRelayed()
        touch(port)
    }

    /// Writes a broadcast of which something has to change, or that has to be looked at.
    ///
    /// - Returns: false when it may not go on; that has been counted.
    private func writeChanged(_ message: HubClientSession.Message, _ end: BridgeEnd, _ route: BroadcastRoute) -> Bool {
        if route.isFiltered, !mayPass(message, end, route) { return false }
        if let signatures = route.signatures {
            guard let body = resigned(message, signatures, route.port, channel: route.farName) else {
                counts.count(.badSignature)
                return false
            }
            route.port.session.output.writeImmutableBuffer(body)
        } else if let name = route.farName {
            var rewriter = FrameRewriter(message.body, message.envelope)
            rewriter.omit(message.envelope.channel)
            rewriter.write(adding: 1, to: &route.port.session.output) { $0.writeEntry("channel", name) }
        } else {
            route.port.session.output.writeFrame(body: message.body)
        }
        return true
    }

    private enum Passage {
        case open, loop, duplicate, malformed
    }

    /// Whether a broadcast may go on by its path: not where it has been, not too far, and only from where this bridge brings it.
    @inline(__always)
    private func passage(_ message: HubClientSession.Message, _ route: BroadcastRoute) -> Passage {
        guard message.envelope.path.isPresent else { return route.carriesOwn ? .open : .duplicate }
        guard let array = try? ValueHead(at: Int(message.envelope.path.valueStart), in: message.body) else {
            return .malformed
        }
        if array.contentCount > settings.routeLimits.hopMaximum { return .loop }
        var at = array.contentStart
        var isCarried = false
        for index in 0..<array.contentCount {
            guard let head = try? ValueHead(at: at, in: message.body), case .string = head.kind else {
                return .malformed
            }
            at = head.contentStart + head.contentCount
            let hub = UnsafeRawBufferPointer(rebasing: message.body[head.contentStart..<at])
            if index == 0 {
                isCarried = route.hubID.equals(hub) ? route.carriesOwn : route.carries(origin: hub)
                if array.contentCount == 1 { break }
            }
            if route.farHubID.equals(hub) { return .loop }
        }
        return isCarried ? .open : .duplicate
    }

    private func mayPass(_ message: HubClientSession.Message, _ end: BridgeEnd, _ route: BroadcastRoute) -> Bool {
        let event = String(decoding: message.body.slice(message.envelope.event), as: UTF8.self)
        // Another rule may carry the event, to a channel of another name.
        if case .carried(let name, _) = settings.rules.verdict(
            from: end.side,
            channel: route.channel.text,
            event: event
        ),
            name == route.farChannel
        {
            return true
        }
        counts.count(.notAllowed)
        return false
    }

    private func strayBroadcast(_ message: HubClientSession.Message, _ end: BridgeEnd) {
        let channel = String(decoding: message.body.slice(message.envelope.channel), as: UTF8.self)
        if channel == StingerExtensions.routesChannel {
            hearOffers(message, end)
        } else if !ChannelRules.isReserved(channel) {
            // Not carried from here, or brought by another bridge, or not settled yet.
            switch settings.rules.verdict(from: end.side, channel: channel) {
            case .stopped: counts.count(.notAllowed)
            case .carried: counts.count(far(end).isReady ? .duplicate : .linkDown)
            }
        }
    }

    func carrySource(_ key: EndpointKey, far farKey: EndpointKey, _ end: BridgeEnd) {
        let other = far(end)
        end.carriedSources.insert(key)
        guard let port = end.main else { return }
        let name = Name(farKey.channel)
        let route =
            name.withKey { other.broadcastRoutes[$0] }
            ?? BroadcastRoute(
                channel: name,
                farName: key.channel,
                isFiltered: settings.rules.rules.contains { !$0.events.isEmpty },
                signatures: SignatureRelay(
                    incoming: other.settings.channelPasswords[farKey.channel],
                    outgoing: end.settings.channelPasswords[key.channel]
                ),
                port: port,
                hubID: other.hubID,
                farHubID: end.hubID
            )
        other.broadcastRoutes[route.channel.key] = route
        if farKey.name == other.hubID.text {
            route.carriesOwn = true
        } else {
            route.setCarries(origin: farKey.name, true)
        }
        join(other, farKey.channel)
        announceMembers(ofSource: key, far: farKey, end)
    }

    func dropSource(_ key: EndpointKey, _ end: BridgeEnd) {
        let other = far(end)
        guard end.carriedSources.remove(key) != nil else { return }
        for (nameKey, route) in other.broadcastRoutes where route.farChannel == key.channel {
            if key.name == other.hubID.text {
                route.carriesOwn = false
            } else {
                route.setCarries(origin: key.name, false)
            }
            guard route.isIdle else { continue }
            other.broadcastRoutes[nameKey] = nil
            other.lastBroadcastRoute = nil
        }
        forgetMembers(ofSource: key, end)
    }

    // MARK: Calls

    /// A call to a proxy of ours: it goes on under an id of our own, and its answer finds it by that.
    func relayCall(_ message: HubClientSession.Message, _ end: BridgeEnd, _ port: RelayPort) {
        let envelope = message.envelope
        guard let port = answering(port), envelope.requestID.isPresent, envelope.senderID.isPresent,
            let caller = Self.string(message.body.slice(envelope.senderID))
        else {
            counts.count(.malformed)
            return
        }
        let channel = message.body.slice(envelope.channel)
        let event = message.body.slice(envelope.event)
        let requestID = message.body.slice(envelope.requestID)
        func fail(_ drop: RelayDrop, _ reason: CallFailureReason, _ words: String) {
            counts.count(drop)
            answer(port, end, caller, requestID, reason, words, Name(channel), Name(event))
        }
        guard let route = end.proxyRoutes.find(channel, event) else {
            let name = "\(String(decoding: channel, as: UTF8.self)):\(String(decoding: event, as: UTF8.self))"
            fail(.noProvider, .noProvider, "No provider for \(name)")
            return
        }
        let other = far(end)
        guard let farPort = other.main, other.isReady else {
            fail(.linkDown, .linkLost, "there is no connection to hub \(other.settings.name)")
            return
        }
        guard !isDraining else {
            fail(.overloaded, .overloaded, "the bridge is shutting down")
            return
        }
        guard !hasBeen(message, at: other) else {
            fail(.loop, .loop, "this call has been at hub \(other.hubID.text) before, or passed too many hubs")
            tell(
                .loopRefused,
                [("channel", route.key.channel), ("name", route.key.name), ("peer", other.settings.name)]
            )
            return
        }
        let signatures = SignatureRelay(
            incoming: end.settings.channelPasswords.isEmpty ? nil : end.settings.channelPasswords[route.key.channel],
            outgoing: other.settings.channelPasswords.isEmpty ? nil : other.settings.channelPasswords[route.far.channel]
        )
        if let signatures, let key = signatures.incoming, !key.verify(frame: message.body) {
            fail(.badSignature, .denied, "Invalid signature for channel \(route.key.channel)")
            return
        }
        let deadline = settings.callTimeout.map { now + $0 } ?? .distantFuture
        guard
            let call = calls.insert(port: port, caller: caller, requestID: requestID, route: route, deadline: deadline)
        else {
            fail(.overloaded, .overloaded, "\(calls.maximum) calls cross this bridge, which is the limit")
            return
        }
        if let signatures {
            let channel = route.isRenamed ? route.farChannel : nil
            guard writeSigned(message, signatures, farPort, channel: channel, call: call) else {
                self.fail(call, .badSignature, .denied, "the call can't be signed for channel \(route.far.channel)")
                return
            }
        } else {
            var rewriter = FrameRewriter(message.body, envelope)
            rewriter.omit(envelope.requestID)
            rewriter.omit(envelope.senderID)
            rewriter.omit(envelope.targetID)
            if route.isRenamed { rewriter.omit(envelope.channel) }
            rewriter.write(adding: route.isRenamed ? 2 : 1, to: &farPort.session.output) {
                $0.writeMessagePack("request_id")
                calls.writeRequestID(of: call, to: &$0)
                if route.isRenamed { $0.writeEntry("channel", route.farChannel) }
            }
        }
        counts.countRelayed()
        touch(farPort)
    }

    /// Whether a hub is on the message's path, or the path is as long as any may be.
    private func hasBeen(_ message: HubClientSession.Message, at other: BridgeEnd) -> Bool {
        guard message.envelope.path.isPresent else { return false }
        guard let array = try? ValueHead(at: Int(message.envelope.path.valueStart), in: message.body),
            array.contentCount <= settings.routeLimits.hopMaximum
        else { return true }
        var at = array.contentStart
        for _ in 0..<array.contentCount {
            guard let head = try? ValueHead(at: at, in: message.body), case .string = head.kind else { return true }
            at = head.contentStart + head.contentCount
            if other.hubID.equals(UnsafeRawBufferPointer(rebasing: message.body[head.contentStart..<at])) {
                return true
            }
        }
        return false
    }

    /// An answer starts a path of its own: a Python hub drops what names it.
    func relayAnswer(_ message: HubClientSession.Message, _ end: BridgeEnd, _ id: UnsafeRawBufferPointer) {
        guard let index = calls.find(id), calls[index].port.side != end.side else {
            counts.count(.lateAnswer)
            return
        }
        let call = calls[index]
        let envelope = message.envelope
        let isLast = !envelope.isStream || envelope.isFinal || envelope.hasError
        if isLast {
            calls.remove(index)
        } else if let timeout = settings.callTimeout {
            calls.extend(index, until: now + timeout)
        }
        guard let port = answering(call.port) else { return }
        var rewriter = FrameRewriter(message.body, envelope)
        rewriter.omit(envelope.requestID)
        rewriter.omit(envelope.senderID)
        rewriter.omit(envelope.targetID)
        rewriter.omit(envelope.path)
        let isRenamed = call.route.isRenamed && envelope.channel.isPresent
        if isRenamed { rewriter.omit(envelope.channel) }
        rewriter.write(adding: isRenamed ? 3 : 2, to: &port.session.output) { output in
            output.writeMessagePack("request_id")
            output.writeBytes(call.requestID)
            output.writeMessagePack("target_id")
            call.caller.withUnsafeBytes { output.writeMessagePack(utf8: $0) }
            if isRenamed { output.writeEntry("channel", call.route.nearChannel) }
        }
        touch(port)
    }

    /// Ends a call with a reason.
    private func answer(
        _ port: RelayPort,
        _ end: BridgeEnd,
        _ caller: UnsafeRawBufferPointer,
        _ requestID: UnsafeRawBufferPointer,
        _ reason: CallFailureReason,
        _ words: String,
        _ channel: Name,
        _ event: Name
    ) {
        let failure = CallFailure(
            reason,
            words,
            channel: channel,
            event: event,
            hubID: Name("bridge \(settings.id)"),
            unixSeconds: 0
        )
        guard let port = answering(port) else { return }
        port.session.output.writeProxyFailure(failure, requestID: requestID, caller: caller)
        touch(port)
    }

    private func fail(_ index: Int, _ drop: RelayDrop, _ reason: CallFailureReason, _ words: String) {
        let call = calls[index]
        calls.remove(index)
        counts.count(drop)
        call.caller.withUnsafeBytes { caller in
            call.requestID.withUnsafeBytes { requestID in
                answer(
                    call.port,
                    end(call.port.side),
                    caller,
                    requestID,
                    reason,
                    words,
                    call.route.nearChannel,
                    call.route.event
                )
            }
        }
    }

    /// Ends the calls that went to one side.
    func failCalls(toward side: Side, _ reason: CallFailureReason, _ words: String) {
        for index in calls.indices(where: { $0.port.side == side.other }) { fail(index, .linkDown, reason, words) }
    }

    /// Ends the calls that went to an endpoint whose provider is gone.
    func failCalls(to key: EndpointKey, on end: BridgeEnd, _ words: String) {
        for index in calls.indices(where: { $0.port.side == end.side.other && $0.route.far == key }) {
            fail(index, .noProvider, .providerLost, words)
        }
    }

    /// Ends all calls that still wait.
    package func endAllCalls() {
        for index in calls.indices(where: { _ in true }) {
            cancel(index)
            fail(index, .linkDown, .linkLost, "the bridge was shut down")
        }
    }

    func failOverdueCalls() {
        guard let timeout = settings.callTimeout else { return }
        for index in calls.indices(where: { $0.deadline <= now }) {
            let route = calls[index].route
            let seconds = Double(timeout.nanoseconds) / 1e9
            cancel(index)
            fail(
                index,
                .deadline,
                .deadline,
                "no answer from \(route.far.channel):\(route.far.name) within \(seconds) s"
            )
        }
    }

    /// Forgets the calls that came from a side which is gone: nobody waits for their answers.
    func dropCalls(from end: BridgeEnd) {
        for index in calls.indices(where: { $0.port.side == end.side }) {
            cancel(index)
            calls.remove(index)
        }
    }

    /// Tells the far hub that nobody waits for an answer any more, if it understands that.
    private func cancel(_ index: Int) {
        let other = far(end(calls[index].port.side))
        guard other.speaksStinger, let port = other.main else { return }
        var id = ByteBuffer()
        calls.writeRequestID(of: index, to: &id)
        port.session.output.writeCancel(requestID: String(decoding: id.readableBytesView.dropFirst(), as: UTF8.self))
        touch(port)
    }

    /// A caller has given a call up, or is gone.
    func relayCancel(_ message: HubClientSession.Message, _ end: BridgeEnd, _ port: RelayPort) {
        guard message.envelope.requestID.isPresent,
            let index = calls.find(
                port: port,
                caller: message.body.slice(message.envelope.targetID),
                requestID: message.body.slice(message.envelope.requestID)
            )
        else { return }
        cancel(index)
        calls.remove(index)
    }

    // MARK: Sends

    func relaySend(_ message: HubClientSession.Message, _ end: BridgeEnd) {
        let envelope = message.envelope
        let other = far(end)
        guard
            let route = end.proxyRoutes.find(message.body.slice(envelope.channel), message.body.slice(envelope.event)),
            let port = other.main, other.isReady
        else {
            counts.count(.noProvider)
            return
        }
        guard !hasBeen(message, at: other) else {
            counts.count(.loop)
            return
        }
        let signatures = SignatureRelay(
            incoming: end.settings.channelPasswords[route.key.channel],
            outgoing: other.settings.channelPasswords[route.far.channel]
        )
        if let signatures {
            guard let body = resigned(message, signatures, port, channel: route.isRenamed ? route.farChannel : nil)
            else {
                counts.count(.badSignature)
                return
            }
            port.session.output.writeImmutableBuffer(body)
        } else {
            var rewriter = FrameRewriter(message.body, envelope)
            rewriter.omit(envelope.senderID)
            rewriter.omit(envelope.targetID)
            if route.isRenamed { rewriter.omit(envelope.channel) }
            rewriter.write(adding: route.isRenamed ? 1 : 0, to: &port.session.output) {
                if route.isRenamed { $0.writeEntry("channel", route.farChannel) }
            }
        }
        counts.countRelayed()
        touch(port)
    }
}

extension ByteBuffer {
    /// The answer to a call that the bridge ends itself.
    fileprivate mutating func writeProxyFailure(
        _ failure: CallFailure,
        requestID: UnsafeRawBufferPointer,
        caller: UnsafeRawBufferPointer
    ) {
        writeFrame(10) {
            $0.writeEntry("type", "response")
            $0.writeMessagePack("request_id")
            $0.writeBytes(requestID)
            $0.writeMessagePack("target_id")
            $0.writeMessagePack(utf8: caller)
            $0.writeEntry("error", failure.text)
            $0.writeEntry("channel", failure.channel)
            $0.writeEntry("event", failure.event)
            $0.writeEntry("is_stream", false)
            $0.writeEntry("is_final", true)
            $0.writeEntry("reason", failure.reason.rawValue)
            $0.writeEntry("at", failure.hubID)
        }
    }
}
