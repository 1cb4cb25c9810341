import HubProtocol
import MessagePack
import NIOCore

/// Joining channels and providing events (docs/wire/comm-ipc.md, section 3).
extension Hub {
    /// The messages that change what the hub knows; rare enough to be read key by key.
    @inline(never)
    func control(_ body: UnsafeRawBufferPointer, _ envelope: Envelope, from client: HubConnection) {
        guard let fields = MapView(at: 0, in: body) else { return }
        defer {
            tellNewChannel()
            // Some answers are long; what has been asked for often enough is sent on first.
            if outbox.isLarge { handOnFirst() }
        }
        let message = ControlMessage(body: body, envelope: envelope, fields: fields, client: client)
        switch envelope.kind {
        case .register: register(message)
        case .setPassword: setPassword(message)
        case .addSubscription: addSubscription(message)
        case .removeSubscription: removeSubscription(message)
        case .subscribe: subscribe(message)
        case .unsubscribe: unsubscribe(message)
        case .listMembers: listMembers(message)
        case .announceRemote: announceRemote(message)
        case .forgetRemote: forgetRemote(message)
        case .unregister where client.speaksStinger: unregister(message)
        case .cancel where client.speaksStinger: cancel(message)
        case .listChannels where client.speaksStinger: listChannels(message)
        // From others these are types of newer clients.
        case .unregister, .cancel, .listChannels: count(.unknownType)
        case .call, .response, .broadcast, .send, .publish, .ping, .identify, .connectionProof, .identified,
            .connectionChallenge, .pong, .error, .receive, .channelSync, .channelChallenge, .metadataUpdate, .unknown:
            break
        }
    }

    private func register(_ message: ControlMessage) {
        var fields = message.fields
        if let nested = fields.value("reg", scanner.walker), !nested.isNull {
            guard let map = nested.map else {
                refuse(message, .malformedMessage, "malformed message: reg must be a map (at \(id.text))")
                return
            }
            fields = map
        }
        do {
            let registration = try Registration(fields, scanner.walker, nameByteMaximum: limits.nameByteMaximum)
            register(registration, message.client)
        } catch {
            refuse(
                message,
                .malformedMessage,
                "malformed message: \(error.field) must be \(error.expected) (at \(id.text))"
            )
        }
    }

    /// Says no to a control message.
    func refuse(_ message: ControlMessage, _ reason: DropReason, _ text: String) {
        count(reason)
        refuseMessage(text, message.body, message.envelope, message.client)
    }

    private func register(_ registration: Registration, _ client: HubConnection) {
        if let channel = channel(registration.channel.utf8), let key = channel.key {
            if let proof = registration.proof {
                checkProof(proof, of: registration, key, client)
            } else {
                challenge(registration, channel, client)
            }
        } else {
            carryOut(registration, client)
        }
    }

    private func answerFailure(_ text: String, _ registration: Registration, _ client: HubConnection) {
        report(text, causedBy: client) {
            send(to: client) { $0.writeFailure(text, requestID: registration.requestID) }
        }
    }

    // MARK: Passwords

    private func challenge(_ registration: Registration, _ channel: HubChannel, _ client: HubConnection) {
        if client.challenges.count >= limits.openChallengesPerClient { forgetExpiredChallenges(of: client) }
        guard client.challenges.count < limits.openChallengesPerClient, hasRoom(registration.byteCount, client) else {
            count(.overloaded)
            answerFailure(
                "overloaded: too many registrations wait for a password (at \(id.text))",
                registration,
                client
            )
            return
        }
        let challenge = Challenge.channel()
        let challengeID = Challenge.id()
        client.registrationBytes += registration.byteCount
        client.challenges[challengeID] = PendingRegistration(
            registration: registration,
            challenge: challenge,
            issuedAt: now
        )
        giveChallenge(to: client) { [self] in
            send(to: client) {
                $0.writeChannelChallenge(
                    challenge,
                    id: challengeID,
                    channel: channel.name,
                    requestID: registration.requestID
                )
            }
        }
    }

    private func forgetExpiredChallenges(of client: HubConnection) {
        for (challengeID, pending) in client.challenges where pending.issuedAt + limits.challengeTimeout <= now {
            client.registrationBytes -= pending.registration.byteCount
            client.challenges[challengeID] = nil
        }
    }

    private func checkProof(
        _ proof: RawValue,
        of registration: Registration,
        _ key: Proof.ChannelKey,
        _ client: HubConnection
    ) {
        guard let challengeID = registration.challengeID,
            let pending = client.challenges.removeValue(forKey: challengeID)
        else {
            count(.failedProof)
            answerFailure("Invalid or expired challenge", registration, client)
            return
        }
        client.registrationBytes -= pending.registration.byteCount
        guard pending.issuedAt + limits.challengeTimeout > now else {
            count(.failedProof)
            answerFailure("Challenge expired", registration, client)
            return
        }
        // The challenge was for one channel; its password opens no other.
        guard pending.registration.channel.equals(registration.channel.utf8) else {
            count(.failedProof)
            answerFailure("Invalid or expired challenge", registration, client)
            return
        }
        let isRight = proof.bytes.withUnsafeBytes { key.accepts($0, for: pending.challenge) }
        guard isRight else {
            logger.warning(
                "wrong channel password",
                metadata: ["client": "\(client.id.text)", "channel": "\(registration.channel.text)"]
            )
            let text = "Invalid channel password"
            channelProofFailed(client) { [self] in answerFailure(text, registration, client) }
            return
        }
        carryOut(pending.registration, client)
    }

    // MARK: Carrying out

    private func hasRoom(_ byteCount: Int, _ client: HubConnection) -> Bool {
        client.registrationBytes + byteCount <= limits.registrationBytesPerClient
    }

    /// - Parameter old: what the registration takes now, if it is one that the client has already.
    /// - Returns: why the client may register no more; nil if it may.
    func lackOfRoom(for byteCount: Int, replacing old: Int?, _ client: HubConnection) -> String? {
        guard old != nil || client.registrationCount < limits.registrationsPerClient else {
            let limit = limits.registrationsPerClient
            return "overloaded: client \(client.id.text) has \(limit) registrations, which is the limit (at \(id.text))"
        }
        guard hasRoom(byteCount - (old ?? 0), client) else {
            let limit = limits.registrationBytesPerClient
            let words = "the names and schemas of client \(client.id.text) take more than \(limit) bytes"
            return "overloaded: \(words) (at \(id.text))"
        }
        return nil
    }

    private func carryOut(_ registration: Registration, _ client: HubConnection) {
        if let refusal = lackOfRoom(on: registration.channel.utf8, client) {
            count(.overloaded)
            answerFailure(refusal, registration, client)
            return
        }
        let channel = makeChannel(registration.channel)
        if let denial = registrationDenial(registration, channel, client) {
            count(denial.reason)
            answerFailure("denied: \(denial.words) (at \(id.text))", registration, client)
            retireIfEmpty(channel)
            return
        }
        enter(channel, client)
        if registration.isProvider {
            guard provide(registration, channel, client) else { return }
        } else {
            join(registration, channel, client)
        }
        send(toListenersOf: channel, where: { $0 !== client && channel.tellsMembers($0) }) {
            $0.writeMembershipNotice(channel: channel.name, member: client.id, mode: client.mode, joined: true)
        }
        sendSystem(.registrations, about: channel) { systemChannel, buffer in
            buffer.writeSystemEvent(channel: systemChannel, event: "new_registration", serverID: id, dataCount: 5) {
                $0.writeEntry("channel", channel.name)
                $0.writeEntry("event", registration.event)
                $0.writeEntry("is_provider", registration.isProvider)
                $0.writeEntry("is_stream", registration.isProvider && registration.traits.isStream)
                $0.writeEntry("client_id", client.id)
            }
        }
        send(to: client) {
            $0.writeRegistered(
                requestID: registration.requestID,
                channel: channel.name,
                event: registration.event,
                isProtected: channel.isProtected
            )
        }
    }

    /// Why a client may not register this on a reserved channel; nil if it may, or the channel is none.
    private func registrationDenial(
        _ registration: Registration,
        _ channel: HubChannel,
        _ client: HubConnection
    ) -> (reason: DropReason, words: String)? {
        let name = channel.name.text
        if channel.isSystem { return registration.isProvider ? (.readOnly, "channel \(name) is read-only") : nil }
        guard channel.isOfBridges, !client.isStingerBridge else { return nil }
        let mayJoin = channel.isBridgeNews && !registration.isProvider
        return mayJoin ? nil : (.denied, "channel \(name) is for bridges")
    }

    /// - Returns: why the client may enter no more channels; nil if it may, or is in this one.
    func lackOfRoom(on name: UnsafeRawBufferPointer, _ client: HubConnection) -> String? {
        if client.memberships.count < limits.channelsPerClient { return nil }
        if let known = channel(name), client.isMember(of: known) { return nil }
        let limit = limits.channelsPerClient
        return "overloaded: client \(client.id.text) is in \(limit) channels, which is the limit (at \(id.text))"
    }

    /// Makes the client a member, if it is none yet.
    func enter(_ channel: HubChannel, _ client: HubConnection) {
        guard !client.isMember(of: channel) else { return }
        client.memberships[channel.number] = HubConnection.Membership(channel: channel, isListening: false)
        channel.addMember(client)
    }

    private func join(_ registration: Registration, _ channel: HubChannel, _ client: HubConnection) {
        if client.memberships[channel.number]?.isListening == false {
            client.memberships[channel.number]?.isListening = true
            channel.addListener(client)
        }
        send(to: client) { $0.writeChannelSync(channel, namesProviders: client.speaksStinger) }
    }

    /// - Returns: whether the client now provides the event; if not, it has been told why.
    private func provide(_ registration: Registration, _ channel: HubChannel, _ client: HubConnection) -> Bool {
        guard let name = registration.event else {
            // The Python hub does not report this one on its system channels.
            count(.malformedMessage)
            send(to: client) {
                $0.writeFailure("Event name required for provider registration", requestID: registration.requestID)
            }
            return false
        }
        let existing = channel.events[name.key]
        let isProvided = existing?.isProvided(by: client) ?? false
        let isAlone = !registration.traits.isGroup || existing?.traits.isGroup == false
        let yielding = existing.flatMap { isAlone && $0.isOnlyBridged && !client.isStingerBridge ? $0 : nil }
        if existing != nil, !isProvided, isAlone, yielding == nil {
            let text = "Provider already exists for \(channel.name.text):\(name.text) and group mode is incompatible"
            count(.denied)
            report(text, causedBy: client) {
                send(to: client) {
                    $0.writeFailure(text, requestID: registration.requestID, channel: channel.name, event: name)
                }
            }
            return false
        }
        if let refusal = lackOfRoom(
            for: registration.byteCount,
            replacing: existing.flatMap { client.byteCount(of: $0) },
            client
        ) {
            count(.overloaded)
            answerFailure(refusal, registration, client)
            return false
        }
        if let yielding { supersede(yielding, by: client) }
        let event = channel.events[name.key] ?? HubEvent(name: name, channel: channel)
        if !isProvided { event.add(client) }
        client.keep(event, byteCount: registration.byteCount)
        event.traits = registration.traits
        channel.events[event.name.key] = event
        send(toListenersOf: channel, where: { $0 !== client }) {
            $0.writeEventNotice(channel: channel.name, event: name, owner: client.id, event.traits)
        }
        send(to: client) {
            $0.writeProviderAccepted(requestID: registration.requestID, channel: channel.name, event: name)
        }
        return true
    }

    /// Takes an event from the bridges that provide it; they are told.
    private func supersede(_ event: HubEvent, by client: HubConnection) {
        for bridge in event.providers {
            withdraw(event, from: bridge)
            tellWithdrawn(event, of: bridge, causedBy: client)
        }
    }

    func withdraw(_ event: HubEvent, from client: HubConnection) {
        event.remove(client)
        client.drop(event)
        if event.providers.isEmpty { event.channel.events[event.name.key] = nil }
    }
}

/// A control message, where it lies and whose it is.
struct ControlMessage {
    let body: UnsafeRawBufferPointer
    let envelope: Envelope
    let fields: MapView
    let client: HubConnection
}

extension ByteBuffer {
    /// What there is on a channel, for a client that joined it.
    ///
    /// - Parameter namesProviders: whether each event says who all provides it.
    fileprivate mutating func writeChannelSync(_ channel: HubChannel, namesProviders: Bool) {
        writeFrame(4) {
            $0.writeEntry("type", "channel_sync")
            $0.writeEntry("channel", channel.name)
            $0.writeMessagePack("events")
            $0.writeMapHead(channel.events.count)
            for event in channel.events.values {
                $0.writeMessagePack(utf8: event.name.utf8)
                $0.writeMapHead(namesProviders ? 7 : 6)
                $0.writeEntry("owner", event.providers.first?.id)
                $0.writeEntry("is_stream", event.traits.isStream)
                $0.writeEntry("is_group", event.traits.isGroup)
                $0.writeEntry("param_schema", raw: event.traits.parameterSchema)
                $0.writeEntry("return_schema", raw: event.traits.returnSchema)
                $0.writeEntry("stype", "event")
                guard namesProviders else { continue }
                $0.writeMessagePack("providers")
                $0.writeArrayHead(event.providers.count)
                for provider in event.providers { $0.writeMessagePack(utf8: provider.id.utf8) }
            }
            let owned = channel.subscriptions.values.filter { $0.owner != nil }
            $0.writeMessagePack("subscriptions")
            $0.writeMapHead(owned.count)
            for subscription in owned {
                $0.writeMessagePack(utf8: subscription.name.utf8)
                $0.writeMapHead(3)
                $0.writeEntry("owner", subscription.owner?.id)
                $0.writeEntry("param_schema", raw: subscription.schema)
                $0.writeEntry("stype", "subscription")
            }
        }
    }
}
