/// Where one topic could go: the brokers under the names that it has there, and the ways between them.
struct TopicMap: Sendable {
    /// A broker, and a name that the topic has on it.
    struct Spot: Hashable, Sendable {
        let broker: Int
        let name: [UInt8]
    }

    /// What all topics have in common that see the same edges in the same order.
    struct Shape: Hashable, Sendable {
        /// The broker of each spot; the first is where the topic started.
        var brokers: [Int]
        /// In the order in which they are preferred: shorter names first, then as the links are ordered.
        var ways: [Way]
    }

    struct Way: Hashable, Sendable {
        /// Spots by number.
        let one: Int
        let other: Int
        /// Messages cross from `one` to `other`, and back.
        var there: Bool
        var back: Bool
        var keepsPathAtOne: Bool
        var keepsPathAtOther: Bool
        /// Those that split a shared subscription among them are one way.
        var links: [Int]

        var isSymmetric: Bool { there && back }
    }

    private(set) var shape: Shape
    private(set) var spots: [Spot]
    /// More names came up than are followed: a prefix is added in each round.
    private(set) var isCutShort = false

    private var numbers: [Spot: Int]
    private var shares: [String?] = []

    /// - Parameter spotMaximum: spots that are followed; shorter names first.
    init(_ net: BridgeNet, start: Spot, spotMaximum: Int) {
        spots = [start]
        numbers = [start: 0]
        shape = Shape(brokers: [], ways: [])
        var followed: Set<Int> = []
        while let spot = nextToFollow(followed) {
            followed.insert(spot)
            for contact in net.contacts[spots[spot].broker] {
                follow(contact, at: spot, net, spotMaximum)
            }
        }
        shape.brokers = spots.map(\.broker)
        sortWays()
    }

    /// A prefix that is added in each round makes names without end: short ones come first.
    private func nextToFollow(_ followed: Set<Int>) -> Int? {
        guard followed.count < spots.count else { return nil }
        return spots.indices.filter { !followed.contains($0) }.min { spots[$0].name.count < spots[$1].name.count }
    }

    private mutating func follow(_ contact: BridgeNet.Contact, at spot: Int, _ net: BridgeNet, _ spotMaximum: Int) {
        let link = net.links[contact.link]
        let far = link[contact.side.other]
        let name = spots[spot].name
        if let (arrived, share) = link.rules.arrival(from: contact.side, name),
            let there = number(Spot(broker: far, name: arrived), spotMaximum)
        {
            add(contact, link, from: spot, to: there, share, isFrom: true)
        }
        for departed in link.rules.departures(from: contact.side.other, to: name) {
            guard let (_, share) = link.rules.arrival(from: contact.side.other, departed),
                let there = number(Spot(broker: far, name: departed), spotMaximum)
            else { continue }
            add(contact, link, from: spot, to: there, share, isFrom: false)
        }
    }

    private mutating func number(_ spot: Spot, _ spotMaximum: Int) -> Int? {
        if let known = numbers[spot] { return known }
        guard spots.count < spotMaximum else {
            isCutShort = true
            return nil
        }
        numbers[spot] = spots.count
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
        let keepsHere = link.edge[contact.side].keepsPath
        let keepsThere = link.edge[contact.side.other].keepsPath
        // The lower spot first, so that the two sides of a link find each other; a link to the broker itself has both ends on one.
        let isLower = spot <= far
        let (one, other) = isLower ? (spot, far) : (far, spot)
        let goesThere = isLower == isFrom
        if let known = shape.ways.indices.first(where: { index in
            let way = shape.ways[index]
            guard way.one == one, way.other == other else { return false }
            return way.links.contains(contact.link) || (share != nil && shares[index] == share)
        }) {
            shape.ways[known].there = shape.ways[known].there || goesThere
            shape.ways[known].back = shape.ways[known].back || !goesThere
            if !shape.ways[known].links.contains(contact.link) {
                shape.ways[known].links = (shape.ways[known].links + [contact.link]).sorted()
                shape.ways[known].keepsPathAtOne =
                    shape.ways[known].keepsPathAtOne && (isLower ? keepsHere : keepsThere)
                shape.ways[known].keepsPathAtOther =
                    shape.ways[known].keepsPathAtOther && (isLower ? keepsThere : keepsHere)
            }
            return
        }
        shape.ways.append(
            Way(
                one: one,
                other: other,
                there: goesThere,
                back: !goesThere,
                keepsPathAtOne: isLower ? keepsHere : keepsThere,
                keepsPathAtOther: isLower ? keepsThere : keepsHere,
                links: [contact.link]
            )
        )
        shares.append(share)
    }

    private mutating func sortWays() {
        let spots = spots
        shape.ways.sort { one, other in
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
