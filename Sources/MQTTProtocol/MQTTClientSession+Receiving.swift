extension MQTTClientSession {
    /// Takes the next event out; decodes one packet after another until there is one.
    ///
    /// - Returns: nil when all that came has been dealt with.
    package mutating func nextEvent() -> Event? {
        while true {
            if let event = pendingEvents.popFirst() { return event }
            switch phase {
            case .offline, .closing: return nil
            case .connecting:
                // Its answer is then the event.
                if refusedInFormOf3() { continue }
            case .connected: break
            }
            do throws(MQTTProtocolError) {
                switch try reader.next() {
                case .publish(let view): if let message = try receive(view) { return .message(message) }
                case .packet(let packet): try receive(packet)
                case nil: return nil
                }
            } catch {
                fail(error)
            }
        }
    }

    /// Reaches the bytes of a message: its topic, whether or not an alias stood for it; its encoded properties without their length; its payload.
    ///
    /// Changes nothing; it is `mutating` because a session that is a property of an object would be copied otherwise, for each message.
    package mutating func withMessage<R>(
        _ message: IncomingMessage,
        _ body: (
            _ topic: UnsafeRawBufferPointer, _ properties: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer
        ) throws -> R
    ) rethrows -> R {
        let view = message.view
        // Whatever else the closure took along, the reader would be copied.
        let aliases = view.topic.isEmpty ? incomingAliases : nil
        return try reader.withPublishBytes(view) { bytes in
            let properties = UnsafeRawBufferPointer(rebasing: bytes[view.properties])
            let payload = UnsafeRawBufferPointer(rebasing: bytes[view.payload])
            guard let aliases else {
                return try body(UnsafeRawBufferPointer(rebasing: bytes[view.topic]), properties, payload)
            }
            return try aliases.withTopic(view.topicAlias) { try body($0, properties, payload) }
        }
    }

    /// Says that a message of QoS 1 or 2 has been dealt with: PUBACK or PUBREC goes out when it is its turn.
    ///
    /// - Parameters:
    ///   - epoch: the message's; with one that is over nothing happens, the broker has forgotten the message or will send it anew.
    ///   - reason: an error ends the message as refused; 3.1.1 cannot say so.
    package mutating func acknowledge(packetID: UInt16, epoch: UInt32, reason: ReasonCode) {
        incoming.settle(packetID, epoch: epoch, version.current == .v5 ? reason : .success)
        guard phase == .connected else { return }
        putOutAcknowledgements()
    }

    private mutating func putOutAcknowledgements() {
        while let packet = incoming.nextAcknowledgement() {
            putOutAcknowledgement(packet.kind, packet.packetID, packet.reason)
        }
    }

    // MARK: PUBLISH

    /// - Returns: nil for a repetition of a message that is in progress.
    @inline(__always)
    private mutating func receive(_ view: PublishView) throws(MQTTProtocolError) -> IncomingMessage? {
        guard phase == .connected else { throw Self.beforeConnAck("PUBLISH") }
        if view.topicAlias != 0 || view.topic.isEmpty { try resolveAlias(view) }
        if view.qos != .atMostOnce, try !isNew(view) { return nil }
        return IncomingMessage(view: view, epoch: epoch)
    }

    private mutating func resolveAlias(_ view: PublishView) throws(MQTTProtocolError) {
        guard view.topicAlias != 0 else {
            throw MQTTProtocolError(.protocolError, "PUBLISH has neither a topic nor an alias")
        }
        guard incomingAliases.isInRange(view.topicAlias) else {
            throw MQTTProtocolError(
                .topicAliasInvalid,
                "topic alias \(view.topicAlias) is above our maximum of \(settings.topicAliasMaximum)"
            )
        }
        guard view.topic.isEmpty else {
            reader.withPublishBytes(view) { bytes in
                incomingAliases.set(view.topicAlias, to: UnsafeRawBufferPointer(rebasing: bytes[view.topic]))
            }
            return
        }
        guard incomingAliases.isKnown(view.topicAlias) else {
            throw MQTTProtocolError(.protocolError, "topic alias \(view.topicAlias) stands for nothing")
        }
    }

    private mutating func isNew(_ view: PublishView) throws(MQTTProtocolError) -> Bool {
        let arrival = incoming.arrived(
            view.packetID,
            qos: view.qos,
            isDuplicate: view.isDuplicate,
            epoch: epoch,
            windowMaximum: Int(settings.receiveMaximum)
        )
        guard let arrival else {
            throw MQTTProtocolError(
                .protocolError,
                "packet identifier \(view.packetID) is in use by a message of another QoS"
            )
        }
        if version.current == .v5, incoming.unacknowledgedCount > settings.receivedCountMaximum {
            throw MQTTProtocolError(
                .receiveMaximumExceeded,
                "more than \(settings.receiveMaximum) messages were sent before their acknowledgement",
                statement: "MQTT-3.3.4-9"
            )
        }
        switch arrival {
        case .new: return true
        case .duplicate:
            // It may have been dealt with while the connection was down.
            putOutAcknowledgements()
            return false
        case .alreadyReceived:
            putOutAcknowledgement(.pubRec, view.packetID)
            return false
        }
    }

    mutating func receivePubRel(_ packet: AcknowledgementPacket) {
        let wasKnown = incoming.released(packet.packetID)
        putOutAcknowledgement(.pubComp, packet.packetID, wasKnown ? .success : .packetIdentifierNotFound)
    }

    // MARK: Other packets

    private mutating func receive(_ packet: MQTTPacket) throws(MQTTProtocolError) {
        switch packet {
        case .connAck(let packet): receive(packet)
        case .acknowledgement(let packet):
            guard phase == .connected else { throw Self.beforeConnAck("an acknowledgement") }
            receive(packet)
        case .subscriptionAck(let packet):
            guard phase == .connected else { throw Self.beforeConnAck("SUBACK or UNSUBACK") }
            receive(packet)
        case .pingResponse:
            guard phase == .connected else { throw Self.beforeConnAck("PINGRESP") }
        case .disconnectOrAuth(let packet): try receive(packet)
        case .connect: throw Self.ofClients("CONNECT")
        case .publish: throw Self.ofClients("a PUBLISH that is none")
        case .subscribe: throw Self.ofClients("SUBSCRIBE")
        case .unsubscribe: throw Self.ofClients("UNSUBSCRIBE")
        case .pingRequest: throw Self.ofClients("PINGREQ")
        }
    }

    private mutating func receive(_ packet: ReasonPacket) throws(MQTTProtocolError) {
        guard version.current == .v5 else { throw Self.ofClients("DISCONNECT") }
        switch packet.kind {
        case .disconnect:
            if phase == .connected { hungUp() }
            close(
                MQTTSessionFailure(
                    .disconnected(packet.reason),
                    version: version.current,
                    properties: packet.properties
                )
            )
        case .auth:
            throw MQTTProtocolError(
                .badAuthenticationMethod,
                "the broker asks for enhanced authentication, which is not offered here",
                statement: "MQTT-4.12.0-6"
            )
        }
    }

    private static func beforeConnAck(_ name: String) -> MQTTProtocolError {
        MQTTProtocolError(.protocolError, "\(name) came before CONNACK", statement: "MQTT-3.2.0-1")
    }

    private static func ofClients(_ name: String) -> MQTTProtocolError {
        MQTTProtocolError(.protocolError, "a broker does not send \(name)")
    }
}
