import HubProtocol
package import NIOCore

/// What leaves the hub: writing frames, and handing them to whoever drives it.
extension Hub {
    /// Writes a frame and addresses it to one client.
    func send(to client: HubConnection, _ write: (inout ByteBuffer) -> Void) {
        guard client.isOpen else { return }
        let start = outbox.batch.writerIndex
        write(&outbox.batch)
        outbox.address(start, outbox.batch.writerIndex, to: client)
    }

    /// Writes a frame and addresses it to every listener of a channel that `wants` it.
    func send(
        toListenersOf channel: HubChannel,
        where wants: (HubConnection) -> Bool,
        _ write: (inout ByteBuffer) -> Void
    ) {
        guard channel.listeners.contains(where: { $0.isOpen && wants($0) }) else { return }
        let start = outbox.batch.writerIndex
        write(&outbox.batch)
        for listener in channel.listeners where listener.isOpen && wants(listener) {
            outbox.address(start, outbox.batch.writerIndex, to: listener)
        }
    }

    /// Turns what was addressed since the last flush into outputs.
    package func flush() {
        var overfull = outbox.flush()
        // Cutting off a slow reader addresses those who watch errors, who are then flushed too.
        while !overfull.isEmpty {
            for client in overfull where client.isOpen { cutOff(client) }
            overfull = outbox.flush()
        }
    }

    /// What the driver is to do next; nil when there is nothing.
    package func nextOutput() -> HubOutput? { outbox.nextOutput() }

    package var hasOutput: Bool { outbox.hasOutput }

    /// The socket of a client takes bytes again, or takes no more.
    package func writabilityChanged(_ client: HubConnection, isWritable: Bool) {
        outbox.writabilityChanged(client, isWritable: isWritable)
    }

    /// The next bytes that wait for a client whose socket takes them; nil when none are left.
    package func nextQueued(_ client: HubConnection) -> ByteBuffer? { outbox.nextQueued(client) }

    private func cutOff(_ client: HubConnection) {
        let waiting = client.output.backlogByteCount
        client.output.discard()
        count(.slowReader)
        let words = "\(waiting) bytes wait for client \(client.id.text), the limit is \(limits.outputByteMaximum)"
        let text = "slow reader: \(words) (at \(id.text))"
        logger.warning("slow reader cut off", metadata: ["client": "\(client.id.text)", "waiting": "\(waiting)"])
        var farewell = ByteBuffer()
        farewell.writeError(text)
        outbox.sendLast(farewell, to: client)
        outbox.close(client)
        tellWatchers(of: text, client)
        leave(client)
    }
}
