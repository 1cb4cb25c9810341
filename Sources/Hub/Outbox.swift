import NIOCore

/// Everything on its way out: frames are written here once, addressed, and handed on as outputs when the hub is flushed.
///
/// Frames lie one behind the other in the batch. What a client gets is noted as a piece of it, and for a broadcast once for all listeners. A
/// client whose socket takes no more has a queue; while that is long, those who fill it are not read from.
final class Outbox {
    /// The frames of this cycle, each written once.
    @exclusivity(unchecked) var batch = ByteBuffer()
    /// The piece of the batch that every listener of one channel but its sender gets; noted once for all of them.
    @exclusivity(unchecked) private var openGroup: OpenGroup?
    /// Clients to whom something has been addressed since the last flush; and those being flushed, here to keep the memory.
    @exclusivity(unchecked) private var dirty: [HubConnection] = []
    @exclusivity(unchecked) private var flushing: [HubConnection] = []
    @exclusivity(unchecked) private var outputs = CircularBuffer<HubOutput>()

    /// Clients with long queues; and of those, the ones whose queue is longer than allowed, for the hub to cut off.
    private var congested: [HubConnection] = []
    private var overfull: [HubConnection] = []

    private let limits: HubLimits
    private var now: NIODeadline

    /// A batch larger than this is flushed before the read cycle ends; twice as much memory is not kept.
    private static let batchByteMaximum = 512 << 10

    init(limits: HubLimits, now: NIODeadline) {
        self.limits = limits
        self.now = now
    }

    func advance(to now: NIODeadline) {
        self.now = now
        recycle()
    }

    // MARK: Addressing

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

    // MARK: Flushing

    /// Whether enough has come together to be sent on at once.
    var isLarge: Bool { batch.readableBytes > Self.batchByteMaximum }

    /// Turns what was addressed since the last flush into outputs.
    ///
    /// - Returns: clients whose queues have grown too long; nearly always none.
    func flush() -> [HubConnection] {
        closeGroup()
        swap(&dirty, &flushing)
        for client in flushing {
            client.output.isDirty = false
            guard let chunk = client.output.takePending(of: batch) else { continue }
            dispatch(chunk, to: client)
        }
        flushing.removeAll(keepingCapacity: true)
        guard !overfull.isEmpty else { return [] }
        defer { overfull = [] }
        return overfull
    }

    /// Starts the batch anew once all of it has been handed on. Late, so that the slices of it are gone and its memory can be used again.
    func recycle() {
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
            overfull.append(client)
        } else if waiting > limits.holdByteCount, !client.output.isCongested {
            client.output.isCongested = true
            client.output.isStalled = false
            client.output.lastProgressAt = now
            congested.append(client)
        }
    }

    // MARK: Outputs

    func nextOutput() -> HubOutput? { outputs.popFirst() }

    var hasOutput: Bool { !outputs.isEmpty }

    /// Hands a frame straight to a client's socket, ahead of nothing: its queue has been discarded or sent.
    func sendLast(_ frame: ByteBuffer, to client: HubConnection) { outputs.append(.send(client, frame)) }

    /// Sends all that waits for a client, and then closes.
    func close(_ client: HubConnection) {
        while let chunk = client.output.takeQueued() { outputs.append(.send(client, chunk)) }
        outputs.append(.close(client))
    }

    func writabilityChanged(_ client: HubConnection, isWritable: Bool) {
        client.output.isWritable = isWritable
        guard isWritable, client.output.hasQueued else { return }
        outputs.append(.drain(client))
    }

    func nextQueued(_ client: HubConnection) -> ByteBuffer? {
        guard let chunk = client.output.takeQueued() else { return nil }
        client.output.lastProgressAt = now
        if client.output.backlogByteCount < limits.releaseByteCount { endCongestion(of: client) }
        return chunk
    }

    // MARK: Holding senders back

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
        guard client.holdCount == 0, !client.isGone else { return }
        // Its silence was our doing.
        client.lastReceivedAt = now
        client.frameBeganAt = now
        outputs.append(.resumeReading(client))
    }

    private func releaseHeldSenders(of reader: HubConnection) {
        for sender in reader.heldSenders.values { release(sender) }
        reader.heldSenders = [:]
    }

    /// A client has caught up, or goes: nobody waits for it any more.
    func endCongestion(of client: HubConnection) {
        guard client.output.isCongested else { return }
        client.output.isCongested = false
        client.output.isStalled = false
        congested.removeAll { $0 === client }
        releaseHeldSenders(of: client)
    }

    /// When a long queue is next looked at; nil while there is none that anybody is held for.
    var nextDeadline: NIODeadline? {
        var earliest: NIODeadline?
        for client in congested where !client.output.isStalled {
            let deadline = client.output.lastProgressAt + limits.holdTimeout
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// Nobody waits for a reader that takes nothing: from here on its queue grows until it catches up or is cut off.
    func deadlineReached() {
        for client in congested where !client.output.isStalled {
            guard client.output.lastProgressAt + limits.holdTimeout <= now else { continue }
            client.output.isStalled = true
            releaseHeldSenders(of: client)
        }
    }
}
