import NIOCore

/// When CONNACK is late, when PINGREQ is due and when silence is the end (MQTT 5.0, 3.1.2.10).
struct SessionLiveness: Sendable {
    private var connAckDeadline = NIODeadline.distantFuture
    /// nil: keep alive is off.
    private var pingInterval: TimeAmount?
    private var pingTimeout = TimeAmount.zero
    private var lastSentAt = NIODeadline.distantPast
    private var lastReceivedAt = NIODeadline.distantPast
    private var unansweredPing: NIODeadline?

    mutating func connecting(now: NIODeadline, timeout: TimeAmount) {
        self = SessionLiveness()
        connAckDeadline = now + timeout
        pingTimeout = timeout
        lastSentAt = now
        lastReceivedAt = now
    }

    mutating func connected(now: NIODeadline, keepAlive: UInt16) {
        connAckDeadline = .distantFuture
        lastReceivedAt = now
        // An eighth early: a timer that fires late must not break the promise (MQTT-3.1.2-20).
        pingInterval = keepAlive == 0 ? nil : .milliseconds(Int64(keepAlive) * 875)
    }

    mutating func sent(now: NIODeadline) { lastSentAt = now }

    @inline(__always)
    mutating func received(now: NIODeadline) {
        lastReceivedAt = now
        unansweredPing = nil
    }

    mutating func pinged(now: NIODeadline) { unansweredPing = unansweredPing ?? now }

    var nextDeadline: NIODeadline { min(connAckDeadline, min(pingDeadline, pongDeadline)) }

    func isConnAckLate(now: NIODeadline) -> Bool { connAckDeadline <= now }

    func isPongLate(now: NIODeadline) -> Bool { pongDeadline <= now }

    func isPingDue(now: NIODeadline) -> Bool { pingDeadline <= now }

    /// The standard asks for one when nothing was sent; one when nothing came finds a broker that died while we send without being answered.
    private var pingDeadline: NIODeadline {
        guard let pingInterval else { return .distantFuture }
        let bySending = lastSentAt + pingInterval
        return unansweredPing == nil ? min(bySending, lastReceivedAt + pingInterval) : bySending
    }

    private var pongDeadline: NIODeadline { unansweredPing.map { $0 + pingTimeout } ?? .distantFuture }
}
