import NIOCore

extension MQTTClientSession {
    mutating func putOutConnect() {
        var packet = settings.connectPacket(version: version.current, assignedClientID: assignedClientID)
        if leavesOutWill { packet.will = nil }
        do throws(MQTTProtocolError) {
            try putOut(.connect(packet))
        } catch {
            output = ByteBuffer()
            close(MQTTSessionFailure(.settings(error), version: version.current))
        }
    }

    /// The refusal of a broker that answers in the form of 3.1.1, whatever the reader makes of its bytes.
    mutating func refusedInFormOf3() -> Bool {
        guard version.current == .v5, let code = greeting.refusalOf3 else { return false }
        refuse(code, properties: [])
        return true
    }

    mutating func receive(_ packet: ConnAckPacket) {
        guard phase == .connecting else {
            return fail(MQTTProtocolError(.protocolError, "CONNACK came twice", statement: "MQTT-3.2.0-2"))
        }
        awaitsConnAck = false
        guard packet.reason == .success else { return refuse(packet.reason, properties: packet.properties) }
        let clean = settings.connectPacket(version: version.current, assignedClientID: assignedClientID).cleanStart
        guard !packet.sessionPresent || !clean else {
            return fail(
                MQTTProtocolError(
                    .protocolError,
                    "CONNACK says that a session is present after a clean start",
                    statement: "MQTT-3.2.2-4"
                )
            )
        }
        version.accepted()
        phase = .connected
        let mayBeFresh = packet.sessionPresent && hasEverConnected && mayHaveMissedConnAck
        mayHaveMissedConnAck = false
        resumeSession(isPresent: packet.sessionPresent, mayBeFresh: mayBeFresh)
        granted = Connected(
            packet,
            version: version.current,
            epoch: epoch,
            clientID: assignedClientID ?? settings.clientID,
            settings: settings
        )
        granted.mayBeFresh = mayBeFresh
        if granted.isClientIDAssigned { assignedClientID = granted.clientID }
        liveness.connected(now: now, keepAlive: granted.keepAlive)
        incomingAliases.beginConnection()
        outgoingAliases.beginConnection(
            maximum: Int(min(granted.topicAliasMaximum, settings.outgoingTopicAliasMaximum))
        )
        pendingEvents.append(.connected(granted))
        sendWaiting()
    }

    private mutating func refuse(_ code: ReasonCode, properties: [MQTTProperty]) {
        var failure = MQTTSessionFailure(.refused(code), version: version.current, properties: properties)
        if code == .unsupportedProtocolVersion { failure.willFallBack = version.refused() }
        if code == .retainNotSupported, settings.will?.isRetained == true, !leavesOutWill {
            leavesOutWill = true
            failure.willFallBack = true
        }
        close(failure)
    }

    private mutating func resumeSession(isPresent: Bool, mayBeFresh: Bool) {
        incoming.beginConnection()
        suspicion.beginConnection()
        if mayBeFresh {
            // What comes from now on is told apart from what may be of a session that is gone.
            epoch &+= 1
            incoming.suspectAll()
        }
        if isPresent {
            // A session that this process has not begun may hold identifiers of an earlier life.
            if !hasEverConnected { staleIDs.suspect() }
            for packetID in inFlight.beginConnection() { resends.append(packetID) }
        } else {
            // Nothing that was in flight is known to the broker any more (MQTT-3.2.2-5): it starts again, before all that waits.
            epoch &+= 1
            staleIDs.ruleOut()
            incoming.forgetAll()
            outbox.prepend(inFlight.removeAll())
        }
        hasEverConnected = true
    }
}
