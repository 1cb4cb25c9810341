/// Where one topic could go: the brokers under the names that it has there, and the ways between them.
struct TopicMap: Sendable {
    /// A broker, and a name that the topic has on it.
    struct Spot: Hashable, Sendable {
        let broker: Int
        let name: [UInt8]
    }

    struct Way: Sendable {
        /// Spots by number.
        let one: Int
        let other: Int
        /// Messages cross from `one` to `other`, and back.
        var there: Bool
        var back: Bool
        /// Whether a message that takes it has a path afterwards that tells where it was before.
        var keepsPath: Bool
        /// Those that split a shared subscription among them are one way.
        var links: [Int]

        var isSymmetric: Bool { there && back }
    }

    /// The first is where the topic started.
    private(set) var spots: [Spot]
    /// In the order in which they are preferred: shorter names first, then as the links are ordered.
    private(set) var ways: [Way] = []
    /// More names came up than are followed: a prefix is added in each round.
    private(set) var isCutShort = false

    private var numbers: [Spot: Int]
    /// By broker.
    private var nameCounts: [Int: Int] = [:]
    private var shares: [String?] = []

    /// - Parameter nameMaximum: names that are followed on each broker; shorter ones first.
    init(_ net: BridgeNet, start: Spot, nameMaximum: Int) {
        spots = [start]
        numbers = [start: 0]
        nameCounts = [start.broker: 1]
        var followed: Set<Int> = []
        while let spot = nextToFollow(followed) {
            followed.insert(spot)
            for contact in net.contacts[spots[spot].broker] {
                follow(contact, at: spot, net, nameMaximum)
            }
        }
        sortWays()
    }

    /// A prefix that is added in each round makes names without end: short ones come first.
    private func nextToFollow(_ followed: Set<Int>) -> Int? {
        guard followed.count < spots.count else { return nil }
        // The start before all, so that the ways from it are in the map in any case.
        if followed.isEmpty { return 0 }
        return spots.indices.filter { !followed.contains($0) }.min { spots[$0].name.count < spots[$1].name.count }
    }

    private mutating func follow(_ contact: BridgeNet.Contact, at spot: Int, _ net: BridgeNet, _ nameMaximum: Int) {
        let link = net.links[contact.link]
        let far = link[contact.side.other]
        let name = spots[spot].name
        if let (arrived, share) = link.rules.arrival(from: contact.side, name),
            let there = number(Spot(broker: far, name: arrived), nameMaximum)
        {
            add(contact, link, from: spot, to: there, share, isFrom: true)
        }
        for departed in link.rules.departures(from: contact.side.other, to: name) {
            guard let (_, share) = link.rules.arrival(from: contact.side.other, departed),
                let there = number(Spot(broker: far, name: departed), nameMaximum)
            else { continue }
            add(contact, link, from: spot, to: there, share, isFrom: false)
        }
    }

    private mutating func number(_ spot: Spot, _ nameMaximum: Int) -> Int? {
        if let known = numbers[spot] { return known }
        guard nameCounts[spot.broker, default: 0] < nameMaximum else {
            isCutShort = true
            return nil
        }
        numbers[spot] = spots.count
        nameCounts[spot.broker, default: 0] += 1
        spots.append(spot)
        return spots.count - 1
    }

    /// - Parameter isFrom: whether messages go from `spot` to `far`, or come from there.
    private mutating func add(
        _ contact: BridgeNet.Contact,
        _ link: BridgeNet.Link,
        from spot: Int,
        to far: Int,
        _ share: String?,
        isFrom: Bool
    ) {
        let keepsPath = link.edge.first.keepsPath && link.edge.second.keepsPath
        // The lower spot first, so that the two sides of a link find each other; a link to the broker itself has both ends on one.
        let isLower = spot <= far
        let (one, other) = isLower ? (spot, far) : (far, spot)
        let goesThere = isLower == isFrom
        if let known = ways.indices.first(where: { index in
            let way = ways[index]
            guard way.one == one, way.other == other else { return false }
            return way.links.contains(contact.link) || (share != nil && shares[index] == share)
        }) {
            ways[known].there = ways[known].there || goesThere
            ways[known].back = ways[known].back || !goesThere
            if !ways[known].links.contains(contact.link) {
                ways[known].links = (ways[known].links + [contact.link]).sorted()
                ways[known].keepsPath = ways[known].keepsPath && keepsPath
            }
            return
        }
        ways.append(
            Way(
                one: one,
                other: other,
                there: goesThere,
                back: !goesThere,
                keepsPath: keepsPath,
                links: [contact.link]
            )
        )
        shares.append(share)
    }

    private mutating func sortWays() {
        let spots = spots
        ways.sort { one, other in
            let ones = [spots[one.one].name, spots[one.other].name].sorted(by: Self.isEarlier)
            let others = [spots[other.one].name, spots[other.other].name].sorted(by: Self.isEarlier)
            if ones[1].count != others[1].count { return ones[1].count < others[1].count }
            if one.links != other.links { return one.links.lexicographicallyPrecedes(other.links) }
            if ones[1] != others[1] { return ones[1].lexicographicallyPrecedes(others[1]) }
            if ones[0] != others[0] { return Self.isEarlier(ones[0], others[0]) }
            return false
        }
        shares = []
    }

    private static func isEarlier(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        if one.count != other.count { return one.count < other.count }
        return one.lexicographicallyPrecedes(other)
    }
}
