import NIOCore

/// What is offered, and what is carried.
extension RouteTable {
    func refresh(_ side: Side, _ key: EndpointKey) {
        updateOffer(from: side, key)
        self[side].map { updateCarried($0, side, key) }
    }

    func refreshSource(_ side: Side, _ channel: String) {
        guard let segment = self[side] else { return }
        refresh(side, .source(channel, hub: segment.hubID))
    }

    /// Offers what one side has to the other, or takes it back.
    func updateOffer(from side: Side, _ key: EndpointKey) {
        guard let segment = self[side], let target = self[side.other] else { return }
        guard let beyond = rules.counterpart(of: key, on: side) else { return }
        let path = wayOut(segment, key, to: target)
        setOffer(target, side.other, beyond, path.map { Segment.OwnOffer(path: $0, far: key) })
    }

    func setOffer(_ segment: Segment, _ side: Side, _ key: EndpointKey, _ offer: Segment.OwnOffer?) {
        guard segment.ownOffers[key] != offer else { return }
        let offer = segment.admitted(offer, for: key, now: now)
        guard segment.ownOffers[key] != offer else { return }
        segment.ownOffers[key] = offer
        segment.unsaid.insert(key)
        updateCarried(segment, side, key)
        // Who carries a source here decides whether it can go back out on the other side.
        if key.kind == .source { updateOffer(from: side, key) }
    }

    /// The way to an endpoint on one side, for those on the other; nil where there is none.
    private func wayOut(_ segment: Segment, _ key: EndpointKey, to target: Segment) -> [String]? {
        guard segment.hubID != target.hubID else { return nil }
        let path: [String]
        switch key.kind {
        case .source:
            if key.name == segment.hubID {
                guard segment.channels.contains(key.channel) else { return nil }
                path = []
            } else {
                guard let best = segment.offers.best(of: key) else { return nil }
                // What this bridge brings here itself came from there.
                if let own = segment.ownOffers[key], Rank(path: own.path, bridge: segment.ownID) < best { return nil }
                path = best.path
            }
        case .event, .subscription:
            if segment.locals.contains(key) {
                path = []
            } else {
                guard let proxy = segment.proxyPath(key) else { return nil }
                path = proxy
            }
        }
        guard !path.contains(target.hubID), path.count < limits.hopMaximum else { return nil }
        return path + [segment.hubID]
    }

    /// Decides whether this bridge brings an endpoint to the hub on one side.
    func updateCarried(_ segment: Segment, _ side: Side, _ key: EndpointKey) {
        let old = segment.carried[key]
        guard let offer = wonOffer(segment, key) else {
            guard let old else { return }
            segment.carried[key] = nil
            segment.starting.remove(key)
            if key.kind != .source || old.startsAt == nil { actions.append(.drop(side, key)) }
            return
        }
        guard old?.offer != offer else { return }
        if old != nil {
            segment.carried[key]?.offer = offer
        } else {
            let startsAt = segment.start(of: key, hops: offer.path.count, now: now)
            segment.carried[key] = Segment.Carried(offer: offer)
            if let startsAt { segment.silence(key, until: startsAt) }
        }
        if key.kind != .source || segment.carried[key]?.startsAt == nil {
            actions.append(.carry(side, key, far: offer.far, path: offer.path))
        }
    }

    /// Our offer, where it is the best there is.
    private func wonOffer(_ segment: Segment, _ key: EndpointKey) -> Segment.OwnOffer? {
        guard segment.isSettled, !segment.locals.contains(key), let own = segment.ownOffers[key] else { return nil }
        if let best = segment.offers.best(of: key), best < Rank(path: own.path, bridge: segment.ownID) { return nil }
        return own
    }

    // MARK: Telling the others

    func announceChanges(_ segment: Segment, _ side: Side) {
        if segment.mustSayAll, segment.nextFull <= now {
            let offers = segment.ownOffers.keys.sorted().map { Offer(key: $0, path: segment.ownOffers[$0]?.path ?? []) }
            announce(OfferChange(isFull: true, offered: offers), segment, side)
            segment.mustSayAll = false
            segment.nextFull = now + limits.fullInterval
        } else if segment.asksForOffers || !segment.unsaid.isEmpty {
            var change = OfferChange(isFull: false)
            for key in segment.unsaid.sorted() {
                if let own = segment.ownOffers[key] {
                    change.offered.append(Offer(key: key, path: own.path))
                } else {
                    change.withdrawn.append(key)
                }
            }
            announce(change, segment, side)
        }
    }

    /// In pieces of a bounded size; the first one asks, if that is to be asked.
    private func announce(_ whole: OfferChange, _ segment: Segment, _ side: Side) {
        var offered = whole.offered[...]
        var withdrawn = whole.withdrawn[...]
        var piece = OfferChange(isFull: whole.isFull, asksForOffers: segment.asksForOffers)
        repeat {
            // Withdrawals first: in pieces or not, what is gone is not used for longer than need be.
            piece.withdrawn = Array(withdrawn.prefix(limits.offersPerChange))
            withdrawn = withdrawn.dropFirst(piece.withdrawn.count)
            piece.offered = Array(offered.prefix(limits.offersPerChange - piece.withdrawn.count))
            offered = offered.dropFirst(piece.offered.count)
            piece.continues = !offered.isEmpty || !withdrawn.isEmpty
            actions.append(.announce(side, piece))
            piece = OfferChange(isFull: false)
        } while !offered.isEmpty || !withdrawn.isEmpty
        segment.unsaid = []
        segment.asksForOffers = false
        segment.nextBeat = now + segment.beatInterval
    }
}
