import HubProtocol
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
    let id: Name
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
    let calls = CallTable()
    var proofThrottle: ProofThrottle

    // MARK: Time, and what happened

    package private(set) var now: NIODeadline
    /// Seconds since 1970.
    private(set) var unixSeconds: Int
    /// When connections are next looked through for one whose time is up.
    private var nextSweep = NIODeadline.distantFuture
    package private(set) var drops = DropCounts()
    private var nextDropReport = NIODeadline.distantFuture
    /// Log lines for `__comm_ipc_logs`; they follow the answers of the message that caused them.
    private var waitingLogLines: [(text: String, level: StaticString, client: Name?, about: HubChannel?)] = []
    /// Answers to wrong proofs, held until their time.
    var delayedAnswers: [DelayedAnswer] = []

    // MARK: Output

    let scanner: EnvelopeScanner
    let splicer: FrameSplicer
    let requestIDKey = RequestIDKey()
    /// The frames of this cycle, each written once.
    @exclusivity(unchecked) var batch = ByteBuffer()
    /// The piece of the batch that every listener of one channel but its sender gets; noted once for all of them.
    @exclusivity(unchecked) private var openGroup: OpenGroup?
    /// Clients to whom something has been addressed since the last flush; and those being flushed, here to keep the memory.
    private var dirty: [HubConnection] = []
    private var flushing: [HubConnection] = []
    private var congested: [HubConnection] = []
    private var outputs = CircularBuffer<HubOutput>()

    /// A batch larger than this is flushed before the read cycle ends; its memory is not kept.
    private static let batchByteMaximum = 512 << 10
    /// A short read's calls and answers leave after this many, before the rest of it is looked at: each is waited for, and while the
    /// hub goes on, its receiver can begin. What fills a long read leaves together, with fewer system calls.
    private static let promptCallCount = 12
    private static let shortReadByteCount = 32 << 10
    private var promptCallsLeft = 0

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
        for name in settings.channelKeys.keys { _ = makeChannel(Name(name)) }
    }

    /// Tells the hub the time; before anything else is told.
    package func advance(to now: NIODeadline, unixSeconds: Int) {
        self.now = now
        recycleBatch()
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
    package func open(address: String, host: String) -> HubConnection {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count { connections.append(nil) }
        let connection = HubConnection(slot: slot, address: address, host: host, limits: limits, now: now)
        connections[slot] = connection
        connectionCount += 1
        unidentifiedCount += 1
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

    /// Bytes of a client have come.
    ///
    /// - Returns: whether some are left in `bytes`. Then the outputs are to be carried out now, and this is to be called again.
    package func receive(_ bytes: inout ByteBuffer, from connection: HubConnection) -> Bool {
        guard connection.isOpen else { return false }
        recycleBatch()
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
        if batch.readableBytes > Self.batchByteMaximum {
            flush()
            recycleBatch()
        }
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
        leave(connection)
        connection.output.discard()
    }

    /// From here on nothing is heard from the connection and nothing more is addressed to it; what the client had here goes at once, though
    /// its socket may stay a moment longer.
    private func leave(_ connection: HubConnection) {
        connection.state = .closing
        releaseHeldSenders(of: connection)
        guard connection.isClient else { return }
        connection.isClient = false
        logger.debug("client left", metadata: ["client": "\(connection.id.text)"])
        depart(connection)
        sayWaitingLogLines()
    }

    /// The connection has identified itself; it is a client from here on.
    func admit(_ connection: HubConnection, as id: Name, mode: ClientMode, namedMode: Bool) {
        connection.identify(as: id, mode: mode, namedMode: namedMode, frameByteMaximum: limits.frameByteMaximum)
        clients[id.key] = connection
        unidentifiedCount -= 1
        wake(at: now + settings.idleTimeout)
        logger.debug("client joined", metadata: ["client": "\(id.text)", "address": "\(connection.address)"])
    }

    /// Lets go of a client, after what was addressed to it has left.
    package func dismiss(_ connection: HubConnection) { end(connection) }

    /// Ends every connection, after what waits for it has left.
    package func closeAll() {
        flush()
        for case let connection? in connections { end(connection) }
    }

    /// A call or an answer has been forwarded.
    @inline(__always)
    func countPromptCall() { promptCallsLeft -= 1 }

    // MARK: Channels

    func channel(_ name: UnsafeRawBufferPointer) -> HubChannel? { channels[NameKey(name)] }

    func makeChannel(_ name: Name) -> HubChannel {
        if let channel = channels[name.key] { return channel }
        channelNumber += 1
        let channel = HubChannel(name: name, number: channelNumber, presetKey: settings.channelKeys[name.text])
        channels[channel.name.key] = channel
        return channel
    }

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

    // MARK: Writing

    /// Writes a frame and addresses it to one client.
    func send(to client: HubConnection, _ write: (inout ByteBuffer) -> Void) {
        guard client.isOpen else { return }
        let start = batch.writerIndex
        write(&batch)
        address(start, batch.writerIndex, to: client)
    }

    /// Writes a frame and addresses it to every listener of a channel that `wants` it.
    func send(
        toListenersOf channel: HubChannel,
        where wants: (HubConnection) -> Bool,
        _ write: (inout ByteBuffer) -> Void
    ) {
        guard channel.listeners.contains(where: { $0.isOpen && wants($0) }) else { return }
        let start = batch.writerIndex
        write(&batch)
        for listener in channel.listeners where listener.isOpen && wants(listener) {
            address(start, batch.writerIndex, to: listener)
        }
    }

    /// Addresses the end of the batch to one client.
    ///
    /// - Parameter sender: who is held back if the client reads too slowly.
    func address(_ start: Int, _ end: Int, to client: HubConnection, from sender: HubConnection? = nil) {
        closeGroup()
        note(start, end, for: client, from: sender)
    }

    /// Addresses the end of the batch to every listener of a channel but its sender.
    func addressGroup(_ start: Int, _ end: Int, channel: HubChannel, sender: HubConnection) {
        if openGroup?.extend(start, end, channel, sender) == true { return }
        closeGroup()
        openGroup = OpenGroup(channel: channel, sender: sender, start: start, end: end)
    }

    /// Spreads the noted piece over its receivers; before membership changes, and before any of them gets something else.
    func closeGroup() {
        guard let group = openGroup else { return }
        openGroup = nil
        for listener in group.channel.listeners where listener !== group.sender {
            note(group.start, group.end, for: listener, from: group.sender)
        }
    }

    private func note(_ start: Int, _ end: Int, for client: HubConnection, from sender: HubConnection?) {
        guard client.isOpen else { return }
        client.output.append(start, end, of: batch)
        if !client.output.isDirty {
            client.output.isDirty = true
            dirty.append(client)
        }
        if client.output.isCongested, !client.output.isStalled, let sender, sender !== client {
            hold(sender, for: client)
        }
    }

    /// Turns what was addressed since the last flush into outputs.
    package func flush() {
        closeGroup()
        // Cutting off a slow reader addresses its watchers, who are then flushed too.
        while !dirty.isEmpty {
            swap(&dirty, &flushing)
            for client in flushing {
                client.output.isDirty = false
                guard let chunk = client.output.takePending(of: batch) else { continue }
                dispatch(chunk, to: client)
            }
            flushing.removeAll(keepingCapacity: true)
        }
    }

    /// Starts the batch anew once all of it has been handed on. Late, so that the slices of it are gone and its memory can be used again.
    private func recycleBatch() {
        guard batch.writerIndex > 0, dirty.isEmpty, openGroup == nil else { return }
        if batch.capacity > Self.batchByteMaximum * 2 {
            batch = ByteBuffer()
        } else {
            batch.clear()
        }
    }

    private func dispatch(_ chunk: ByteBuffer, to client: HubConnection) {
        guard client.output.mustQueue else {
            outputs.append(.send(client, chunk))
            return
        }
        client.output.queue(chunk)
        let waiting = client.output.backlogByteCount
        // A single frame may be larger than the limit; an empty queue always takes one.
        if waiting > limits.outputByteMaximum, waiting > chunk.readableBytes, client.isOpen {
            cutOff(client, waiting)
        } else if waiting > limits.holdByteCount, !client.output.isCongested {
            client.output.isCongested = true
            client.output.isStalled = false
            client.output.lastProgressAt = now
            congested.append(client)
            wake(at: now + limits.holdTimeout)
        }
    }

    /// What the driver is to do next; nil when there is nothing.
    package func nextOutput() -> HubOutput? { outputs.popFirst() }

    package var hasOutput: Bool { !outputs.isEmpty }

    /// The socket of a client takes bytes again, or takes no more.
    package func writabilityChanged(_ client: HubConnection, isWritable: Bool) {
        client.output.isWritable = isWritable
        guard isWritable, client.output.hasQueued else { return }
        outputs.append(.drain(client))
    }

    /// The next bytes that wait for a client whose socket takes them; nil when none are left.
    package func nextQueued(_ client: HubConnection) -> ByteBuffer? {
        guard let chunk = client.output.takeQueued() else { return nil }
        client.output.lastProgressAt = now
        if client.output.isCongested, client.output.backlogByteCount < limits.releaseByteCount {
            client.output.isCongested = false
            client.output.isStalled = false
            releaseHeldSenders(of: client)
        }
        return chunk
    }

    private struct OpenGroup {
        let channel: HubChannel
        let sender: HubConnection
        let start: Int
        var end: Int

        @inline(__always)
        mutating func extend(_ start: Int, _ end: Int, _ channel: HubChannel, _ sender: HubConnection) -> Bool {
            guard self.channel === channel, self.sender === sender, self.end == start else { return false }
            self.end = end
            return true
        }
    }

    // MARK: Slow readers

    /// Stops reading from `sender` until `reader` has caught up.
    private func hold(_ sender: HubConnection, for reader: HubConnection) {
        guard reader.heldSenders.updateValue(sender, forKey: ObjectIdentifier(sender)) == nil else { return }
        hold(sender)
    }

    func hold(_ client: HubConnection) {
        client.holdCount += 1
        if client.holdCount == 1 { outputs.append(.pauseReading(client)) }
    }

    func release(_ client: HubConnection) {
        client.holdCount -= 1
        guard client.holdCount == 0 else { return }
        // Its silence was our doing.
        client.lastReceivedAt = now
        client.frameBeganAt = now
        outputs.append(.resumeReading(client))
    }

    private func releaseHeldSenders(of reader: HubConnection) {
        for sender in reader.heldSenders.values { release(sender) }
        reader.heldSenders = [:]
    }

    private func cutOff(_ client: HubConnection, _ waiting: Int) {
        client.output.discard()
        count(.slowReader)
        let words = "\(waiting) bytes wait for client \(client.id.text), the limit is \(limits.outputByteMaximum)"
        let text = "slow reader: \(words) (at \(id.text))"
        logger.warning("slow reader cut off", metadata: ["client": "\(client.id.text)", "waiting": "\(waiting)"])
        var farewell = ByteBuffer()
        farewell.writeError(text)
        outputs.append(.send(client, farewell))
        outputs.append(.close(client))
        tellWatchers(of: text, client)
        leave(client)
    }

    // MARK: Time

    func wake(at deadline: NIODeadline) { nextSweep = min(nextSweep, deadline) }

    /// When `deadlineReached` is to be called; nil while nothing can time out.
    package var nextDeadline: NIODeadline? {
        let next = min(nextSweep, calls.nextDeadline ?? .distantFuture)
        return next == .distantFuture ? nil : next
    }

    /// Ends what has waited too long.
    package func deadlineReached() {
        while let call = calls.overdue(now) { endOverdue(call) }
        guard nextSweep <= now else { return }
        nextSweep = .distantFuture
        giveDelayedAnswers()
        for case let connection? in connections { checkTime(of: connection) }
        checkCongested()
        reportDrops()
        proofThrottle.forgive(now)
        sayWaitingLogLines()
    }

    private func checkTime(of connection: HubConnection) {
        let deadline: NIODeadline
        switch connection.state {
        case .awaitingIdentity, .awaitingProof: deadline = connection.connectedAt + limits.handshakeTimeout
        case .identified:
            if connection.holdCount > 0 {
                // What a held client has sent lies unread; it is not silent.
                deadline = now + settings.idleTimeout
            } else if connection.frames.isMidFrame {
                deadline = connection.frameBeganAt + settings.dataTimeout
            } else {
                deadline = connection.lastReceivedAt + settings.idleTimeout
            }
        case .penalised(let until):
            if until <= now { end(connection) } else { wake(at: until) }
            return
        case .closing: return
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

    /// Nobody waits for a reader that takes nothing: from here on its queue grows until it catches up or is cut off.
    private func checkCongested() {
        congested.removeAll { !$0.output.isCongested || !$0.isOpen }
        for client in congested where !client.output.isStalled {
            let deadline = client.output.lastProgressAt + limits.holdTimeout
            if deadline <= now {
                client.output.isStalled = true
                releaseHeldSenders(of: client)
            } else {
                wake(at: deadline)
            }
        }
    }

    // MARK: Endings and reports

    func count(_ reason: DropReason) {
        drops.count(reason)
        guard nextDropReport == .distantFuture else { return }
        nextDropReport = now + limits.dropReportInterval
        wake(at: nextDropReport)
    }

    /// Says what was dropped so far, at most once an interval, and only when something was.
    private func reportDrops() {
        guard nextDropReport <= now else {
            wake(at: nextDropReport)
            return
        }
        nextDropReport = .distantFuture
        logger.notice("messages dropped or refused so far", metadata: ["dropped": "\(drops.summary)"])
    }

    /// Closes a connection once all that was addressed to it has left.
    func end(_ connection: HubConnection) {
        guard !isClosing(connection) else { return }
        flush()
        while let chunk = connection.output.takeQueued() { outputs.append(.send(connection, chunk)) }
        outputs.append(.close(connection))
        leave(connection)
    }

    private func isClosing(_ connection: HubConnection) -> Bool {
        if case .closing = connection.state { true } else { false }
    }

    /// Tells a client why, and ends its connection.
    func refuse(_ connection: HubConnection, _ reason: DropReason, _ text: String) {
        count(reason)
        send(to: connection) { $0.writeError(text) }
        end(connection)
    }

    private func endForMalformedFrame(_ connection: HubConnection, _ error: HubProtocolError) {
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

    private func tellWatchers(of text: String, _ client: HubConnection) {
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
    func sendSystem(_ which: SystemChannel, about: HubChannel? = nil, _ write: (Name, inout ByteBuffer) -> Void) {
        guard let channel = systemChannel(which) else { return }
        send(toListenersOf: channel, where: { Self.mayHear($0, of: about) }) { write(channel.name, &$0) }
    }

    private static func mayHear(_ client: HubConnection, of channel: HubChannel?) -> Bool {
        guard let channel, channel.isProtected else { return true }
        return client.isMember(of: channel)
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
