import NIOCore

/// A bridge that runs on its loop, whatever it joins.
protocol RunningBridge: AnyObject {
    /// Takes nothing new; succeeds when nothing is under way, or when the time is up.
    func drain(within timeout: TimeAmount) -> EventLoopFuture<Void>
    /// Nobody comes after this bridge: what peers keep for it is to be given up with the end.
    func forget()
    /// Ends both links.
    func stop() -> EventLoopFuture<Void>
}

extension RunningBridge {
    /// Hubs keep nothing for those that have gone.
    func forget() {}
}
