import NIOCore

@testable import Federation

/// One bridge's routes between the hubs "west" (first) and "east" (second), at a time of its own.
final class TestTable {
    let table: RouteTable
    private(set) var time = NIODeadline.uptimeNanoseconds(1_000_000_000)
    let limits: RouteLimits

    /// - Parameter isUp: both links are up, nobody else is there, and everything so far is forgotten.
    init(_ rules: [ChannelRule] = [.everything], limits: RouteLimits = RouteLimits(), isUp: Bool = true) {
        self.limits = limits
        table = RouteTable(rules: ChannelRules(rules), limits: limits, now: time)
        guard isUp else { return }
        linkUp(.first)
        linkUp(.second)
        for side in Side.allCases { table.segmentKnown(side, others: []) }
        pass(.seconds(10))
        _ = take()
    }

    func linkUp(_ side: Side, hubID: String? = nil, ownID: String = "m", reportsDepartures: Bool = true) {
        table.linkUp(
            side,
            hubID: hubID ?? (side == .first ? "west" : "east"),
            ownID: ownID,
            reportsDepartures: reportsDepartures
        )
    }

    /// Lets time pass, with everything that is due on the way.
    func pass(_ time: TimeAmount) {
        let end = self.time + time
        while let deadline = table.nextDeadline, deadline <= end {
            self.time = max(self.time, deadline)
            table.advance(to: self.time)
            kept += table.takeActions()
        }
        self.time = end
        table.advance(to: end)
    }

    /// Lets time pass in which this bridge does not run.
    func sleep(_ time: TimeAmount) {
        self.time = self.time + time
        table.advance(to: self.time)
    }

    private var kept: [RouteTable.Action] = []

    /// All actions since last time.
    func take() -> [RouteTable.Action] {
        defer { kept = [] }
        return kept + table.takeActions()
    }

    /// Those that carry and drop.
    func takeCarried() -> [RouteTable.Action] {
        take().filter { action in
            switch action {
            case .carry, .drop: true
            case .announce, .beat: false
            }
        }
    }

    /// Those that tell other bridges.
    func takeChanges(_ side: Side) -> [OfferChange] {
        take().compactMap { action in
            if case .announce(side, let change) = action { change } else { nil }
        }
    }

    func offer(_ side: Side, from bridge: String, _ key: EndpointKey, _ path: [String]) {
        let offer = Offer(key: key, path: path)
        table.heard(side, from: bridge, OfferChange(isFull: false, offered: [offer]))
    }

    func withdraw(_ side: Side, from bridge: String, _ key: EndpointKey) {
        table.heard(side, from: bridge, OfferChange(isFull: false, withdrawn: [key]))
    }
}
