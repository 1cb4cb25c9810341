import NIOCore

/// One hub as a bridge on it sees it: what is registered there, which other bridges are there, and what they and this one offer.
final class Segment {
    let hubID: String
    /// This bridge's client id there.
    let ownID: String
    /// Whether the hub tells when a client goes.
    let reportsDepartures: Bool

    /// Events and subscriptions of the hub's own clients.
    var locals: Set<EndpointKey> = []
    /// Those that other bridges registered, and which.
    var proxies: [EndpointKey: Set<String>] = [:]
    var channels: Set<String> = []
    var neighbours: [String: Neighbour] = [:]

    /// Bridges whose offers are awaited before this one acts; nil: not known yet who is there.
    var awaited: Set<String>?
    var isSettled = false
    var settleDeadline: NIODeadline

    /// What this bridge offers here.
    var ownOffers: [EndpointKey: [String]] = [:]
    /// What has changed in it since it was last told.
    var unsaid: Set<EndpointKey> = []
    var mustSayAll = true
    var asksForOffers = true
    var nextBeat: NIODeadline

    /// What this bridge brings here, or is about to.
    var carried: [EndpointKey: Carried] = [:]
    /// Those of it that wait for their time.
    var starting: Set<EndpointKey> = []
    /// When another bridge last went.
    var lastDeparture: NIODeadline?

    struct Neighbour {
        var offers: [EndpointKey: [String]] = [:]
        var lastHeard: NIODeadline
    }

    struct Carried {
        /// The same endpoint by the names of the other side.
        let far: EndpointKey
        let path: [String]
        /// nil once it works.
        var startsAt: NIODeadline?
    }

    init(hubID: String, ownID: String, reportsDepartures: Bool, now: NIODeadline, limits: RouteLimits) {
        self.hubID = hubID
        self.ownID = ownID
        self.reportsDepartures = reportsDepartures
        settleDeadline = now + limits.settleTimeout
        nextBeat = now + limits.beatInterval
    }

    /// The best of the other bridges' offers.
    func bestOffer(of key: EndpointKey) -> Rank? {
        var best: Rank?
        for (bridge, neighbour) in neighbours {
            guard let path = neighbour.offers[key] else { continue }
            let rank = Rank(path: path, bridge: bridge)
            if best.map({ rank < $0 }) ?? true { best = rank }
        }
        return best
    }

    func silenceMaximum(_ limits: RouteLimits) -> TimeAmount {
        reportsDepartures ? limits.silenceMaximum : limits.silenceMaximumOnMuteHubs
    }
}
