/// SUBSCRIBEs and UNSUBSCRIBEs of this connection that are not answered yet, under identifiers that no message uses.
struct SessionSubscriptions: Sendable {
    private struct Request: Sendable {
        let kind: SubscriptionAckPacket.Kind
        let filterCount: Int
    }

    private var requests: [UInt16: Request] = [:]
    private var last: UInt16 = 0

    private static var firstID: UInt16 { UInt16(MQTTClientSession.Settings.publishIDMaximum) + 1 }

    /// - Returns: a free identifier; nil when all wait for an answer.
    mutating func insert(_ kind: SubscriptionAckPacket.Kind, filterCount: Int) -> UInt16? {
        guard requests.count <= Int(UInt16.max - Self.firstID) else { return nil }
        repeat {
            last = last < Self.firstID || last == .max ? Self.firstID : last + 1
        } while requests[last] != nil
        requests[last] = Request(kind: kind, filterCount: filterCount)
        return last
    }

    mutating func remove(_ packetID: UInt16) { requests[packetID] = nil }

    /// - Returns: whether the packet answers a request of its kind with a code for each filter.
    mutating func answered(_ packet: SubscriptionAckPacket, version: MQTTVersion) -> Bool {
        guard let request = requests[packet.packetID], request.kind == packet.kind else { return false }
        requests[packet.packetID] = nil
        let hasCodes = version == .v5 || packet.kind == .subAck
        return !hasCodes || packet.codes.count == request.filterCount
    }
}
