package import NIOCore

extension MQTTClientSession {
    package mutating func deadlineReached(now: NIODeadline) {
        self.now = now
        removeExpired()
        switch phase {
        case .offline, .closing: return
        case .connecting:
            guard liveness.isConnAckLate(now: now) else { return }
            endOfPatience(.connAckTimedOut)
        case .connected:
            if liveness.isPongLate(now: now) { return endOfPatience(.pingTimedOut) }
            guard liveness.isPingDue(now: now) else { return }
            prepareOutput()
            output.writeMultipleIntegers(UInt8(0xC0), UInt8(0))
            liveness.pinged(now: now)
        }
    }

    /// The broker may have answered: its owner does not read from it at the moment.
    package mutating func excuseSilence(now: NIODeadline) {
        guard phase == .connected else { return }
        liveness.received(now: now)
    }

    /// Nothing is put out any more: nobody reads it, and a DISCONNECT would take the will back.
    private mutating func endOfPatience(_ kind: MQTTSessionFailure.Kind) {
        close(MQTTSessionFailure(kind, version: version.current))
    }

    private mutating func removeExpired() {
        var expired: [UInt64] = []
        outbox.removeExpired(now: now) { expired.append($0.tag) }
        for tag in expired { pendingEvents.append(.expired(tag: tag)) }
    }
}
