extension MQTTClientSession {
    /// Asks for subscriptions; `.subscribed` answers.
    ///
    /// - Parameters:
    ///   - entries: no more than fit in a packet that the broker takes.
    ///   - identifier: left out where the broker has none.
    /// - Returns: the packet identifier; 0 when nothing was put out: not connected, or larger than the broker takes.
    package mutating func subscribe(_ entries: [SubscribePacket.Entry], identifier: UInt32?) -> UInt16 {
        guard phase == .connected, !entries.isEmpty,
            let packetID = subscriptions.insert(.subAck, filterCount: entries.count)
        else { return 0 }
        var packet = SubscribePacket(packetID: packetID, entries: entries)
        switch version.current {
        case .v3_1_1: break
        case .v5:
            // A shared subscription with No Local is refused as a protocol error (MQTT-3.8.3-4).
            for index in packet.entries.indices where packet.entries[index].filter.hasPrefix("$share/") {
                packet.entries[index].options.noLocal = false
            }
            if let identifier, granted.hasSubscriptionIdentifiers {
                packet.properties.append(.subscriptionIdentifier(identifier))
            }
        }
        return putOutRequest(.subscribe(packet), packetID)
    }

    /// Ends subscriptions; `.unsubscribed` answers.
    ///
    /// - Returns: as `subscribe`.
    package mutating func unsubscribe(_ filters: [String]) -> UInt16 {
        guard phase == .connected, !filters.isEmpty,
            let packetID = subscriptions.insert(.unsubAck, filterCount: filters.count)
        else { return 0 }
        return putOutRequest(.unsubscribe(UnsubscribePacket(packetID: packetID, filters: filters)), packetID)
    }

    private mutating func putOutRequest(_ packet: MQTTPacket, _ packetID: UInt16) -> UInt16 {
        let start = output.writerIndex
        do throws(MQTTProtocolError) {
            try putOut(packet)
            if output.writerIndex - start <= granted.packetByteMaximum ?? .max { return packetID }
        } catch {
            // What was begun is taken back below.
        }
        output.moveWriterIndex(to: start)
        subscriptions.remove(packetID)
        return 0
    }

    mutating func receive(_ packet: SubscriptionAckPacket) {
        guard subscriptions.answered(packet, version: version.current) else {
            let name = packet.kind == .subAck ? "SUBACK" : "UNSUBACK"
            return fail(MQTTProtocolError(.protocolError, "\(name) answers nothing that was asked"))
        }
        switch packet.kind {
        case .subAck: pendingEvents.append(.subscribed(packetID: packet.packetID, packet.codes))
        case .unsubAck: pendingEvents.append(.unsubscribed(packetID: packet.packetID, packet.codes))
        }
    }
}
