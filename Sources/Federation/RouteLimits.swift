package import NIOCore

/// The bounds of one bridge's routes.
package struct RouteLimits: Sendable {
    /// Bridges that a message may cross, one behind the other.
    package var hopMaximum = 16
    /// How long a bridge that came to a hub waits for the offers of those that are there: its question takes a hop, an answer takes
    /// another, and may have to wait for `fullInterval`.
    package var settleTimeout = TimeAmount.milliseconds(700)
    /// What one hop takes at most: from a hub through a bridge and back to its neighbour on the hub. One that takes over broadcasts or
    /// publications stays silent for this time, and once more for each hub on its way: what the former way still has on it arrives first,
    /// so nothing comes twice (docs/decisions/0006).
    package var holdDown = TimeAmount.milliseconds(300)
    /// A way that became longer twice within `detourMemory` is not offered before this time is over. When a hub is lost, all ways that led
    /// there are tried in turn, one through the other; meanwhile it becomes known that they are all gone.
    package var detourDelay = TimeAmount.milliseconds(600)
    package var detourMemory = TimeAmount.seconds(3)
    /// Between two signs of life to the other bridges of a hub: where the hub tells of departures, and where it does not.
    package var beatInterval = TimeAmount.milliseconds(1_500)
    package var beatIntervalOnMuteHubs = TimeAmount.milliseconds(150)
    /// Silence after which another bridge is taken for gone, likewise.
    package var silenceMaximum = TimeAmount.seconds(5)
    package var silenceMaximumOnMuteHubs = TimeAmount.milliseconds(500)
    /// What such a bridge registered is remembered for this long, in case it was only slow; a hub drops a dead connection within 60 s.
    package var silentMemory = TimeAmount.seconds(60)
    /// Offers that are heard from one other bridge; what is beyond is not listened to.
    package var offersPerBridge = 200_000
    /// Offers that are heard from all other bridges on one hub: some 300 MB.
    package var offersPerHub = 1_000_000
    /// Other bridges on one hub.
    package var bridgesPerHub = 1_000
    /// Offers and withdrawals in one word to the others: about 300 KB, far below the 16 MiB of a frame.
    package var offersPerChange = 2_000
    /// Between two full lists of offers: however often somebody asks, this is how often he is told.
    package var fullInterval = TimeAmount.milliseconds(100)

    package init() {}
}
