package import Federation
import HubProtocol
import MessagePack
package import NIOCore

/// A bridge between two hubs without its sockets: bytes of both hubs go in, bytes for both and `RelayOutput`s come out.
///
/// Whoever drives it tells it the time, of connections that begin and end, feeds it what was read, lets it `settle` after each round, carries
/// out `nextOutput()` until that is nil, and calls `deadlineReached` at `nextDeadline`. All of it on one thread at a time.
package final class BridgeRelay {
    let settings: RelaySettings
    let limits: RelayLimits
    let first: BridgeEnd
    let second: BridgeEnd
    let routes: RouteTable
    let calls: PendingCalls
    let walker = ValueWalker(depthMaximum: 511)
    package private(set) var now: NIODeadline
    @exclusivity(unchecked) package internal(set) var counts = RelayCounts()
    private var outputs = CircularBuffer<RelayOutput>()
    /// Ports that something has been written for since the last round.
    private var dirty: [RelayPort] = []
    var nextSweep = NIODeadline.distantFuture
    var nextDropReport = NIODeadline.distantFuture
    var reportedDrops = ""
    var wakeTime = NIODeadline.distantFuture
    var isDraining = false
    /// Sides whose hub takes no more bytes for now: the other side is not read from.
    private var blocked: Set<Side> = []

    package init(settings: RelaySettings, now: NIODeadline) {
        self.settings = settings
        self.now = now
        limits = settings.limits
        first = BridgeEnd(side: .first, settings: settings.first)
        second = BridgeEnd(side: .second, settings: settings.second)
        routes = RouteTable(rules: settings.rules, limits: settings.routeLimits, now: now)
        calls = PendingCalls(maximum: settings.limits.callsInFlight)
    }

    func end(_ side: Side) -> BridgeEnd { side == .first ? first : second }
    func far(_ end: BridgeEnd) -> BridgeEnd { end === first ? second : first }

    package func advance(to now: NIODeadline) { self.now = now }

    // MARK: Connections

    /// A link's first connection stands.
    ///
    /// - Parameters:
    ///   - nonce: tells this connection from all others of bridges of this name; random.
    ///   - channelBinding: SHA-256 of the certificate that the hub showed, over TLS.
    package func connected(_ side: Side, nonce: String, channelBinding: [UInt8]?) -> RelayPort {
        let name = BridgeName.make(bridge: settings.id, nonce: nonce)
        let port = RelayPort(side: side, settings: clientSettings(side, name, channelBinding), holder: nil, now: now)
        end(side).main = port
        touch(port)
        return port
    }

    /// A hub of this process has taken us in, under a client id of its choice.
    package func attached(_ side: Side, clientID: String, hubID: String) -> RelayPort {
        let settings = clientSettings(side, clientID, nil)
        let port = RelayPort(attachedTo: hubID, side: side, settings: settings)
        let end = end(side)
        end.main = port
        end.isHosted = true
        beginSession(end, port, hubID: hubID, speaksStinger: true)
        return port
    }

    /// The client id that an end attaches with.
    package func clientID(nonce: String) -> String { BridgeName.make(bridge: settings.id, nonce: nonce) }

    func clientSettings(_ side: Side, _ clientID: String, _ binding: [UInt8]?) -> HubClientSettings {
        let end = end(side).settings
        var settings = HubClientSettings(clientID: clientID, mode: .bridge)
        settings.connectionKey = end.connectionKey
        settings.requiresHubProof = end.requiresHubProof
        settings.channelBinding = binding
        settings.channelKeys = end.channelPasswords.mapValues(\.channelKey)
        settings.limits = end.limits
        return settings
    }

    /// Bytes of a hub have come.
    package func received(_ bytes: inout ByteBuffer, from port: RelayPort) {
        guard !port.isClosed || port.isLeaving else { return }
        port.session.received(now: now)
        bytes.readWithUnsafeReadableBytes { raw in
            var input = FrameInput(raw)
            do throws(HubClientFailure) {
                while let message = try port.session.next(&input) {
                    if port.isClosed { handleLate(message, port) } else { handle(message, port) }
                }
            } catch {
                port.isBroken = true
                close(port, error)
            }
            return raw.count
        }
        touch(port)
    }

    private func handle(_ message: HubClientSession.Message, _ port: RelayPort) {
        let end = end(port.side)
        switch message.envelope.kind {
        case .broadcast: relayBroadcast(message, end)
        case .response: handleResponse(message, end, port)
        case .call: relayCall(message, end, port)
        case .send: relaySend(message, end)
        case .receive: handleReceive(message, end)
        default: handleControl(message, end, port)
        }
    }

    /// A Python hub may have sent a call to a proxy before it read that the connection ends.
    private func handleLate(_ message: HubClientSession.Message, _ port: RelayPort) {
        guard port.isLeaving else { return }
        let end = end(port.side)
        switch message.envelope.kind {
        case .call: relayCall(message, end, port)
        case .send: relaySend(message, end)
        default: break
        }
    }

    /// The connection is gone, whoever ended it.
    package func closed(_ port: RelayPort, because words: String) {
        let wasClosed = port.isClosed
        port.isClosed = true
        port.isGone = true
        let end = end(port.side)
        if end.main === port {
            lose(end, words)
        } else if !wasClosed {
            loseHolder(port, end, isOurDoing: false)
        }
        if !port.isWritable { setWritable(port, true) }
    }

    func close(_ port: RelayPort, _ failure: HubClientFailure?) {
        guard !port.isClosed else { return }
        port.isClosed = true
        // What was written before goes first: among it, the last word on calls that came by it.
        if port.session.output.readableBytes > 0 { put(.send(port)) }
        put(.close(port, failure))
    }

    // MARK: Output

    /// Notes that something waits for the port's socket.
    func touch(_ port: RelayPort) {
        guard !port.isDirty else { return }
        port.isDirty = true
        dirty.append(port)
    }

    /// The connection by which answers to what came by `port` go. Python hubs take them from any.
    func answering(_ port: RelayPort) -> RelayPort? {
        guard port.isClosed else { return port }
        return end(port.side).main.flatMap { $0.isClosed ? nil : $0 }
    }

    func put(_ output: RelayOutput) { outputs.append(output) }

    package func nextOutput() -> RelayOutput? { outputs.popFirst() }

    /// Whether carrying out outputs has brought something new.
    package var needsSettling: Bool { !outputs.isEmpty || !dirty.isEmpty }

    /// Carries out what the routes decide, and turns what was written into outputs.
    package func settle() {
        carryOutRoutes()
        for port in dirty {
            port.isDirty = false
            guard port.session.output.readableBytes > 0, !port.isClosed else { continue }
            if port.session.output.readableBytes > limits.outputByteMaximum {
                counts.count(.overloaded)
                port.session.output.clear()
                close(
                    port,
                    HubClientFailure(.refused("it takes nothing: \(limits.outputByteMaximum) bytes wait for it"))
                )
            } else {
                put(.send(port))
            }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    /// The socket of a port takes bytes again, or takes no more.
    package func setWritable(_ port: RelayPort, _ isWritable: Bool) {
        guard port.isWritable != isWritable else { return }
        port.isWritable = isWritable
        let isBlocked = end(port.side).ports.contains { !$0.isWritable && !$0.isClosed }
        guard isBlocked != blocked.contains(port.side) else { return }
        if isBlocked { blocked.insert(port.side) } else { blocked.remove(port.side) }
        // What the other side has sent meanwhile is still to be read, so its silence begins now.
        if !isBlocked { for port in end(port.side.other).ports { port.session.received(now: now) } }
        put(.setReading(port.side.other, !isBlocked))
    }

    /// Whether a side is to be read from.
    package func mayRead(_ side: Side) -> Bool { !blocked.contains(side.other) }

    // MARK: Ending

    /// Takes no new calls; those in flight go on.
    package func drain() { isDraining = true }

    package var callsInFlight: Int { calls.count }
}
