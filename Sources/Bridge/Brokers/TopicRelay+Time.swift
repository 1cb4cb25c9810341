package import NIOCore

/// What time brings: silence that must be broken, answers that did not come, messages whose turn it is.
extension TopicRelay {
    /// When `deadlineReached` wants to be called; the distant future: not.
    package var nextDeadline: NIODeadline {
        let deadline = Swift.min(
            nextHeldDeadline,
            nextRefusedDeadline,
            nextReadingDeadline,
            nextRoutesDeadline,
            nextReport
        )
        return Swift.min(deadline, nextDeadline(of: first), nextDeadline(of: second))
    }

    private func nextDeadline(of end: BrokerEnd) -> NIODeadline {
        var deadline = end.session.nextDeadline
        if let step = end.stepDeadline { deadline = Swift.min(deadline, step) }
        if let probe = end.probeDeadline { deadline = Swift.min(deadline, probe) }
        if let idle = idleDeadline(end) { deadline = Swift.min(deadline, idle) }
        if let fence = fenceDeadline(end) { deadline = Swift.min(deadline, fence) }
        return deadline
    }

    package func deadlineReached() {
        for end in [first, second] {
            if end.isUp, !mayRead(end.side) { excuseSilence(end) }
            end.session.deadlineReached(now: now)
            takeEvents(of: end)
            if let step = end.stepDeadline, step <= now {
                end.stepDeadline = nil
                close(end, "the broker took the connection and did not answer the subscriptions")
            }
            if let probe = end.probeDeadline, probe <= now { probeLate(end) }
            if let idle = idleDeadline(end), idle <= now { sendProbe(end) }
            if let fence = fenceDeadline(end), fence <= now { sendFence(end) }
        }
        routesDeadlineReached()
        releaseHeld()
        refusedDeadlineReached()
        readingDeadlineReached()
        carryOutDecisions()
        reportDeadlineReached()
    }

    /// Who is not read is not heard.
    private func excuseSilence(_ end: BrokerEnd) {
        end.session.excuseSilence(now: now)
        if let probe = end.probeDeadline, probe <= now { end.probeDeadline = now + end.settings.answerTimeout }
    }

    /// While nothing comes, the bridge asks the broker for a message of its own: pings only show that somebody is there.
    private func idleDeadline(_ end: BrokerEnd) -> NIODeadline? {
        guard end.isUp, end.hearing == .heard, end.probeDeadline == nil, mayRead(end.side) else { return nil }
        return end.lastHeard + end.settings.idleMaximum
    }
}
