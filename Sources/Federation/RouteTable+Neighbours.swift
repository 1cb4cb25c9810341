import NIOCore

/// The other bridges of a hub: what they say, and that they go.
extension RouteTable {
    /// Another bridge has told its offers, or given a sign of life (`change` nil).
    package func heard(_ side: Side, from bridge: String, _ change: OfferChange?) {
        guard let segment = self[side], bridge != segment.ownID else { return }
        if segment.neighbours[bridge] == nil {
            guard segment.neighbours.count < limits.bridgesPerHub else {
                refusedOfferCount += change?.offered.count ?? 0
                return
            }
            segment.neighbours[bridge] = Segment.Neighbour(lastHeard: now)
            segment.fellSilent[bridge] = nil
            // Its word was lost: ask for all of it. One who has just come has asked already, and waits.
            if change?.isFull != true, segment.isSettled { segment.asksForOffers = true }
        }
        segment.neighbours[bridge]?.lastHeard = now
        guard let change else { return }
        if change.asksForOffers { segment.mustSayAll = true }
        take(change, from: bridge, segment, side)
        guard !change.continues, segment.neighbours[bridge]?.untold != nil else { return }
        segment.neighbours[bridge]?.untold = nil
        segment.neighbours[bridge]?.hasToldAll = true
        segment.awaited?.remove(bridge)
        settleIfComplete(segment, side)
    }

    private func take(_ change: OfferChange, from bridge: String, _ segment: Segment, _ side: Side) {
        var touched: Set<EndpointKey> = []
        if change.isFull { segment.neighbours[bridge]?.untold = segment.offers.keys(of: bridge) }
        for key in change.withdrawn where segment.offers.set(key, of: bridge, path: nil) { touched.insert(key) }
        for offer in change.offered {
            guard isSound(offer, segment), hasRoom(for: offer.key, of: bridge, segment) else {
                refusedOfferCount += 1
                // What it offered before holds no longer.
                if segment.offers.set(offer.key, of: bridge, path: nil) { touched.insert(offer.key) }
                continue
            }
            segment.neighbours[bridge]?.untold?.remove(offer.key)
            if segment.offers.set(offer.key, of: bridge, path: offer.path) { touched.insert(offer.key) }
        }
        if !change.continues, let untold = segment.neighbours[bridge]?.untold {
            for key in untold where segment.offers.set(key, of: bridge, path: nil) { touched.insert(key) }
        }
        decide(touched, segment, side)
    }

    /// Whether a way can be true: not through the hub it leads to, no hub twice, not too long.
    private func isSound(_ offer: Offer, _ segment: Segment) -> Bool {
        !offer.path.isEmpty && offer.path.count <= limits.hopMaximum && !offer.path.contains(segment.hubID)
            && Set(offer.path).count == offer.path.count
            && (offer.key.kind != .source || offer.key.name == offer.path[0])
    }

    private func hasRoom(for key: EndpointKey, of bridge: String, _ segment: Segment) -> Bool {
        let known = segment.offers.keys(of: bridge)
        return known.contains(key)
            || known.count < limits.offersPerBridge && segment.offers.count < limits.offersPerHub
    }

    /// Another bridge has left the hub.
    package func bridgeGone(_ side: Side, _ bridge: String) {
        guard let segment = self[side] else { return }
        segment.fellSilent[bridge] = nil
        forget(bridge, segment, side, keys: segment.forgetProxies(of: bridge))
    }

    /// Another bridge says nothing any more; what it registered may still be there, and it may come back.
    private func bridgeFellSilent(_ bridge: String, _ segment: Segment, _ side: Side) {
        segment.fellSilent[bridge] = now
        forget(bridge, segment, side, keys: [])
    }

    private func forget(_ bridge: String, _ segment: Segment, _ side: Side, keys: [EndpointKey]) {
        segment.neighbours[bridge] = nil
        decide(segment.offers.forget(bridge).union(keys), segment, side)
        segment.awaited?.remove(bridge)
        settleIfComplete(segment, side)
    }

    /// Decides anew about endpoints of which the offers have changed.
    private func decide(_ touched: Set<EndpointKey>, _ segment: Segment, _ side: Side) {
        for key in touched.sorted() {
            if key.kind != .event {
                segment.rivalsGone[key] = segment.offers.best(of: key) == nil ? now : nil
            }
            refresh(side, key)
        }
    }

    // MARK: Time

    func advance(_ side: Side, after earlier: NIODeadline) {
        guard let segment = self[side] else { return }
        if !segment.isSettled, segment.settleDeadline <= now { settle(segment, side) }
        offerWhatWaited(segment, side)
        startWhatIsDue(segment, side)
        guard segment.nextBeat <= now else { return }
        let isLate = now - segment.nextBeat > segment.beatInterval
        let silence = now - segment.nextBeat + segment.beatInterval
        segment.nextBeat = now + segment.beatInterval
        actions.append(.beat(side))
        // Who did not run himself has not listened either.
        if isLate { for bridge in segment.neighbours.keys { segment.neighbours[bridge]?.lastHeard = now } }
        if silence >= segment.silenceMaximum - segment.beatInterval { beginAnew(segment, side) }
        let silent = segment.neighbours.filter { now - $0.value.lastHeard >= segment.silenceMaximum }
        for bridge in silent.keys.sorted() { bridgeFellSilent(bridge, segment, side) }
        tidy(segment, side)
    }

    /// This bridge did not run for so long that the others may have taken over what it passes on: it is silent as one who takes over from
    /// them, lest it passes on again what has piled up, and tells them that it is back.
    private func beginAnew(_ segment: Segment, _ side: Side) {
        guard !segment.neighbours.isEmpty else { return }
        segment.mustSayAll = true
        for key in segment.carried.keys.sorted() where key.kind != .event {
            guard let carried = segment.carried[key] else { continue }
            if key.kind == .source, carried.startsAt == nil { actions.append(.drop(side, key)) }
            let startsAt = now + limits.holdDown * Int64(carried.offer.path.count + 1)
            segment.silence(key, until: max(startsAt, carried.startsAt ?? startsAt))
        }
    }

    private func offerWhatWaited(_ segment: Segment, _ side: Side) {
        guard let next = segment.nextDetour, next <= now else { return }
        segment.nextDetour = nil
        for key in segment.detours.filter({ $0.value.until != nil }).keys.sorted() {
            guard let until = segment.detours[key]?.until else { continue }
            guard until <= now else {
                segment.nextDetour = min(segment.nextDetour ?? until, until)
                continue
            }
            if let far = rules.original(of: key, on: side) { updateOffer(from: side.other, far) }
            // Nothing was there to be offered any more.
            if segment.detours[key]?.until == until { segment.detours[key]?.until = nil }
        }
    }

    private func tidy(_ segment: Segment, _ side: Side) {
        let longest = limits.holdDown * Int64(limits.hopMaximum)
        if !segment.rivalsGone.isEmpty { segment.rivalsGone = segment.rivalsGone.filter { now - $0.value < longest } }
        if !segment.detours.isEmpty {
            segment.detours = segment.detours.filter {
                $0.value.until != nil || now - $0.value.at <= limits.detourMemory
            }
        }
        for (bridge, since) in segment.fellSilent where now - since >= limits.silentMemory { bridgeGone(side, bridge) }
    }

    private func startWhatIsDue(_ segment: Segment, _ side: Side) {
        guard let start = segment.nextStart, start <= now else { return }
        segment.nextStart = nil
        for key in segment.starting.sorted() {
            guard let carried = segment.carried[key], let startsAt = carried.startsAt else {
                segment.starting.remove(key)
                continue
            }
            guard startsAt <= now else {
                segment.nextStart = min(segment.nextStart ?? startsAt, startsAt)
                continue
            }
            segment.starting.remove(key)
            segment.carried[key]?.startsAt = nil
            if key.kind == .source {
                actions.append(.carry(side, key, far: carried.offer.far, path: carried.offer.path))
            }
        }
    }
}
