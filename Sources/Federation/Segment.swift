import NIOCore

/// One hub as a bridge on it sees it: what is registered there, which other bridges are there, and what they and this one offer.
final class Segment {
    let hubID: String
    /// This bridge's client id there.
    let ownID: String
    /// Whether the hub tells when a client goes.
    let reportsDepartures: Bool
    let limits: RouteLimits
    /// When this bridge came.
    let upSince: NIODeadline

    /// Events and subscriptions of the hub's own clients.
    var locals: Set<EndpointKey> = []
    /// Those that other bridges registered, and which.
    var proxies: [EndpointKey: Set<String>] = [:]
    var channels: Set<String> = []
    var neighbours: [String: Neighbour] = [:]
    var offers = HeardOffers()

    /// Bridges whose offers are awaited before this one acts; nil: not known yet who is there.
    var awaited: Set<String>?
    var isSettled = false
    var settleDeadline: NIODeadline

    /// What this bridge offers here.
    var ownOffers: [EndpointKey: OwnOffer] = [:]
    /// What has changed in it since it was last told.
    var unsaid: Set<EndpointKey> = []
    var mustSayAll = true
    /// Not before this time.
    var nextFull: NIODeadline
    var asksForOffers = true
    var nextBeat: NIODeadline

    /// What this bridge brings here, or is about to.
    var carried: [EndpointKey: Carried] = [:]
    /// Those of it that wait for their time, and the earliest time at which one may be up.
    var starting: Set<EndpointKey> = []
    var nextStart: NIODeadline?
    /// When another bridge's last offer of something that is passed on went: what it had on its way may still arrive.
    var rivalsGone: [EndpointKey: NIODeadline] = [:]
    /// Ways of this bridge's own offers that became longer, or went, a short time ago.
    var detours: [EndpointKey: Detour] = [:]
    /// When the first of those that wait may be offered, or earlier.
    var nextDetour: NIODeadline?
    /// Whether the hub said that no other bridge was there when this one came.
    var foundAlone = false
    /// Bridges that fell silent with endpoints registered, and when.
    var fellSilent: [String: NIODeadline] = [:]

    struct Neighbour {
        var lastHeard: NIODeadline
        /// Whether all of its offers have been heard once.
        var hasToldAll = false
        /// While it tells all of them in pieces: those that no piece has named yet.
        var untold: Set<EndpointKey>?
    }

    struct OwnOffer: Equatable {
        let path: [String]
        /// The same endpoint by the names of the other side.
        let far: EndpointKey
    }

    struct Detour {
        /// Of the way, before it became longer; or as long as it has become.
        var length: Int
        var at: NIODeadline
        /// It has become longer before.
        var isRepeated = false
        /// Not to be offered before.
        var until: NIODeadline?
    }

    struct Carried {
        var offer: OwnOffer
        /// Until when it stays silent; nil once it works.
        var startsAt: NIODeadline?
    }

    init(hubID: String, ownID: String, reportsDepartures: Bool, now: NIODeadline, limits: RouteLimits) {
        self.hubID = hubID
        self.ownID = ownID
        self.reportsDepartures = reportsDepartures
        self.limits = limits
        upSince = now
        settleDeadline = now + limits.settleTimeout
        nextFull = now
        nextBeat = now
    }

    var beatInterval: TimeAmount { reportsDepartures ? limits.beatInterval : limits.beatIntervalOnMuteHubs }
    var silenceMaximum: TimeAmount { reportsDepartures ? limits.silenceMaximum : limits.silenceMaximumOnMuteHubs }

    /// What the other bridge whose registration it is offers on; nil when nobody who registered it tells the way.
    func proxyPath(_ key: EndpointKey) -> [String]? {
        guard let bridges = proxies[key] else { return nil }
        return offers.ranks(of: key).first { bridges.contains($0.bridge) }?.path
    }

    func forgetProxies(of bridge: String) -> [EndpointKey] {
        let keys = proxies.filter { $0.value.contains(bridge) }.map(\.key)
        for key in keys {
            proxies[key]?.remove(bridge)
            if proxies[key]?.isEmpty == true { proxies[key] = nil }
        }
        return keys
    }

    /// When what `key` brings may be passed on, so that nothing arrives that came by another way before; nil: at once.
    func start(of key: EndpointKey, hops: Int, now: NIODeadline) -> NIODeadline? {
        guard key.kind != .event else { return nil }
        let way = limits.holdDown * Int64(hops)
        // Somebody may have been at it right before this bridge came, or still have been until it heard of this one.
        var start = upSince + way
        if !foundAlone { start = start + limits.holdDown }
        if let gone = rivalsGone[key] { start = max(start, gone + way) }
        if offers.best(of: key) != nil {
            start = max(start, now + limits.holdDown + way)
        } else if !neighbours.isEmpty {
            // They may have learnt of it at the same moment.
            start = max(start, now + limits.holdDown)
        }
        return start > now ? start : nil
    }

    func silence(_ key: EndpointKey, until time: NIODeadline) {
        carried[key]?.startsAt = time
        starting.insert(key)
        nextStart = min(nextStart ?? time, time)
    }

    /// What of a new offer may be told: nil while the way is growing longer again and again.
    func admitted(_ offer: OwnOffer?, for key: EndpointKey, now: NIODeadline) -> OwnOffer? {
        let old = ownOffers[key]
        let detour = detours[key].flatMap { $0.until == nil && now - $0.at > limits.detourMemory ? nil : $0 }
        guard let offer else {
            if let old, detour == nil { detours[key] = Detour(length: old.path.count, at: now) }
            return nil
        }
        let length = offer.path.count
        guard var detour else {
            if let old, length > old.path.count { detours[key] = Detour(length: length, at: now, isRepeated: true) }
            return offer
        }
        defer { detours[key] = detour }
        guard length > detour.length else {
            detour.until = nil
            return offer
        }
        if let until = detour.until {
            if until > now { return nil }
        } else if detour.isRepeated {
            let until = now + limits.detourDelay
            detour.until = until
            detour.at = now
            nextDetour = min(nextDetour ?? until, until)
            return nil
        }
        detour = Detour(length: length, at: now, isRepeated: true)
        return offer
    }
}
