/// Identifiers of the broker's whose QoS 2 messages are done, so that one that comes once more is known.
///
/// The standard frees an identifier with PUBCOMP, so this asks for more than it gives. mosquitto 2.0, started again with more messages under way
/// than its `max_inflight_messages`, has forgotten which of them it had released and sends those again too, with DUP. It counts its identifiers up, as most
/// brokers do: of such a broker DUP on an identifier of a moment ago can only be the old message. Where identifiers are soon used again nothing is
/// concluded, because there it can be a new message that was lost on its way.
struct SessionFinishedIDs: Sendable {
    private struct Ending: Sendable {
        let packetID: UInt16
        let serial: UInt32
    }

    /// When each was last done, by the serial of that.
    private var serials: [UInt16: UInt32] = [:]
    private var order = SessionQueue<Ending>()
    private var serial: UInt32 = 0
    /// New messages since the broker last used an identifier again.
    private var freshCount = 0

    /// Endings that are kept. A broker that goes round in fewer identifiers than these is never taken for one that counts up.
    private static let maximum = 1_024

    mutating func finished(_ packetID: UInt16) {
        serial &+= 1
        serials[packetID] = serial
        order.append(Ending(packetID: packetID, serial: serial))
        guard order.count > Self.maximum, let oldest = order.popFirst() else { return }
        if serials[oldest.packetID] == oldest.serial { serials[oldest.packetID] = nil }
    }

    mutating func removeAll() {
        serials.removeAll()
        order.removeAll()
        freshCount = 0
    }

    /// A message has come under an identifier that is not in progress.
    ///
    /// - Parameter windowMaximum: identifiers that a broker needs at most which takes the lowest free one each time.
    /// - Returns: whether the message is one that was done already.
    mutating func isRepetition(_ packetID: UInt16, qos: QoS, isDuplicate: Bool, windowMaximum: Int) -> Bool {
        guard !serials.isEmpty else { return false }
        guard serials[packetID] != nil else {
            freshCount += 1
            return false
        }
        if isDuplicate, qos == .exactlyOnce, freshCount > windowMaximum { return true }
        serials[packetID] = nil
        freshCount = 0
        return false
    }
}
