package import NIOCore

/// The bounds of one bridge's routes.
package struct RouteLimits: Sendable {
    /// Hubs that a message may pass (DESIGN: hops).
    package var hopMaximum = 16
    /// How long a bridge that came to a hub waits for the offers of those that are there.
    package var settleTimeout = TimeAmount.milliseconds(300)
    /// How long one that takes over broadcasts stays silent: what the former way still has on it arrives first, so nothing comes twice.
    package var holdDown = TimeAmount.milliseconds(300)
    /// Between two signs of life to the other bridges of a hub.
    package var beatInterval = TimeAmount.milliseconds(150)
    /// Silence after which another bridge is taken for gone: where the hub tells of departures, and where it does not.
    package var silenceMaximum = TimeAmount.seconds(5)
    package var silenceMaximumOnMuteHubs = TimeAmount.milliseconds(500)
    /// Offers that are heard from one other bridge; what is beyond is not listened to.
    package var offersPerBridge = 200_000
    /// Other bridges on one hub.
    package var bridgesPerHub = 1_000

    package init() {}
}
