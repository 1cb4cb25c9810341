package import HubProtocol
package import Logging
import MessagePack
package import NIOCore

/// A CommIPC hub without its sockets: bytes of clients go in, `HubOutput`s come out.
///
/// Whoever drives it tells it the time, feeds it what was read (`receive`), lets it `flush` at the end of a read cycle, carries out
/// `nextOutput()` until that is nil, and calls `deadlineReached` at `nextDeadline`. All of it on one thread at a time.
package final class Hub {
    let settings: HubSettings
    let limits: HubLimits
    package let id: Name
    var logger: Logger

    // MARK: Who and what there is

    /// By slot; nil where none is open.
    private(set) var connections: [HubConnection?] = []
    private var freeSlots: [Int] = []
    package private(set) var connectionCount = 0
    private var unidentifiedCount = 0
    var clients: [NameKey: HubConnection] = [:]
    private var channels: [NameKey: HubChannel] = [:]
    private var channelNumber = 0
    private var subscriptionNumber = 0
    var remoteMembers: [NameKey: RemoteMember] = [:]
    /// A channel that the message now being handled has made.
    var newChannel: HubChannel?
    let calls = CallTable()
    var proofThrottle: ProofThrottle

    // MARK: Time, and what happened

    package private(set) var now: NIODeadline
    /// Seconds since 1970.
    private(set) var unixSeconds: Int
    /// When connections are next looked through for one whose time is up.
    var nextSweep = NIODeadline.distantFuture
    package internal(set) var drops = DropCounts()
    var nextDropReport = NIODeadline.distantFuture
    /// Log lines for `__comm_ipc_logs`; they follow the answers of the message that caused them.
    var waitingLogLines: [(text: String, level: StaticString, client: Name?, about: HubChannel?)] = []
    /// Answers to wrong proofs, held until their time.
    var delayedAnswers: [DelayedAnswer] = []

    // MARK: Messages

    let scanner: EnvelopeScanner
    let splicer: FrameSplicer
    let requestIDKey = RequestIDKey()
    let outbox: Outbox

    /// A short read's calls and answers leave after this many, before the rest of it is looked at: each is waited for, and while the
    /// hub goes on, its receiver can begin. What fills a long read leaves together, with fewer system calls.
    private static let promptCallCount = 8
    private static let shortReadByteCount = 32 << 10
    @exclusivity(unchecked) private var promptCallsLeft = 0

    package init(settings: HubSettings, logger: Logger, now: NIODeadline, unixSeconds: Int) {
        self.settings = settings
        self.logger = logger
        limits = settings.limits
        id = Name(settings.hubID)
        self.now = now
        self.unixSeconds = unixSeconds
        scanner = EnvelopeScanner(depthMaximum: limits.nestingMaximum)
        splicer = FrameSplicer(hubID: id, unixSeconds: unixSeconds)
        proofThrottle = ProofThrottle(limits: limits)
        outbox = Outbox(limits: limits, now: now)
        for name in settings.channelKeys.keys { _ = makeChannel(Name(name)) }
        newChannel = nil
    }

    deinit {
        // Clients, channels and what stands on them refer to each other.
        for channel in channels.values { channel.dissolve() }
    }

    /// Tells the hub the time; before anything else is told.
    package func advance(to now: NIODeadline, unixSeconds: Int) {
        self.now = now
        outbox.advance(to: now)
        guard unixSeconds != self.unixSeconds else { return }
        self.unixSeconds = unixSeconds
        splicer.setTime(unixSeconds: unixSeconds)
    }

    // MARK: Connections

    /// A client has connected.
    ///
    /// - Parameters:
    ///   - address: where it came from, for logs.
    ///   - host: the part of it that wrong proofs are counted by.
    ///   - channelBinding: the SHA-256 of the certificate that the client sees; nil without TLS.
    package func open(address: String, host: String, channelBinding: [UInt8]? = nil) -> HubConnection {
        let connection = addConnection(address: address, host: host)
        connection.channelBinding = channelBinding
        wake(at: now + limits.handshakeTimeout)
        if connectionCount > limits.clientMaximum {
            refuse(
                connection,
                .overloaded,
                "overloaded: this hub already has \(limits.clientMaximum) clients (at \(id.text))"
            )
        } else if unidentifiedCount > limits.unidentifiedMaximum {
            refuse(
                connection,
                .overloaded,
                "overloaded: \(limits.unidentifiedMaximum) clients are still identifying themselves (at \(id.text))"
            )
        }
        return connection
    }

    func addConnection(address: String, host: String) -> HubConnection {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count { connections.append(nil) }
        let connection = HubConnection(slot: slot, address: address, host: host, limits: limits, now: now)
        connections[slot] = connection
        connectionCount += 1
        unidentifiedCount += 1
        return connection
    }

    /// Bytes of a client have come.
    ///
    /// - Returns: whether some are left in `bytes`. Then the outputs are to be carried out now, and this is to be called again.
    package func receive(_ bytes: inout ByteBuffer, from connection: HubConnection) -> Bool {
        guard connection.isOpen else { return false }
        outbox.recycle()
        promptCallsLeft = bytes.readableBytes < Self.shortReadByteCount ? Self.promptCallCount : .max
        connection.lastReceivedAt = now
        let wasMidFrame = connection.frames.isMidFrame
        var tookFrame = false
        bytes.readWithUnsafeReadableBytes { raw in
            var input = FrameInput(raw)
            do throws(HubProtocolError) {
                tookFrame = try handleFrames(of: &input, from: connection)
            } catch {
                endForMalformedFrame(connection, error)
            }
            return input.offset
        }
        if connection.isOpen, bytes.readableBytes > 0 {
            flush()
            return true
        }
        connection.frames.readEnded()
        if connection.frames.isMidFrame, tookFrame || !wasMidFrame {
            connection.frameBeganAt = now
            wake(at: now + settings.dataTimeout)
        }
        if outbox.isLarge { flush() }
        return false
    }

    /// - Returns: whether there was a whole frame.
    private func handleFrames(
        of input: inout FrameInput,
        from connection: HubConnection
    ) throws(HubProtocolError) -> Bool {
        var tookFrame = false
        while promptCallsLeft > 0, connection.isOpen, let body = try connection.frames.next(&input) {
            tookFrame = true
            handle(body, try scanner.scan(body), from: connection)
        }
        return tookFrame
    }

    /// The connection is gone, whoever ended it.
    package func closed(_ connection: HubConnection) {
        guard connections.indices.contains(connection.slot), connections[connection.slot] === connection else { return }
        connections[connection.slot] = nil
        freeSlots.append(connection.slot)
        connectionCount -= 1
        if !connection.wasAdmitted { unidentifiedCount -= 1 }
        connection.isGone = true
        leave(connection)
        connection.output.discard()
    }

    /// From here on nothing is heard from the connection and nothing more is addressed to it; what the client had here goes at once, though
    /// its socket may stay a moment longer.
    func leave(_ connection: HubConnection) {
        connection.state = .closing
        outbox.endCongestion(of: connection)
        delayedAnswers.removeAll { $0.client === connection }
        guard connection.isClient else { return }
        connection.isClient = false
        logger.debug("client left", metadata: ["client": "\(connection.id.text)"])
        depart(connection)
        sayWaitingLogLines()
    }

    /// The connection has identified itself; it is a client from here on.
    func admit(_ connection: HubConnection, as identity: ClientIdentity) {
        connection.identify(as: identity, frameByteMaximum: limits.frameByteMaximum)
        clients[connection.id.key] = connection
        unidentifiedCount -= 1
        wake(at: now + settings.idleTimeout)
        logger.debug(
            "client joined",
            metadata: ["client": "\(connection.id.text)", "address": "\(connection.address)"]
        )
    }

    /// Ends every connection, after what waits for it has left.
    package func closeAll() {
        flush()
        // All at once: nobody is told of the others' going.
        for case let connection? in connections where !isClosing(connection) {
            outbox.close(connection)
            connection.state = .closing
        }
    }

    /// A call or an answer has been forwarded.
    @inline(__always)
    func countPromptCall() { promptCallsLeft -= 1 }

    /// Hands on what has been written before more of this read is looked at.
    func handOnFirst() { promptCallsLeft = 0 }

    // MARK: Channels

    func channel(_ name: UnsafeRawBufferPointer) -> HubChannel? { channels[NameKey(name)] }

    func makeChannel(_ name: Name) -> HubChannel {
        if let channel = channels[name.key] { return channel }
        channelNumber += 1
        let channel = HubChannel(name: name, number: channelNumber, presetKey: settings.channelKeys[name.text])
        channels[channel.name.key] = channel
        newChannel = channel
        return channel
    }

    /// The oldest first.
    var allChannels: [HubChannel] { channels.values.sorted { $0.number < $1.number } }

    /// Forgets a channel of which nothing is left.
    func retireIfEmpty(_ channel: HubChannel) {
        guard channel.isEmpty, !channel.hasPresetKey, !channel.isRetired else { return }
        channel.isRetired = true
        channels[channel.name.key] = nil
    }

    func makeSubscription(_ name: Name, on channel: HubChannel) -> HubSubscription {
        if let subscription = channel.subscriptions[name.key] { return subscription }
        subscriptionNumber += 1
        let subscription = HubSubscription(name: name, channel: channel, number: subscriptionNumber)
        channel.subscriptions[subscription.name.key] = subscription
        return subscription
    }
}
