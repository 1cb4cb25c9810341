package import NIOCore

extension RedialPlan<BrokerAddress> {
    /// Of the time after a connection was lost, about this much is spent with the shortest waits.
    private static var patientTime: TimeAmount { .seconds(10) }

    /// How a link to a broker comes back: within 0.1 s where the connection had held, then for about 10 s with waits of up to `first`, and after
    /// that with longer ones. A cut of a few seconds is then over `first` at the latest after the network is back, whatever its length: bounds
    /// that double at once would lie as far ahead as the cut was long. A try that nobody answers costs a packet or two.
    package static func toBroker(
        _ addresses: [BrokerAddress],
        order: AddressOrder = .inTurn,
        first: TimeAmount = .milliseconds(400),
        longest: TimeAmount = .seconds(60)
    ) -> RedialPlan {
        // A wait takes half of its bound on average.
        let patience = max(1, 2 * patientTime.nanoseconds / first.nanoseconds)
        return RedialPlan(
            addresses: addresses,
            order: order,
            backoff: Backoff(base: first, cap: longest, patience: Int(patience)),
            quickWait: min(.milliseconds(100), first)
        )
    }
}
