/// The last echoes of QoS 1 that came, by their packet identifiers: a broker whose PUBACK was lost sends the same message under the same identifier
/// once more, when nobody waits for it any longer.
struct EchoRepetitions: Sendable {
    private struct Echo {
        let packetID: UInt16
        let key: SipHash.Words
    }

    /// More than brokers commonly have in flight towards a client. 24 bytes each.
    private static let countMaximum = 1_024

    private var echoes: [Echo] = []
    private var oldest = 0

    mutating func note(_ packetID: UInt16, _ key: SipHash.Words) {
        let echo = Echo(packetID: packetID, key: key)
        guard echoes.count == Self.countMaximum else { return echoes.append(echo) }
        echoes[oldest] = echo
        oldest = (oldest + 1) % Self.countMaximum
    }

    func contains(_ packetID: UInt16, _ key: SipHash.Words) -> Bool {
        echoes.contains { $0.packetID == packetID && $0.key == key }
    }

    mutating func removeAll() {
        echoes.removeAll()
        oldest = 0
    }
}
