package import NIOCore

/// What a hub wants done. Whoever drives it takes these out one by one and carries them out.
package enum HubOutput {
    /// Hand the bytes to the socket, and flush.
    case send(HubConnection, ByteBuffer)
    /// Hand over what `nextQueued` gives, as long as the socket takes it.
    case drain(HubConnection)
    /// Close once everything sent so far has left; what still comes in is to be ignored.
    case close(HubConnection)
    /// Stop reading from the client, and go on.
    case pauseReading(HubConnection)
    case resumeReading(HubConnection)
}
