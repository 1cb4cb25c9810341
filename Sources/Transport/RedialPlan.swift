package import NIOCore

/// Which of a hub's addresses to dial next, and when: the next address at once, and a wait after each round through all of them.
///
/// A value without a clock: ask `next`, do it, tell how a dialled connection ended with `ended`, ask again.
package struct RedialPlan: Equatable, Sendable {
    package enum Step: Equatable, Sendable {
        case dial(HubAddress)
        case wait(TimeAmount)
    }

    /// A connection that held this long was a success. One that ends sooner (a hub that shows us the door) counts as a failed try, or two
    /// such hubs would be dialled in turns without a pause.
    package static let steadyUptime = TimeAmount.seconds(10)

    package let addresses: [HubAddress]
    private var backoff: Backoff
    private var position = 0
    /// Of the round through the addresses that is going on.
    private var failureCount = 0
    private var faultCount = 0

    /// - Precondition: there is an address.
    package init(addresses: [HubAddress], backoff: Backoff = Backoff()) {
        precondition(!addresses.isEmpty)
        self.addresses = addresses
        self.backoff = backoff
    }

    /// - Returns: a wait once after each round; the same address again until `ended` was told of it.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Step {
        guard failureCount >= addresses.count else { return .dial(addresses[position]) }
        // Where every address needs somebody to mend something, trying every few seconds only fills logs.
        let wait = faultCount == failureCount ? backoff.cap : backoff.next(using: &generator)
        failureCount = 0
        faultCount = 0
        return .wait(wait)
    }

    /// The connection to the address of the last step ended, or did not come about.
    ///
    /// - Parameters:
    ///   - uptime: how long it was in use, from the end of the hub's own handshake on; zero if it never came so far.
    ///   - isConfigurationFault: trying again is no use before somebody has changed something (`ConnectionFailure.isConfigurationFault`, a
    ///     wrong secret).
    package mutating func ended(after uptime: TimeAmount, isConfigurationFault: Bool) {
        if uptime >= Self.steadyUptime {
            backoff.reset()
            failureCount = 0
            faultCount = 0
        }
        failureCount += 1
        if isConfigurationFault { faultCount += 1 }
        position = (position + 1) % addresses.count
    }
}
