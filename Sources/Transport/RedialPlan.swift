package import NIOCore

/// Which of a peer's addresses to dial next, and when: the next address at once, and a wait after each round through all of them.
///
/// A value without a clock: ask `next`, do it, tell how a dialled connection ended with `ended`, ask again.
package struct RedialPlan<Address: DialAddress>: Equatable, Sendable {
    package enum Step: Equatable, Sendable {
        case dial(Address)
        case wait(TimeAmount)
    }

    /// A connection that held this long was a success. One that ends sooner (a peer that shows us the door) counts as a failed try, or two
    /// such peers would be dialled in turns without a pause.
    package static var steadyUptime: TimeAmount { .seconds(10) }
    /// References that are followed one after the other without a wait between.
    private static var redirectMaximum: Int { 3 }

    package let addresses: [Address]
    package let order: AddressOrder
    /// See `init`.
    package let quickWait: TimeAmount?
    private var backoff: Backoff
    private var position = 0
    /// Of the round through the addresses that is going on.
    private var failureCount = 0
    private var faultCount = 0
    /// A short wait before the address that was lost a moment ago.
    private var waitsQuickly = false
    /// Brokers that another has named, to be tried before the list goes on.
    private var references: [Address] = []
    /// The last step dialled the first of them.
    private var followsReference = false
    /// Since the last wait or success.
    private var redirectCount = 0
    private var returns = FirstReturns()

    /// - Parameter quickWait: where given, a connection that held and is lost costs no turn. Where the order leads to the same address again, it
    ///   is redialled after a random time up to this; nil: the next address is the first to be tried, and a single one waits for its backoff.
    /// - Precondition: there is an address.
    package init(
        addresses: [Address],
        order: AddressOrder = .inTurn,
        backoff: Backoff = Backoff(),
        quickWait: TimeAmount? = nil
    ) {
        precondition(!addresses.isEmpty)
        self.addresses = addresses
        self.order = order
        self.backoff = backoff
        self.quickWait = quickWait
    }

    /// - Returns: a wait once after each round; the same address again until `ended` was told of it.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Step {
        if let reference = references.first {
            followsReference = true
            return .dial(reference)
        }
        if waitsQuickly, let quickWait {
            waitsQuickly = false
            return .wait(.nanoseconds(.random(in: 0...quickWait.nanoseconds, using: &generator)))
        }
        guard failureCount >= addresses.count else { return .dial(addresses[position]) }
        // Where every address needs somebody to mend something, trying every few seconds only fills logs.
        let wait = faultCount == failureCount ? backoff.cap : backoff.next(using: &generator)
        beginRound()
        redirectCount = 0
        if order == .returnToFirst { position = 0 }
        return .wait(wait)
    }

    /// The connection to the address of the last step ended, or did not come about.
    ///
    /// - Parameters:
    ///   - uptime: how long it was in use, from the end of the peer's own handshake on; zero if it never came so far.
    ///   - isConfigurationFault: trying again is no use before somebody has changed something (`ConnectionFailure.isConfigurationFault`, a
    ///     wrong secret).
    package mutating func ended(after uptime: TimeAmount, isConfigurationFault: Bool) {
        let isSuccess = uptime >= Self.steadyUptime
        if isSuccess {
            backoff.reset()
            beginRound()
            redirectCount = 0
        }
        if followsReference {
            // It is none of the list's, which goes on where it was.
            followsReference = false
            references = isSuccess ? [] : Array(references.dropFirst())
            return
        }
        if position == 0 { returns.firstEnded(isSuccess: isSuccess) }
        if isSuccess, quickWait != nil {
            beginRoundAfterLoss()
        } else {
            failureCount += 1
            if isConfigurationFault { faultCount += 1 }
            position = isSuccess && order == .returnToFirst ? 0 : (position + 1) % addresses.count
        }
    }

    private mutating func beginRound() {
        failureCount = 0
        faultCount = 0
    }

    private mutating func beginRoundAfterLoss() {
        let lost = position
        switch order {
        case .inTurn: break
        case .roundRobin: position = (position + 1) % addresses.count
        case .returnToFirst: position = 0
        }
        waitsQuickly = position == lost
    }

    // MARK: Other brokers, and the first one

    /// The peer whose end was just told names others (MQTT 5.0, 4.11): each is tried once, at once, and then the list again. Two that name each
    /// other are not followed for ever.
    package mutating func redirect(to addresses: [Address]) {
        guard redirectCount < Self.redirectMaximum else { return }
        redirectCount += 1
        references = addresses
    }

    /// While connected to another than the first: after how much time to look whether that one answers again; nil: no need to look.
    package var retryFirstAfter: TimeAmount? {
        order == .returnToFirst && position != 0 && !followsReference ? returns.interval : nil
    }

    /// The first address answers again, and the connection is being given up for it: it is dialled next.
    package mutating func returnToFirst() { returns.begin() }
}

/// How often to look for the first address. A broker that takes connections but refuses us would else end a good one every minute.
private struct FirstReturns: Equatable, Sendable {
    private var isReturning = false
    private var failureCount = 0

    private static let shortest = TimeAmount.seconds(60)
    /// About an hour.
    private static let doublingMaximum = 6

    var interval: TimeAmount { Self.shortest * (1 << min(failureCount, Self.doublingMaximum)) }

    mutating func begin() { isReturning = true }

    mutating func firstEnded(isSuccess: Bool) {
        if isSuccess {
            failureCount = 0
        } else if isReturning {
            failureCount += 1
        }
        isReturning = false
    }
}
