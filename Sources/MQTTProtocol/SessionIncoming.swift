/// Packet identifiers of the broker that are in progress here, and the order in which they are to be acknowledged.
///
/// PUBACKs and PUBRECs leave in the order in which their PUBLISHes came on this connection (MQTT-4.6.0-2, MQTT-4.6.0-3), whatever the order
/// in which the messages were dealt with. Memory is bounded by the identifiers that there are.
struct SessionIncoming: Sendable {
    enum Arrival: Equatable, Sendable {
        case new
        /// In progress: not to be delivered again.
        case duplicate
        /// Its PUBREC has been sent, and is to be sent again.
        case alreadyReceived
    }

    private enum State: Sendable {
        case delivered
        /// Dealt with; PUBACK or PUBREC waits for those before it, or for the broker to send the message again.
        case settled(ReasonCode)
        /// PUBREC is sent, PUBREL is to come.
        case received
    }

    private struct Entry: Sendable {
        let qos: QoS
        let epoch: UInt32
        var state: State
        var connection: UInt32
        /// It may belong to a session that the broker has lost.
        var isSuspect = false
    }

    /// Changed by its methods alone: in place, through the subscript, it allocates.
    private var entries: [UInt16: Entry] = [:]
    private var pubAckOrder = SessionQueue<UInt16>()
    private var pubRecOrder = SessionQueue<UInt16>()
    private var finished = SessionFinishedIDs()
    private var connection: UInt32 = 0
    /// Messages that came on this connection and count against our receive maximum (MQTT 5.0, 4.9).
    private(set) var unacknowledgedCount = 0

    mutating func beginConnection() {
        connection &+= 1
        pubAckOrder.removeAll()
        pubRecOrder.removeAll()
        unacknowledgedCount = 0
    }

    mutating func forgetAll() {
        entries.removeAll()
        finished.removeAll()
        pubAckOrder.removeAll()
        pubRecOrder.removeAll()
        unacknowledgedCount = 0
    }

    /// The broker may have begun another session, whose identifiers are others.
    mutating func suspectAll() {
        for packetID in entries.keys { entries[packetID]?.isSuspect = true }
        finished.removeAll()
    }

    /// - Parameter windowMaximum: our receive maximum.
    /// - Returns: nil when the identifier is in use by a message of the other QoS.
    mutating func arrived(
        _ packetID: UInt16,
        qos: QoS,
        isDuplicate: Bool,
        epoch: UInt32,
        windowMaximum: Int
    ) -> Arrival? {
        if let entry = entries[packetID], entry.isSuspect {
            // What is sent again says so (MQTT-3.3.1-1): anything else is a new message under an old one's identifier.
            if isDuplicate, entry.qos == qos {
                entries[packetID]?.isSuspect = false
            } else {
                entries[packetID] = nil
            }
        }
        guard var entry = entries[packetID] else {
            let isKnown = finished.isRepetition(
                packetID,
                qos: qos,
                isDuplicate: isDuplicate,
                windowMaximum: windowMaximum
            )
            let state = isKnown ? State.settled(.success) : .delivered
            let entry = Entry(qos: qos, epoch: epoch, state: state, connection: connection)
            entries.updateValue(entry, forKey: packetID)
            enqueue(packetID, qos)
            return isKnown ? .duplicate : .new
        }
        guard entry.qos == qos else { return nil }
        let isFirstHere = entry.connection != connection
        entry.connection = connection
        entries.updateValue(entry, forKey: packetID)
        switch entry.state {
        case .received:
            // Those before it are received too: its PUBREC went out after theirs, so it may go out again at once.
            if isFirstHere { unacknowledgedCount += 1 }
            return .alreadyReceived
        case .delivered, .settled:
            if isFirstHere { enqueue(packetID, qos) }
            return .duplicate
        }
    }

    private mutating func enqueue(_ packetID: UInt16, _ qos: QoS) {
        unacknowledgedCount += 1
        switch qos {
        case .atMostOnce: break
        case .atLeastOnce: pubAckOrder.append(packetID)
        case .exactlyOnce: pubRecOrder.append(packetID)
        }
    }

    /// The message is dealt with; `nextAcknowledgement` says what may be sent now. A second time changes nothing, nor does a message of another
    /// session under the same identifier.
    mutating func settle(_ packetID: UInt16, epoch: UInt32, _ reason: ReasonCode) {
        guard var entry = entries[packetID], entry.epoch == epoch else { return }
        switch entry.state {
        case .delivered:
            entry.state = .settled(reason)
            entries.updateValue(entry, forKey: packetID)
        case .settled, .received: break
        }
    }

    /// The next PUBACK or PUBREC whose turn it is.
    mutating func nextAcknowledgement() -> AcknowledgementPacket? {
        while let packetID = pubAckOrder.first, let entry = entries[packetID] {
            guard case .settled(let reason) = entry.state else { break }
            _ = pubAckOrder.popFirst()
            entries.removeValue(forKey: packetID)
            unacknowledgedCount -= 1
            return AcknowledgementPacket(.pubAck, packetID, reason: reason)
        }
        while let packetID = pubRecOrder.first, var entry = entries[packetID] {
            guard case .settled(let reason) = entry.state else { break }
            _ = pubRecOrder.popFirst()
            if reason.isError {
                entries.removeValue(forKey: packetID)
                unacknowledgedCount -= 1
            } else {
                entry.state = .received
                entries.updateValue(entry, forKey: packetID)
            }
            return AcknowledgementPacket(.pubRec, packetID, reason: reason)
        }
        return nil
    }

    /// - Returns: whether the identifier waited for this PUBREL; it is free from now on.
    mutating func released(_ packetID: UInt16) -> Bool {
        guard let entry = entries[packetID], case .received = entry.state else { return false }
        entries.removeValue(forKey: packetID)
        finished.finished(packetID)
        if entry.connection == connection { unacknowledgedCount -= 1 }
        return true
    }
}
