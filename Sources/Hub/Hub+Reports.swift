import HubProtocol
import NIOCore

/// Endings, and who is told of what: counters, errors, and the hub's own channels (docs/wire/comm-ipc.md, section 8).
extension Hub {
    func count(_ reason: DropReason) {
        drops.count(reason)
        guard nextDropReport == .distantFuture else { return }
        nextDropReport = now + limits.dropReportInterval
        wake(at: nextDropReport)
    }

    /// Says what was dropped so far, at most once an interval, and only when something was.
    func reportDrops() {
        guard nextDropReport <= now else {
            wake(at: nextDropReport)
            return
        }
        nextDropReport = .distantFuture
        logger.notice("messages dropped or refused so far", metadata: ["dropped": "\(drops.summary)"])
    }

    /// Closes a connection once all that was addressed to it has left.
    package func end(_ connection: HubConnection) {
        guard !isClosing(connection) else { return }
        flush()
        outbox.close(connection)
        leave(connection)
    }

    func isClosing(_ connection: HubConnection) -> Bool {
        if case .closing = connection.state { true } else { false }
    }

    /// Tells a client why, and ends its connection.
    func refuse(_ connection: HubConnection, _ reason: DropReason, _ text: String) {
        count(reason)
        send(to: connection) { $0.writeError(text) }
        end(connection)
    }

    func endForMalformedFrame(_ connection: HubConnection, _ error: HubProtocolError) {
        logger.warning(
            "malformed frame",
            metadata: ["client": "\(connection.id.text)", "address": "\(connection.address)", "error": "\(error)"]
        )
        count(.malformedFrame)
        send(to: connection) { $0.writeError("\(error) (at \(id.text))") }
        tellWatchers(of: "\(error)", connection)
        end(connection)
    }

    /// Reports an error that `client` caused, around the answer it gets: the Python hub's order is the plain error, the answer, and then
    /// the watchers.
    func report(_ text: String, causedBy client: HubConnection, answer: () -> Void) {
        switch settings.errorPolicy {
        case .ignore: answer()
        case .raise:
            answer()
            end(client)
        case .broadcast:
            send(to: client) { $0.writeError(Self.headline(text)) }
            answer()
            tellWatchers(of: text, client)
        }
    }

    func tellWatchers(of text: String, _ client: HubConnection) {
        guard settings.errorPolicy == .broadcast else { return }
        let headline = Self.headline(text)
        let culprit = client.isClient ? client.id : nil
        sendSystem(.errors) { channel, buffer in
            buffer.writeSystemEvent(channel: channel, event: "server_error", serverID: id, dataCount: 3) {
                $0.writeEntry("error", headline)
                $0.writeEntry("client_id", culprit)
                $0.writeEntry("server_id", id)
            }
        }
        say(headline, level: "error", client: culprit)
    }

    /// The part up to the first colon: names of channels and events stay with the culprit.
    private static func headline(_ text: String) -> String {
        text.firstIndex(of: ":").map { String(text[..<$0]) } ?? text
    }

    // MARK: System channels

    enum SystemChannel: String {
        case logs = "__comm_ipc_logs"
        case errors = "__comm_ipc_errors"
        case registrations = "__comm_ipc_system"
    }

    /// - Parameter about: where this is a protected channel, only its members hear of it.
    func sendSystem(
        _ which: SystemChannel,
        about: HubChannel? = nil,
        where wants: (HubConnection) -> Bool = { _ in true },
        _ write: (Name, inout ByteBuffer) -> Void
    ) {
        guard let channel = systemChannel(which) else { return }
        send(toListenersOf: channel, where: { wants($0) && about?.isHidden(from: $0) != true }) {
            write(channel.name, &$0)
        }
    }

    private func systemChannel(_ which: SystemChannel) -> HubChannel? {
        var name = which.rawValue
        return name.withUTF8 { channel(UnsafeRawBufferPointer($0)) }
    }

    /// Notes a line for `__comm_ipc_logs`.
    func say(_ text: String, level: StaticString = "info", client: Name? = nil, about: HubChannel? = nil) {
        guard let logs = systemChannel(.logs), !logs.listeners.isEmpty else { return }
        waitingLogLines.append((text, level, client, about))
    }

    func sayWaitingLogLines() {
        guard !waitingLogLines.isEmpty else { return }
        let lines = waitingLogLines
        waitingLogLines = []
        for line in lines {
            sendSystem(.logs, about: line.about) { channel, buffer in
                buffer.writeSystemEvent(channel: channel, event: "server_log", serverID: id, dataCount: 4) {
                    $0.writeEntry("message", line.text)
                    $0.writeEntry("level", line.level)
                    $0.writeEntry("client_id", line.client)
                    $0.writeEntry("server_id", id)
                }
            }
        }
    }
}
