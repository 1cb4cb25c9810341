import Configuration
import Federation
import MQTTProtocol
import NIOCore
import Transport

/// From what the configuration says of brokers to what their links and bridges are made with.
extension RemoteBroker {
    func endSettings(bridge: String, peer: String, stateTopic: String?) -> BrokerEndSettings {
        var session = MQTTClientSession.Settings(clientID: clientID(ofBridge: bridge, peer: peer))
        session.version = version
        session.fallsBack = fallsBack
        session.hasBridgeBit = hasBridgeBit
        session.cleanStart = cleanStart
        session.sessionExpiry = UInt32(clamping: sessionExpiry.components.seconds)
        session.keepAlive = UInt16(clamping: keepAlive.components.seconds)
        session.username = username
        session.password = password?.content
        session.receiveMaximum = UInt16(clamping: receiveMaximum)
        session.window = window
        session.packetByteMaximum = packetByteMaximum
        session.topicAliasMaximum = UInt16(clamping: topicAliasMaximum)
        session.outgoingTopicAliasMaximum = UInt16(clamping: topicAliasMaximum)
        session.holdsPublishes = true
        // Memory is bounded by not reading on: see `unacknowledgedMaximum`.
        session.toleratedReceiveCount = Int(UInt16.max)
        // Where no state topic tells the other bridges of this one's death, its routes are cleared.
        session.will = ConnectPacket.Will(
            topic: stateTopic ?? BridgeTopics(bridge: bridge, peer: peer).routes,
            payload: stateTopic == nil ? [] : [UInt8(ascii: "0")],
            qos: .atLeastOnce,
            isRetained: true
        )
        var settings = BrokerEndSettings(name: peer, session: session)
        settings.brokerID = id
        settings.stateTopic = stateTopic
        return settings
    }
}

extension Configuration.BridgeSettings {
    /// nil: it joins hubs.
    func topicRelaySettings(_ configuration: BridgeConfiguration) -> TopicRelaySettings? {
        guard let traffic = topics, let first = configuration.hub(named: first)?.broker,
            let second = configuration.hub(named: second)?.broker
        else { return nil }
        func end(_ broker: RemoteBroker, _ name: String) -> BrokerEndSettings {
            broker.endSettings(
                bridge: id,
                peer: name,
                stateTopic: traffic.stateTopic?.name(bridge: id, peer: name)
            )
        }
        var settings = TopicRelaySettings(
            id: id,
            rules: traffic.rules,
            first: end(first, self.first),
            second: end(second, self.second)
        )
        settings.coordinates = traffic.coordinates
        settings.drainRate = traffic.drainRate.map(Double.init)
        // Beyond the receive maximum, so that what needs no acknowledgement is still read where a broker keeps to it.
        settings.limits.unacknowledgedMaximum = 2 * Swift.max(first.receiveMaximum, second.receiveMaximum)
        return settings
    }
}
