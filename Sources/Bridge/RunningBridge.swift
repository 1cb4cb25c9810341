import NIOCore

/// A bridge that runs on its loop, whatever it joins.
protocol RunningBridge: AnyObject {
    /// Takes nothing new; succeeds when nothing is under way, or when the time is up.
    func drain(within timeout: TimeAmount) -> EventLoopFuture<Void>
    /// Ends both links.
    func stop() -> EventLoopFuture<Void>
}
