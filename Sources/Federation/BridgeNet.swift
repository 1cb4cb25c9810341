import MQTTProtocol

/// The edges that are known at one time, in an order that is the same for everybody, and the brokers between them.
struct BridgeNet: Sendable {
    struct Link: Sendable {
        let edge: BridgeEdge
        let rules: TopicRules
        /// Brokers by number.
        let first: Int
        let second: Int

        subscript(side: Side) -> Int {
            switch side {
            case .first: first
            case .second: second
            }
        }
    }

    /// An end of a link, where it touches a broker.
    struct Contact: Sendable {
        let link: Int
        let side: Side
    }

    /// By name, then nonce: the earlier, the sooner it is used.
    let links: [Link]
    /// By broker.
    let contacts: [[Contact]]
    /// The brokers' ids as they stand in paths.
    let ids: [[UInt8]]
    /// The bridge that this is computed for.
    let own: Int
    /// Whether nothing but this bridge joins its two brokers, also not in a roundabout way: then it carries everything.
    let ownIsOnlyWay: Bool

    /// - Parameter others: edges with different nonces, none of them the own one's.
    init(own: BridgeEdge, others: [BridgeEdge]) {
        let edges = ([own] + others).sorted(by: BridgeEdge.isEarlier)
        var numbers: [[UInt8]: Int] = [:]
        var contacts: [[Contact]] = []
        var ids: [[UInt8]] = []
        var links: [Link] = []
        for (number, edge) in edges.enumerated() {
            var ends: [Int] = []
            for side in Side.allCases {
                let id = StingerPath.escaped(edge[side].id)
                let broker = numbers[id] ?? ids.count
                if broker == ids.count {
                    numbers[id] = broker
                    contacts.append([])
                    ids.append(id)
                }
                contacts[broker].append(Contact(link: number, side: side))
                ends.append(broker)
            }
            links.append(Link(edge: edge, rules: TopicRules(edge.rules), first: ends[0], second: ends[1]))
        }
        self.links = links
        self.contacts = contacts
        self.ids = ids
        let ownIndex = edges.firstIndex { $0.nonce == own.nonce } ?? 0
        self.own = ownIndex
        ownIsOnlyWay = !Self.isReachable(links[ownIndex].first, links[ownIndex].second, links, contacts, not: ownIndex)
    }

    private static func isReachable(
        _ start: Int,
        _ goal: Int,
        _ links: [Link],
        _ contacts: [[Contact]],
        not skipped: Int
    ) -> Bool {
        var seen: Set = [start]
        var waiting = [start]
        while let broker = waiting.popLast() {
            if broker == goal { return true }
            for contact in contacts[broker] where contact.link != skipped {
                let far = links[contact.link][contact.side.other]
                if seen.insert(far).inserted { waiting.append(far) }
            }
        }
        return false
    }
}

extension TopicRules {
    /// The name under which a topic arrives on the other side, and the group of the shared subscription that brings it.
    func arrival(from side: Side, _ name: [UInt8]) -> (name: [UInt8], share: String?)? {
        name.withUnsafeBytes { bytes in
            guard case .carried(let rule) = decide(from: side, topic: bytes) else { return nil }
            var arrived: [UInt8] = []
            guard rename(from: side, rule: rule, topic: bytes, into: &arrived) else { return nil }
            return (arrived, rules[rule].share)
        }
    }

    /// The names on `side` that become this name on the other; without those that a rename has left nothing of.
    func departures(from side: Side, to name: [UInt8]) -> [[UInt8]] {
        name.withUnsafeBytes { bytes in
            var departures: [[UInt8]] = []
            for rule in decisions(side.other).candidates(bytes) where rules[rule].direction.allows(from: side) {
                var departure: [UInt8] = []
                guard rename(from: side.other, rule: rule, topic: bytes, into: &departure) else { continue }
                if !departures.contains(departure), arrival(from: side, departure)?.name == name {
                    departures.append(departure)
                }
            }
            return departures
        }
    }
}
