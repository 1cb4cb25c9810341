package import NIOCore

/// The routes of one bridge between two hubs: what it offers to each, and what it carries.
///
/// All bridges of a hub tell each other what they could bring there and by which way; of each endpoint the best offer is carried, and
/// the others stand by (docs/decisions/0006). Pure: whoever drives it tells it the time, then what it hears, and takes out actions.
package final class RouteTable {
    package enum Action: Equatable, Sendable {
        /// Tell the other bridges of the hub on this side.
        case announce(Side, OfferChange)
        /// Tell them that this bridge is there.
        case beat(Side)
        /// Bring the endpoint `key` to the hub on this side; on the other side it is called `far`. A second time for the same key when its
        /// way has changed. Publications may be passed on once `delivers` says so; of broadcasts one hears only then.
        case carry(Side, EndpointKey, far: EndpointKey, path: [String])
        /// Bring it no longer.
        case drop(Side, EndpointKey)
    }

    let rules: ChannelRules
    let limits: RouteLimits
    private var first: Segment?
    private var second: Segment?
    var now: NIODeadline
    var actions: [Action] = []
    /// Offers from others that can't be: through the hub they were told on, one hub twice, too long, or too many.
    package internal(set) var refusedOfferCount = 0

    package init(rules: ChannelRules, limits: RouteLimits = RouteLimits(), now: NIODeadline) {
        self.rules = rules
        self.limits = limits
        self.now = now
    }

    subscript(side: Side) -> Segment? { side == .first ? first : second }

    private func set(_ side: Side, _ segment: Segment?) {
        switch side {
        case .first: first = segment
        case .second: second = segment
        }
    }

    // MARK: Links

    /// The bridge has become a client of the hub on one side.
    ///
    /// - Parameter reportsDepartures: whether the hub tells when a client goes.
    package func linkUp(_ side: Side, hubID: String, ownID: String, reportsDepartures: Bool) {
        linkDown(side)
        let segment = Segment(
            hubID: hubID,
            ownID: ownID,
            reportsDepartures: reportsDepartures,
            now: now,
            limits: limits
        )
        segment.channels = Set(rules.literalChannels(on: side).filter { !ChannelRules.isReserved($0) })
        set(side, segment)
        for channel in segment.channels { refreshSource(side, channel) }
        // What the other side has is offered here from now on.
        guard let other = self[side.other] else { return }
        for key in other.locals.union(other.proxies.keys).union(other.offers.keys) {
            updateOffer(from: side.other, key)
        }
        for channel in other.channels { updateOffer(from: side.other, .source(channel, hub: other.hubID)) }
    }

    package func linkDown(_ side: Side) {
        guard self[side] != nil else { return }
        set(side, nil)
        actions.removeAll { $0.side == side }
        guard let other = self[side.other] else { return }
        for key in other.ownOffers.keys.sorted() { setOffer(other, side.other, key, nil) }
    }

    /// Both links lead to one hub, or to two of the same id: nothing can be carried.
    package var endsAreOneHub: Bool {
        guard let first, let second else { return false }
        return first.hubID == second.hubID
    }

    /// Which other bridges are on the hub; nil where the hub does not say. Their offers are awaited before this one acts.
    package func segmentKnown(_ side: Side, others: Set<String>?) {
        guard let segment = self[side], let others, !segment.isSettled else { return }
        segment.foundAlone = others.allSatisfy { $0 == segment.ownID } && segment.neighbours.isEmpty
        segment.awaited = others.filter { $0 != segment.ownID && segment.neighbours[$0]?.hasToldAll != true }
        settleIfComplete(segment, side)
    }

    func settleIfComplete(_ segment: Segment, _ side: Side) {
        guard !segment.isSettled, segment.awaited?.isEmpty == true else { return }
        settle(segment, side)
    }

    func settle(_ segment: Segment, _ side: Side) {
        segment.isSettled = true
        segment.awaited = nil
        if segment.neighbours.values.contains(where: { !$0.hasToldAll }) { segment.asksForOffers = true }
        for key in segment.ownOffers.keys.sorted() { updateCarried(segment, side, key) }
    }

    // MARK: What is on the hubs

    package func channelFound(_ side: Side, _ channel: String) {
        guard let segment = self[side], rules.concerns(channel, on: side) else { return }
        if segment.channels.insert(channel).inserted { refreshSource(side, channel) }
    }

    /// A client of the hub registered an endpoint, or the last that had it went.
    package func setLocal(_ side: Side, _ key: EndpointKey, isThere: Bool) {
        guard let segment = self[side], key.kind != .source else { return }
        let isNew = isThere ? segment.locals.insert(key).inserted : segment.locals.remove(key) != nil
        if isNew { refresh(side, key) }
    }

    /// Another bridge registered an endpoint on the hub, or took it back.
    package func setProxy(_ side: Side, _ key: EndpointKey, of bridge: String, isThere: Bool) {
        guard let segment = self[side], bridge != segment.ownID, key.kind != .source else { return }
        var bridges = segment.proxies[key] ?? []
        let isNew = isThere ? bridges.insert(bridge).inserted : bridges.remove(bridge) != nil
        guard isNew else { return }
        segment.proxies[key] = bridges.isEmpty ? nil : bridges
        updateOffer(from: side, key)
    }

    // MARK: Time and actions

    /// Comes before what is heard at that time.
    package func advance(to now: NIODeadline) {
        let earlier = self.now
        self.now = now
        for side in Side.allCases { advance(side, after: earlier) }
    }

    /// When `advance` is next due; nil while no link is up.
    package var nextDeadline: NIODeadline? {
        var earliest: NIODeadline?
        for side in Side.allCases {
            guard let segment = self[side] else { continue }
            var deadline = segment.nextBeat
            if !segment.isSettled { deadline = min(deadline, segment.settleDeadline) }
            if let detour = segment.nextDetour { deadline = min(deadline, detour) }
            if let start = segment.nextStart { deadline = min(deadline, start) }
            if segment.mustSayAll { deadline = min(deadline, segment.nextFull) }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// What is to be done; in order.
    package func takeActions() -> [Action] {
        for side in Side.allCases { self[side].map { announceChanges($0, side) } }
        defer { actions = [] }
        return actions
    }

    // MARK: Looking in

    /// What is carried to the hub on one side, and works.
    package func carriedKeys(_ side: Side) -> [EndpointKey: [String]] {
        (self[side]?.carried ?? [:]).filter { $0.value.startsAt == nil }.mapValues(\.offer.path)
    }

    /// Whether the broadcasts or publications that `key` brings to the hub on one side may be passed on now: it is carried, and its silence
    /// after a change of ways is over.
    package func delivers(_ side: Side, _ key: EndpointKey) -> Bool {
        guard let carried = self[side]?.carried[key] else { return false }
        return carried.startsAt == nil
    }

    /// How much is known of the hub on one side: offers heard and made, endpoints carried, other bridges.
    package func counts(_ side: Side) -> Counts {
        guard let segment = self[side] else { return Counts() }
        return Counts(
            offersHeard: segment.offers.count,
            offersMade: segment.ownOffers.count,
            carried: segment.carried.count,
            bridges: segment.neighbours.count
        )
    }

    package struct Counts: Equatable, Sendable {
        package var offersHeard = 0
        package var offersMade = 0
        package var carried = 0
        package var bridges = 0
    }
}

extension RouteTable.Action {
    fileprivate var side: Side {
        switch self {
        case .announce(let side, _), .beat(let side), .carry(let side, _, _, _), .drop(let side, _): side
        }
    }
}
