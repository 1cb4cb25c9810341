import NIOCore

/// What is on its way to one client.
///
/// Frames are written once into the hub's batch. While all that a client gets lies in one piece of the batch, the piece is only noted
/// here and later sent as a slice, shared with every other receiver; when something else comes between, it is copied out.
struct OutputQueue {
    /// The noted piece of the batch.
    private(set) var pendingStart = 0
    private(set) var pendingEnd = 0
    /// What has been copied out in this cycle, ahead of the noted piece.
    private var copied: ByteBuffer?
    /// What the socket would not take yet; whole frames in each chunk.
    private var backlog = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    private(set) var backlogByteCount = 0

    /// Whether the socket takes more; told by the driver.
    var isWritable = true
    /// Whether it stands in the hub's list of clients to flush.
    var isDirty = false
    /// The queue has grown over the hold mark and not yet fallen under the release mark.
    var isCongested = false
    /// It took nothing for so long that nobody is held back for it any more.
    var isStalled = false
    var lastProgressAt = NIODeadline.distantPast

    /// Notes frames at `start..<end` of the batch.
    @inline(__always)
    mutating func append(_ start: Int, _ end: Int, of batch: ByteBuffer) {
        if pendingEnd == start, pendingEnd > pendingStart {
            pendingEnd = end
            return
        }
        if pendingEnd > pendingStart { copyPending(of: batch) }
        pendingStart = start
        pendingEnd = end
    }

    private mutating func copyPending(of batch: ByteBuffer) {
        let view = batch.viewBytes(at: pendingStart, length: pendingEnd - pendingStart) ?? batch.readableBytesView
        if copied == nil {
            copied = ByteBuffer(bytes: view)
        } else {
            copied?.writeBytes(view)
        }
        pendingStart = 0
        pendingEnd = 0
    }

    /// Takes what this cycle brought, as one chunk.
    mutating func takePending(of batch: ByteBuffer) -> ByteBuffer? {
        guard pendingEnd > pendingStart || copied != nil else { return nil }
        let length = pendingEnd - pendingStart
        // A slice keeps the whole batch alive: a small one of a large batch would cost more memory than it holds.
        if copied == nil, length * 2 >= batch.writerIndex, let slice = batch.getSlice(at: pendingStart, length: length)
        {
            pendingStart = 0
            pendingEnd = 0
            return slice
        }
        if length > 0 { copyPending(of: batch) }
        defer { copied = nil }
        return copied
    }

    var hasQueued: Bool { !backlog.isEmpty }

    /// What is queued goes first.
    var mustQueue: Bool { !isWritable || hasQueued }

    mutating func queue(_ chunk: ByteBuffer) {
        backlogByteCount += chunk.readableBytes
        backlog.append(chunk)
    }

    mutating func takeQueued() -> ByteBuffer? {
        guard let chunk = backlog.popFirst() else { return nil }
        backlogByteCount -= chunk.readableBytes
        return chunk
    }

    /// Forgets all that has not been handed to the socket.
    mutating func discard() {
        backlog.removeAll()
        backlogByteCount = 0
        copied = nil
        pendingStart = 0
        pendingEnd = 0
    }
}
