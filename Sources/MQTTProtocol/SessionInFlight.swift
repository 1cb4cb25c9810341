/// Outgoing messages of QoS 1 and 2 between their first PUBLISH and their end, by packet identifier 1 to `window`.
struct SessionInFlight: Sendable {
    enum Step: Sendable {
        case awaitingPubAck
        case awaitingPubRec
        case awaitingPubComp
    }

    struct Entry: Sendable {
        let message: SessionMessage
        var step: Step
        /// Counts up with each message that goes out for the first time.
        let order: UInt64
        /// As `order`; of the PUBREC once that has come (MQTT-4.6.0-4).
        var resendOrder: UInt64
        /// Whether its PUBLISH or PUBREL has been sent on the connection that is up now.
        var isSent: Bool
        /// It is only released, so that its identifier can be used again (`SessionSuspicion`).
        var isGivenUp = false
    }

    private var entries: [Entry?] = []
    /// One bit for each identifier from 1 on; set while it is free.
    private var free: [UInt64]
    private var nextOrder: UInt64 = 0
    private(set) var count = 0
    /// Those that count against the broker's receive maximum on this connection.
    private(set) var sentCount = 0
    let window: Int

    init(window: Int) {
        self.window = window
        free = Self.allFree(window)
    }

    private static func allFree(_ window: Int) -> [UInt64] {
        var words = [UInt64](repeating: .max, count: (window + 63) / 64)
        let rest = window % 64
        if rest != 0 { words[words.count - 1] = (1 << UInt64(rest)) - 1 }
        return words
    }

    subscript(packetID: UInt16) -> Entry? {
        let index = Int(packetID) - 1
        return entries.indices.contains(index) ? entries[index] : nil
    }

    var hasRoom: Bool { count < window }

    /// Gives the message the lowest free identifier (MQTT 5.0, 2.2.1); nil where none is free.
    mutating func insert(_ message: SessionMessage, step: Step) -> UInt16? {
        guard let word = free.firstIndex(where: { $0 != 0 }) else { return nil }
        let index = word * 64 + free[word].trailingZeroBitCount
        free[word] &= free[word] - 1
        while entries.count <= index { entries.append(nil) }
        entries[index] = Entry(message: message, step: step, order: nextOrder, resendOrder: nextOrder, isSent: true)
        nextOrder += 1
        count += 1
        sentCount += 1
        return UInt16(index + 1)
    }

    mutating func remove(_ packetID: UInt16) {
        let index = Int(packetID) - 1
        guard entries.indices.contains(index), let entry = entries[index] else { return }
        entries[index] = nil
        free[index / 64] |= 1 << UInt64(index % 64)
        count -= 1
        if entry.isSent { sentCount -= 1 }
    }

    mutating func setStep(_ step: Step, _ packetID: UInt16) { entries[Int(packetID) - 1]?.step = step }

    /// PUBREC has come: from now on PUBREL is what is sent again.
    mutating func setReleased(_ packetID: UInt16) {
        entries[Int(packetID) - 1]?.step = .awaitingPubComp
        entries[Int(packetID) - 1]?.resendOrder = nextOrder
        nextOrder += 1
    }

    mutating func setSent(_ packetID: UInt16) {
        let index = Int(packetID) - 1
        guard let entry = entries[index], !entry.isSent else { return }
        entries[index]?.isSent = true
        sentCount += 1
    }

    /// Messages that were sent on this connection, and that the broker has not answered.
    var unanswered: [UInt16] {
        entries.indices.compactMap { index in
            guard let entry = entries[index], entry.isSent, entry.step != .awaitingPubComp else { return nil }
            return UInt16(index + 1)
        }
    }

    /// The broker may have it without having said so: then it delivers it now.
    mutating func giveUp(_ packetID: UInt16) {
        setReleased(packetID)
        entries[Int(packetID) - 1]?.isGivenUp = true
    }

    /// A connection has begun: nothing was sent on it yet.
    ///
    /// - Returns: the identifiers in flight, in the order in which they are to be sent again.
    mutating func beginConnection() -> [UInt16] {
        for index in entries.indices { entries[index]?.isSent = false }
        sentCount = 0
        return inOrder(of: \.resendOrder).map { UInt16($0 + 1) }
    }

    /// The session is lost at the broker: what was in flight is to begin anew, in its order.
    mutating func removeAll() -> [SessionMessage] {
        let messages = inOrder(of: \.order).compactMap { entries[$0]?.message }
        entries.removeAll()
        free = Self.allFree(window)
        count = 0
        sentCount = 0
        return messages
    }

    private func inOrder(of order: (Entry) -> UInt64) -> [Int] {
        entries.enumerated().compactMap { index, entry in entry.map { (index, order($0)) } }
            .sorted { $0.1 < $1.1 }
            .map { $0.0 }
    }
}
