import Federation
import HubProtocol
package import NIOCore

/// What happens because time passes, and what people are told.
extension BridgeRelay {
    /// When `deadlineReached` is due.
    package var nextDeadline: NIODeadline {
        var earliest = wakeTime
        for end in [first, second] {
            for port in end.ports where !port.isClosed { earliest = min(earliest, port.session.nextDeadline) }
        }
        return earliest
    }

    func wake(at deadline: NIODeadline) { wakeTime = min(wakeTime, deadline) }

    package func deadlineReached() {
        wakeTime = .distantFuture
        for end in [first, second] {
            for port in end.ports where !port.isClosed { beat(port) }
            if end.isReady { wake(at: now + limits.sweepInterval) }
        }
        if nextSweep <= now || nextSweep == .distantFuture { sweep() }
        wake(at: nextSweep)
        carryOutRoutes()
    }

    private func beat(_ port: RelayPort) {
        // What it sent lies unread; it is not silent.
        if !mayRead(port.side) { port.session.received(now: now) }
        do throws(HubClientFailure) {
            try port.session.deadlineReached(now: now)
            touch(port)
        } catch {
            if case .silent = error.code, !mayRead(port.side) {
                // Nothing is heard of a hub that is not read from.
                port.session.received(now: now)
            } else {
                close(port, error)
            }
        }
    }

    private func sweep() {
        nextSweep = now + limits.sweepInterval
        if calls.count > 0 { failOverdueCalls() }
        for end in [first, second] where end.isReady {
            for proxy in end.proxies.values where proxy.state == .refused { register(proxy, end) }
            if end.nextResync <= now {
                end.nextResync = now + limits.resyncInterval
                for channel in end.joined where !channel.hasPrefix("__") { resync(end, channel) }
            }
        }
        reportDrops()
    }

    private func reportDrops() {
        let summary = counts.dropSummary
        guard summary != reportedDrops, nextDropReport == .distantFuture || nextDropReport <= now else { return }
        nextDropReport = now + limits.dropReportInterval
        reportedDrops = summary
        tell(.dropped, [("counts", summary)])
    }

    // MARK: Telling people

    /// - Parameter silent: an end whose hub is not told.
    func tell(
        _ event: BridgeNews.Event,
        _ fields: [(key: StaticString, value: String)],
        except silent: BridgeEnd? = nil
    ) {
        let news = BridgeNews(event, [("bridge", settings.id)] + fields)
        put(.tell(nil, news))
        for end in [first, second] where end.isReady && end !== silent {
            if end.isHosted { put(.tell(end.side, news)) } else { broadcast(news, end) }
        }
    }

    /// On a hub of somebody else the news go to a channel of the bridges' own.
    private func broadcast(_ news: BridgeNews, _ end: BridgeEnd) {
        guard let port = end.main else { return }
        port.session.output.writeFrame(4) {
            $0.writeEntry("type", "broadcast")
            $0.writeEntry("channel", StingerExtensions.newsChannel)
            $0.writeEntry("event", news.event.rawValue)
            $0.writeMessagePack("data")
            $0.writeMapHead(news.fields.count)
            for field in news.fields { $0.writeEntry(field.key, field.value) }
        }
        touch(port)
    }

    func tell(_ event: BridgeNews.Event, about proxy: BridgeEnd.Proxy, _ end: BridgeEnd) {
        tell(
            event,
            [
                ("kind", proxy.key.kind == .event ? "event" : "subscription"), ("channel", proxy.key.channel),
                ("name", proxy.key.name), ("peer", end.settings.name), ("path", proxy.path.joined(separator: " > ")),
            ]
        )
    }
}
