/// A bridge's word to the other bridges of a hub: which endpoints it can bring there, and by which way.
package struct OfferChange: Equatable, Sendable {
    /// What is not named is withdrawn; else it stays.
    package var isFull: Bool
    package var offered: [Offer]
    package var withdrawn: [EndpointKey]
    /// Whoever hears this is asked to tell all of its own offers.
    package var asksForOffers: Bool
    /// More of the same follows in the next change: a long list is told in pieces.
    package var continues: Bool

    package init(
        isFull: Bool,
        offered: [Offer] = [],
        withdrawn: [EndpointKey] = [],
        asksForOffers: Bool = false,
        continues: Bool = false
    ) {
        self.isFull = isFull
        self.offered = offered
        self.withdrawn = withdrawn
        self.asksForOffers = asksForOffers
        self.continues = continues
    }
}

package struct Offer: Equatable, Sendable {
    package let key: EndpointKey
    /// The hubs on the way, the endpoint's own first; without the hub that this is offered on.
    package let path: [String]

    package init(key: EndpointKey, path: [String]) {
        self.key = key
        self.path = path
    }
}

/// How good a way is: a shorter one is better, and among equals the order of names decides, alike for everybody who compares.
struct Rank: Comparable {
    let path: [String]
    let bridge: String

    static func < (one: Rank, other: Rank) -> Bool {
        if one.path.count != other.path.count { return one.path.count < other.path.count }
        if one.path != other.path { return one.path.lexicographicallyPrecedes(other.path) }
        return one.bridge < other.bridge
    }
}
