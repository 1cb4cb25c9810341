package import NIOCore

/// All bridges between the brokers of a federation, as one of them knows them, and which messages it therefore carries: each broker gets
/// each message once.
///
/// Each bridge tells on both of its brokers what it joins by which rules, and what it has heard of on the respective other one. So all know
/// the same edges, and each computes the same decision for itself. Word is believed as long as the retained message of the bridge that passed it on
/// stands, and not from anybody who has it from here: a bridge that is gone is forgotten everywhere.
///
/// What others may have carried so far is not carried before the graph was quiet for a moment, and what others are to carry is left to
/// them at once: after a change rather nobody carries than two, and those who wait lose nothing.
package struct BrokerGraph: Sendable {
    package enum Verdict: Equatable, Sendable {
        case carry
        /// Another bridge carries it, or the broker has it already.
        case standBy
        /// It is this bridge's to carry, but only when the graph has been quiet for a moment: until then somebody else may. Ask again when
        /// `isSettled`.
        case wait
    }

    /// What is to be published as a retained message, with QoS 1; an empty text clears it.
    package struct Telling: Equatable, Sendable {
        package let side: Side
        package let text: [UInt8]
    }

    private struct End {
        var isUp = false
        /// Whether everything that stood on the broker has been heard since the link came up.
        var isLooked = false
        var heard = HeardRoutes()
        /// What is to stand under the own topic, and what does as far as it is known.
        var wanted: [UInt8] = []
        var standing: [UInt8]?
        /// What was told lately and will be heard again, oldest first.
        var echoes: [[UInt8]] = []
        var mayTellAt = NIODeadline.uptimeNanoseconds(0)
    }

    private static let echoMaximum = 4

    private let settings: Settings
    private var isLeaving = false
    private var own: BridgeEdge
    private var ends = BySide(End())

    private var others: [BridgeEdge] = []
    private var current: BridgeView
    /// As it was when nothing had changed for a moment; nil: not yet.
    private var settled: BridgeView?
    private var settlesAt: NIODeadline?
    private var settlesAtLatest: NIODeadline?
    /// Descriptions that were not believed, and those for which there was no room.
    package private(set) var unreadableCount = 0
    package private(set) var overflowCount = 0

    package init(_ settings: Settings) {
        self.settings = settings
        own = BridgeEdge(
            name: settings.name,
            nonce: settings.nonce,
            sequence: 0,
            first: BridgeEdge.End(id: "", keepsPath: false),
            second: BridgeEdge.End(id: "", keepsPath: false),
            rules: settings.rules
        )
        current = BridgeView(own: own, others: [], settings.limits)
    }

    /// Whether no other bridge is known.
    package var isAlone: Bool { others.isEmpty }

    /// Whether no message has to wait for the graph. Turns true in `deadlineReached` and in `firstLookDone`.
    package var isSettled: Bool { settled != nil && settlesAt == nil }

    /// All bridges that are known with what they join, for people to read; the own one first.
    package var summary: String {
        ([own] + others).map { "\($0.name): \($0.first.id) - \($0.second.id)" }.joined(separator: ", ")
    }

    // MARK: What happens

    /// A link is up: its broker is known, and what stands there is going to be heard.
    ///
    /// - Parameters:
    ///   - id: of the broker, the same for all bridges.
    ///   - keepsPath: whether user properties pass: MQTT 5.
    package mutating func linkUp(_ side: Side, id: String, keepsPath: Bool, now: NIODeadline) {
        let end = BridgeEdge.End(id: id, keepsPath: keepsPath)
        if own[side] != end {
            own[side] = end
            own.sequence += 1
        }
        ends[side] = End()
        ends[side].isUp = true
        changed(isForced: true, now: now)
    }

    /// The bridges of a broker have agreed on another id for it.
    package mutating func brokerRenamed(_ side: Side, id: String, now: NIODeadline) {
        guard ends[side].isUp, own[side].id != id else { return }
        own[side].id = id
        own.sequence += 1
        changed(isForced: true, now: now)
    }

    /// Nothing is known any more of what stands there.
    package mutating func linkDown(_ side: Side, now: NIODeadline) {
        ends[side] = End()
        // Others carry now what this bridge did; who was alone finds out at the next first look.
        if !isAlone { settled = nil }
        changed(isForced: true, now: now)
    }

    /// Everything that stood on the broker when the link came up has been heard.
    package mutating func firstLookDone(_ side: Side, now: NIODeadline) {
        guard ends[side].isUp, !ends[side].isLooked else { return }
        ends[side].isLooked = true
        changed(isForced: true, now: now)
    }

    /// A retained message under a topic of routes, the own one included; an empty one is `forgotten`.
    ///
    /// - Returns: why it is not believed; nil where it is.
    @discardableResult
    package mutating func heard(text: [UInt8], key: String, on side: Side, now: NIODeadline) -> RoutesTextFault? {
        guard !text.isEmpty else {
            forgotten(key: key, on: side, now: now)
            return nil
        }
        guard ends[side].isUp else { return nil }
        guard key != settings.key(side) else {
            stands(text, on: side, now: now)
            return nil
        }
        switch ends[side].heard.hear(text, key: Array(key.utf8), own: own.nonce, settings.limits) {
        case .kept:
            changed(now: now)
            return nil
        case .unreadable(let fault):
            unreadableCount += 1
            changed(now: now)
            return fault
        case .tooMany:
            overflowCount += 1
            changed(now: now)
            return nil
        }
    }

    /// The retained message under a topic of routes was cleared.
    package mutating func forgotten(key: String, on side: Side, now: NIODeadline) {
        guard ends[side].isUp else { return }
        guard key != settings.key(side) else { return stands([], on: side, now: now) }
        ends[side].heard.forget(Array(key.utf8))
        changed(now: now)
    }

    /// The bridge is about to go: it takes back what it has told.
    package mutating func leave(now: NIODeadline) {
        isLeaving = true
        for side in Side.allCases { ends[side].mayTellAt = now }
        changed(isForced: true, now: now)
    }

    /// A sign has spoken: a teller is gone (`isUp` false), or back.
    package mutating func heardSign(_ topic: String, isUp: Bool, on side: Side, now: NIODeadline) {
        guard ends[side].isUp, topic != settings.sign(side) else { return }
        ends[side].heard.sign(topic, isUp: isUp, settings.limits)
        changed(now: now)
    }

    /// The topics by which others' death is known on a broker.
    package func signs(on side: Side) -> [String] { ends[side].heard.signs }

    /// Somebody else's word under the own topic, such as the will of a connection that was taken over, is put right; not at once, as it may be
    /// the own word of a moment ago.
    private mutating func stands(_ text: [UInt8], on side: Side, now: NIODeadline) {
        if let echo = ends[side].echoes.firstIndex(of: text) {
            ends[side].echoes.removeSubrange(...echo)
            return
        }
        guard let standing = ends[side].standing, standing != text else { return }
        ends[side].standing = nil
        ends[side].mayTellAt = now + settings.limits.hold
    }

    // MARK: Telling

    /// What is to be published now; ask until nil. An unsent one is lost with its link, and told anew when that is up.
    package mutating func nextTelling(now: NIODeadline) -> Telling? {
        for side in Side.allCases where ends[side].isUp && ends[side].mayTellAt <= now {
            let text = ends[side].wanted
            guard ends[side].standing != text else { continue }
            ends[side].standing = text
            // Some brokers send none back.
            if ends[side].echoes.count == Self.echoMaximum { ends[side].echoes.removeFirst() }
            ends[side].echoes.append(text)
            // What takes a text back makes the next one wait no longer.
            if !text.isEmpty { ends[side].mayTellAt = now + settings.limits.tellInterval }
            return Telling(side: side, text: text)
        }
        return nil
    }

    /// Whether what this bridge joins has been told on a broker: only then is it time for the first look, or two that come together miss each other.
    package func hasTold(on side: Side) -> Bool {
        !ends[side].wanted.isEmpty && ends[side].standing == ends[side].wanted
    }

    /// Nothing while a link is down: nobody is to wait for what does not come.
    private func telling(on side: Side) -> [UInt8] {
        guard ends[.first].isUp, ends[.second].isUp, !isLeaving else { return [] }
        let here = ends[side].heard.best
        let there = ends[side.other].heard.best.values.filter { told in
            guard told.tellers.count < settings.limits.tellerMaximum else { return false }
            guard let known = here[told.edge.nonce] else { return true }
            return told.isBetter(than: known)
        }
        // The nearest first, should there be no room for all.
        let sorted = there.sorted { one, other in
            if one.tellers.count != other.tellers.count { return one.tellers.count < other.tellers.count }
            return BridgeEdge.isEarlier(one.edge, other.edge)
        }
        return RoutesDescription(sign: settings.sign(side), own: own, repeated: sorted).text(settings.limits)
    }

    // MARK: Time

    /// When `nextTelling` or `deadlineReached` has something to do.
    package var nextDeadline: NIODeadline {
        var next = settlesAt ?? .distantFuture
        for side in Side.allCases where ends[side].isUp && ends[side].standing != ends[side].wanted {
            next = min(next, ends[side].mayTellAt)
        }
        return next
    }

    package mutating func deadlineReached(now: NIODeadline) {
        guard let settlesAt, settlesAt <= now else { return }
        settle()
    }

    private mutating func settle() {
        settled = current
        settlesAt = nil
        settlesAtLatest = nil
    }

    private mutating func changed(isForced: Bool = false, now: NIODeadline) {
        for side in Side.allCases { ends[side].wanted = telling(on: side) }
        var best = ends[.first].heard.best
        best.merge(ends[.second].heard.best) { $0.isBetter(than: $1) ? $0 : $1 }
        let known = Array(
            best.values.map(\.edge).sorted(by: BridgeEdge.isEarlier).prefix(settings.limits.edgeMaximum - 1)
        )
        guard isForced || known != others else { return }
        let wasAlone = isAlone
        if known != others || current.own != own {
            others = known
            current = BridgeView(own: own, others: others, settings.limits)
        }
        guard ends[.first].isLooked, ends[.second].isLooked else {
            // Who was alone before its link fell may carry on as long as nobody else turns up.
            if !isAlone || !wasAlone { settled = nil }
            settlesAt = nil
            settlesAtLatest = nil
            return
        }
        guard !isAlone else { return settle() }
        let latest = settlesAtLatest ?? now + settings.limits.hold * settings.limits.holdMaximum
        settlesAtLatest = latest
        settlesAt = min(now + settings.limits.hold, latest)
    }

    // MARK: Messages

    /// Whether a message that a rule carries is carried.
    ///
    /// - Parameter path: of the message, as it came.
    package mutating func verdict(topic: UnsafeRawBufferPointer, path: StingerPath?, from side: Side) -> Verdict {
        guard ends[.first].isLooked && ends[.second].isLooked || settled != nil else { return .wait }
        guard current.carries(topic, path, from: side) else { return .standBy }
        guard settled != nil else { return .wait }
        if settlesAt == nil { return .carry }
        return settled?.carries(topic, path, from: side) == true ? .carry : .wait
    }
}
