package import NIOCore

/// The routes of one bridge between two hubs: what it offers to each, and what it carries.
///
/// All bridges of a hub tell each other what they could bring there and by which way; of each endpoint the best offer is carried, and
/// the others stand by (docs/decisions/0006). Pure: whoever drives it tells it what it hears and the time, and takes out actions.
package final class RouteTable {
    package enum Action: Equatable, Sendable {
        /// Tell the other bridges of the hub on this side.
        case announce(Side, OfferChange)
        /// Tell them that this bridge is there.
        case beat(Side)
        /// Bring the endpoint `key` to the hub on this side; on the other side it is called `far`. A second time for the same key when its
        /// way has changed.
        case carry(Side, EndpointKey, far: EndpointKey, path: [String])
        /// Bring it no longer.
        case drop(Side, EndpointKey)
    }

    private let rules: ChannelRules
    private let limits: RouteLimits
    private var first: Segment?
    private var second: Segment?
    private var now: NIODeadline
    private var actions: [Action] = []

    package init(rules: ChannelRules, limits: RouteLimits = RouteLimits(), now: NIODeadline) {
        self.rules = rules
        self.limits = limits
        self.now = now
    }

    private subscript(side: Side) -> Segment? {
        get { side == .first ? first : second }
        set { if side == .first { first = newValue } else { second = newValue } }
    }

    // MARK: Links

    /// The bridge has become a client of the hub on one side.
    ///
    /// - Parameter reportsDepartures: whether the hub tells when a client goes.
    package func linkUp(_ side: Side, hubID: String, ownID: String, reportsDepartures: Bool) {
        linkDown(side)
        self[side] = Segment(
            hubID: hubID,
            ownID: ownID,
            reportsDepartures: reportsDepartures,
            now: now,
            limits: limits
        )
        for channel in rules.literalChannels(on: side) { self[side]?.channels.insert(channel) }
        for channel in self[side]?.channels ?? [] { refreshSource(side, channel) }
        // What the other side has is offered here from now on.
        guard let other = self[side.other] else { return }
        for key in other.locals.union(other.proxies.keys) { refresh(side.other, key) }
        for channel in other.channels { refreshSource(side.other, channel) }
        for key in Set(other.neighbours.values.flatMap(\.offers.keys)) { refresh(side.other, key) }
    }

    package func linkDown(_ side: Side) {
        guard self[side] != nil else { return }
        self[side] = nil
        actions.removeAll { $0.side == side }
        guard let other = self[side.other] else { return }
        for key in Array(other.ownOffers.keys) { setOffer(side.other, key, nil) }
    }

    /// Which other bridges are on the hub; nil where the hub does not say. Their offers are awaited before this one acts.
    package func segmentKnown(_ side: Side, others: Set<String>?) {
        guard let others, self[side]?.isSettled == false else { return }
        let heard = self[side].map { Set($0.neighbours.keys) } ?? []
        self[side]?.awaited = others.subtracting(heard)
        settleIfComplete(side)
    }

    private func settleIfComplete(_ side: Side) {
        guard let segment = self[side], !segment.isSettled, segment.awaited?.isEmpty == true else { return }
        settle(side)
    }

    private func settle(_ side: Side) {
        self[side]?.isSettled = true
        self[side]?.awaited = nil
        for key in Array(self[side]?.ownOffers.keys ?? [:].keys) { updateCarried(side, key) }
    }

    // MARK: What is on the hubs

    package func channelFound(_ side: Side, _ channel: String) {
        guard rules.concerns(channel, on: side), self[side]?.channels.insert(channel).inserted == true else { return }
        refreshSource(side, channel)
    }

    /// A client of the hub registered an endpoint, or the last that had it went.
    package func setLocal(_ side: Side, _ key: EndpointKey, isThere: Bool) {
        guard self[side] != nil else { return }
        let isNew = isThere ? self[side]?.locals.insert(key).inserted == true : self[side]?.locals.remove(key) != nil
        if isNew { refresh(side, key) }
    }

    /// Another bridge registered an endpoint on the hub, or took it back.
    package func setProxy(_ side: Side, _ key: EndpointKey, of bridge: String, isThere: Bool) {
        guard let segment = self[side] else { return }
        var bridges = segment.proxies[key] ?? []
        let isNew = isThere ? bridges.insert(bridge).inserted : bridges.remove(bridge) != nil
        guard isNew else { return }
        self[side]?.proxies[key] = bridges.isEmpty ? nil : bridges
        refresh(side, key)
    }

    // MARK: Other bridges

    /// Another bridge has told its offers, or given a sign of life (`change` nil).
    package func heard(_ side: Side, from bridge: String, _ change: OfferChange?) {
        guard let segment = self[side], bridge != segment.ownID else { return }
        let isNew = segment.neighbours[bridge] == nil
        if isNew {
            guard segment.neighbours.count < limits.bridgesPerHub else { return }
            self[side]?.neighbours[bridge] = Segment.Neighbour(lastHeard: now)
            // It came before us, or its word was lost: ask for all of it.
            if change?.isFull != true { self[side]?.asksForOffers = true }
        }
        self[side]?.neighbours[bridge]?.lastHeard = now
        guard let change else { return }
        if change.asksForOffers { self[side]?.mustSayAll = true }
        take(change, from: bridge, side)
        if change.isFull {
            self[side]?.awaited?.remove(bridge)
            settleIfComplete(side)
        }
    }

    private func take(_ change: OfferChange, from bridge: String, _ side: Side) {
        guard let segment = self[side] else { return }
        var touched: Set<EndpointKey> = []
        if change.isFull, let old = segment.neighbours[bridge]?.offers {
            touched = Set(old.keys)
            segment.neighbours[bridge]?.offers = [:]
        }
        for key in change.withdrawn where segment.neighbours[bridge]?.offers.removeValue(forKey: key) != nil {
            touched.insert(key)
        }
        for offer in change.offered where isSound(offer, segment) {
            guard let count = segment.neighbours[bridge]?.offers.count, count < limits.offersPerBridge else { break }
            segment.neighbours[bridge]?.offers[offer.key] = offer.path
            touched.insert(offer.key)
        }
        for key in touched { refresh(side, key) }
    }

    /// Whether a way can be true: not through the hub it leads to, no hub twice, not too long.
    private func isSound(_ offer: Offer, _ segment: Segment) -> Bool {
        !offer.path.isEmpty && offer.path.count <= limits.hopMaximum && !offer.path.contains(segment.hubID)
            && Set(offer.path).count == offer.path.count
    }

    /// Another bridge has left the hub.
    package func bridgeGone(_ side: Side, _ bridge: String) {
        guard let neighbour = self[side]?.neighbours.removeValue(forKey: bridge) else {
            self[side]?.awaited?.remove(bridge)
            settleIfComplete(side)
            return
        }
        self[side]?.lastDeparture = now
        for key in neighbour.offers.keys { refresh(side, key) }
        self[side]?.awaited?.remove(bridge)
        settleIfComplete(side)
    }

    // MARK: Deciding

    private func refresh(_ side: Side, _ key: EndpointKey) {
        updateOffer(from: side, key)
        updateCarried(side, key)
    }

    private func refreshSource(_ side: Side, _ channel: String) {
        guard let hubID = self[side]?.hubID else { return }
        refresh(side, .source(channel, hub: hubID))
    }

    /// Offers what one side has to the other, or takes it back.
    private func updateOffer(from side: Side, _ key: EndpointKey) {
        guard self[side.other] != nil, let beyond = rules.counterpart(of: key, on: side) else { return }
        setOffer(side.other, beyond, wayOut(side, key))
    }

    private func setOffer(_ side: Side, _ key: EndpointKey, _ path: [String]?) {
        guard self[side]?.ownOffers[key] != path else { return }
        self[side]?.ownOffers[key] = path
        self[side]?.unsaid.insert(key)
        updateCarried(side, key)
        // Who carries a source here decides whether it can go back out on the other side.
        if key.kind == .source { updateOffer(from: side, key) }
    }

    /// The way to an endpoint on one side, for those on the other; nil where there is none.
    private func wayOut(_ side: Side, _ key: EndpointKey) -> [String]? {
        guard let segment = self[side], let target = self[side.other] else { return nil }
        guard segment.hubID != target.hubID else { return nil }
        let path: [String]
        switch key.kind {
        case .source:
            if key.name == segment.hubID {
                guard segment.channels.contains(key.channel) else { return nil }
                path = []
            } else {
                guard let best = segment.bestOffer(of: key) else { return nil }
                if let own = segment.ownOffers[key], Rank(path: own, bridge: segment.ownID) < best { return nil }
                path = best.path
            }
        case .event, .subscription:
            if segment.locals.contains(key) {
                path = []
            } else {
                let ranks = (segment.proxies[key] ?? []).compactMap { bridge in
                    segment.neighbours[bridge]?.offers[key].map { Rank(path: $0, bridge: bridge) }
                }
                guard let best = ranks.min() else { return nil }
                path = best.path
            }
        }
        guard !path.contains(target.hubID), path.count < limits.hopMaximum else { return nil }
        return path + [segment.hubID]
    }

    /// Decides whether this bridge brings an endpoint to the hub on one side.
    private func updateCarried(_ side: Side, _ key: EndpointKey) {
        guard let segment = self[side] else { return }
        let old = segment.carried[key]
        guard let path = wonWay(segment, key), let far = rules.counterpart(of: key, on: side) else {
            if let old {
                self[side]?.carried[key] = nil
                self[side]?.starting.remove(key)
                if old.startsAt == nil { actions.append(.drop(side, key)) }
            }
            return
        }
        guard old?.path != path else { return }
        var startsAt = old?.startsAt
        if old == nil, key.kind == .source, mayHaveHadAnother(segment) {
            startsAt = now + limits.holdDown
            self[side]?.starting.insert(key)
        }
        self[side]?.carried[key] = Segment.Carried(far: far, path: path, startsAt: startsAt)
        if startsAt == nil { actions.append(.carry(side, key, far: far, path: path)) }
    }

    /// Our way, where it is the best there is.
    private func wonWay(_ segment: Segment, _ key: EndpointKey) -> [String]? {
        guard segment.isSettled, !segment.locals.contains(key), let own = segment.ownOffers[key] else { return nil }
        if let best = segment.bestOffer(of: key), best < Rank(path: own, bridge: segment.ownID) { return nil }
        return own
    }

    /// Whether another bridge is or lately was there that could have carried a source until now.
    private func mayHaveHadAnother(_ segment: Segment) -> Bool {
        !segment.neighbours.isEmpty || segment.lastDeparture.map { now - $0 < limits.holdDown * 2 } ?? false
    }

    // MARK: Time and actions

    package func advance(to now: NIODeadline) {
        self.now = now
        for side in Side.allCases { advance(side) }
    }

    private func advance(_ side: Side) {
        guard let segment = self[side] else { return }
        let silence = segment.silenceMaximum(limits)
        for (bridge, neighbour) in segment.neighbours where now - neighbour.lastHeard >= silence {
            bridgeGone(side, bridge)
        }
        if !segment.isSettled, segment.settleDeadline <= now { settle(side) }
        for key in self[side]?.starting ?? [] {
            guard let carried = self[side]?.carried[key], let startsAt = carried.startsAt else {
                self[side]?.starting.remove(key)
                continue
            }
            guard startsAt <= now else { continue }
            self[side]?.starting.remove(key)
            self[side]?.carried[key]?.startsAt = nil
            actions.append(.carry(side, key, far: carried.far, path: carried.path))
        }
        if segment.nextBeat <= now {
            self[side]?.nextBeat = now + limits.beatInterval
            actions.append(.beat(side))
        }
    }

    /// When `advance` is next due; nil while no link is up.
    package var nextDeadline: NIODeadline? {
        var earliest: NIODeadline?
        for side in Side.allCases {
            guard let segment = self[side] else { continue }
            var deadline = segment.nextBeat
            if !segment.isSettled { deadline = min(deadline, segment.settleDeadline) }
            for key in segment.starting { deadline = min(deadline, segment.carried[key]?.startsAt ?? deadline) }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// What is to be done; in order.
    package func takeActions() -> [Action] {
        for side in Side.allCases {
            if let change = takeChange(side) { actions.append(.announce(side, change)) }
        }
        defer { actions = [] }
        return actions
    }

    private func takeChange(_ side: Side) -> OfferChange? {
        guard let segment = self[side], segment.mustSayAll || segment.asksForOffers || !segment.unsaid.isEmpty else {
            return nil
        }
        self[side]?.mustSayAll = false
        self[side]?.asksForOffers = false
        self[side]?.unsaid = []
        if segment.mustSayAll {
            let offers = segment.ownOffers.map { Offer(key: $0.key, path: $0.value) }
            return OfferChange(isFull: true, offered: offers, asksForOffers: segment.asksForOffers)
        }
        var change = OfferChange(isFull: false, asksForOffers: segment.asksForOffers)
        for key in segment.unsaid {
            if let path = segment.ownOffers[key] {
                change.offered.append(Offer(key: key, path: path))
            } else {
                change.withdrawn.append(key)
            }
        }
        return change
    }

    // MARK: Looking in

    /// What is carried to the hub on one side, and works.
    package func carriedKeys(_ side: Side) -> [EndpointKey: [String]] {
        (self[side]?.carried ?? [:]).filter { $0.value.startsAt == nil }.mapValues(\.path)
    }
}

extension RouteTable.Action {
    fileprivate var side: Side {
        switch self {
        case .announce(let side, _), .beat(let side), .carry(let side, _, _, _), .drop(let side, _): side
        }
    }
}
