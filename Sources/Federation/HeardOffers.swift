/// The offers of the other bridges on a hub, by endpoint and by bridge.
struct HeardOffers {
    /// Best first.
    private var ranks: [EndpointKey: [Rank]] = [:]
    private var keysByBridge: [String: Set<EndpointKey>] = [:]
    private(set) var count = 0

    func ranks(of key: EndpointKey) -> [Rank] { ranks[key] ?? [] }

    func best(of key: EndpointKey) -> Rank? { ranks[key]?.first }

    func keys(of bridge: String) -> Set<EndpointKey> { keysByBridge[bridge] ?? [] }

    var keys: some Collection<EndpointKey> { ranks.keys }

    /// - Parameter path: nil takes the offer back.
    /// - Returns: whether that is news.
    mutating func set(_ key: EndpointKey, of bridge: String, path: [String]?) -> Bool {
        let known = keysByBridge[bridge]?.contains(key) == true
        guard known || path != nil else { return false }
        var list = ranks.removeValue(forKey: key) ?? []
        defer { if !list.isEmpty { ranks[key] = list } }
        if known, let index = list.firstIndex(where: { $0.bridge == bridge }) {
            if list[index].path == path { return false }
            list.remove(at: index)
            count -= 1
        }
        if let path {
            let rank = Rank(path: path, bridge: bridge)
            list.insert(rank, at: list.firstIndex { rank < $0 } ?? list.endIndex)
            count += 1
            if !known { keysByBridge[bridge, default: []].insert(key) }
        } else {
            keysByBridge[bridge]?.remove(key)
        }
        return true
    }

    /// - Returns: what the bridge had offered.
    mutating func forget(_ bridge: String) -> Set<EndpointKey> {
        let lost = keys(of: bridge)
        for key in lost { _ = set(key, of: bridge, path: nil) }
        keysByBridge[bridge] = nil
        return lost
    }
}
