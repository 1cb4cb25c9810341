import HubProtocol
package import NIOCore

/// What ends because of time: silence, handshakes, calls, waits.
extension Hub {
    func wake(at deadline: NIODeadline) { nextSweep = min(nextSweep, deadline) }

    /// When `deadlineReached` is to be called; nil while nothing can time out.
    package var nextDeadline: NIODeadline? {
        let next = min(nextSweep, calls.nextDeadline ?? .distantFuture, outbox.nextDeadline ?? .distantFuture)
        return next == .distantFuture ? nil : next
    }

    /// Ends what has waited too long.
    package func deadlineReached() {
        while let call = calls.overdue(now) { endOverdue(call) }
        outbox.deadlineReached()
        guard nextSweep <= now else { return }
        nextSweep = .distantFuture
        giveDelayedAnswers()
        for case let connection? in connections { checkTime(of: connection) }
        reportDrops()
        proofThrottle.forgive(now)
        sayWaitingLogLines()
    }

    private func checkTime(of connection: HubConnection) {
        let deadline: NIODeadline
        switch connection.state {
        case .awaitingIdentity, .awaitingProof: deadline = connection.connectedAt + limits.handshakeTimeout
        case .identified:
            if connection.isAttached { return }
            if connection.holdCount > 0 {
                // What a held client has sent lies unread; it is not silent.
                deadline = now + min(settings.idleTimeout, settings.dataTimeout)
            } else if connection.frames.isMidFrame {
                deadline = connection.frameBeganAt + settings.dataTimeout
            } else {
                deadline = connection.lastReceivedAt + settings.idleTimeout
            }
        case .penalised, .closing: return
        }
        guard deadline <= now else {
            wake(at: deadline)
            return
        }
        count(.idle)
        logger.info(
            "client timed out",
            metadata: ["client": "\(connection.id.text)", "address": "\(connection.address)"]
        )
        end(connection)
    }
}
