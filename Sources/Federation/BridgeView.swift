import MQTTProtocol

/// What one bridge does in one state of the graph; decisions are made topic by topic and kept.
struct BridgeView: Sendable {
    let own: BridgeEdge
    private let others: [BridgeEdge]
    private let limits: BrokerGraphLimits
    /// Drawn when the first message asks.
    private var net: BridgeNet?
    private var first: [[UInt8]: TopicDecision] = [:]
    private var second: [[UInt8]: TopicDecision] = [:]

    init(own: BridgeEdge, others: [BridgeEdge], _ limits: BrokerGraphLimits) {
        self.own = own
        self.others = others
        self.limits = limits
    }

    mutating func carries(_ topic: UnsafeRawBufferPointer, _ path: StingerPath?, from side: Side) -> Bool {
        let net = self.net ?? BridgeNet(own: own, others: others)
        self.net = net
        let link = net.links[net.own]
        if net.ownIsOnlyWay {
            guard let path else { return true }
            return !net.ids[link[side.other]].withUnsafeBytes { path.contains($0) }
        }
        let name = Array(topic)
        switch side {
        case .first: return Self.decision(name, side, net, limits, &first).carries(path)
        case .second: return Self.decision(name, side, net, limits, &second).carries(path)
        }
    }

    private static func decision(
        _ name: [UInt8],
        _ side: Side,
        _ net: BridgeNet,
        _ limits: BrokerGraphLimits,
        _ known: inout [[UInt8]: TopicDecision]
    ) -> TopicDecision {
        if let decision = known[name] { return decision }
        let link = net.links[net.own]
        guard let (arrived, _) = link.rules.arrival(from: side, name) else { return .standBy }
        let map = TopicMap(
            net,
            start: TopicMap.Spot(broker: link[side], name: name),
            nameMaximum: limits.nameMaximum
        )
        let there = TopicMap.Spot(broker: link[side.other], name: arrived)
        let decision = TopicPlan(map).decision(net.own, to: there, ids: net.ids)
        if known.count >= limits.topicMaximum { known.removeAll(keepingCapacity: true) }
        known[name] = decision
        return decision
    }
}
