import NIOCore
import TestBrokers
import TestSupport

/// One connection between a relay and a broker in memory. Bytes are on their way for a while, and may be cut at any of them.
final class TopicWire {
    private struct Chunk {
        var bytes: ByteBuffer
        let arrivesAt: NIODeadline
    }

    let connection: TestBrokerConnection
    /// The broker reads nothing, or the relay hears nothing.
    var isStalledUp = false
    var isStalledDown = false
    /// The relay has ended it: what it put out still goes to the broker.
    var isEnding = false
    private(set) var upByteCount = 0
    private(set) var downByteCount = 0
    private var upward = CircularBuffer<Chunk>()
    private var downward = CircularBuffer<Chunk>()

    init(to broker: TestBroker) { connection = broker.connect() }

    // MARK: Putting in

    func sendUp(_ bytes: ByteBuffer, arrivesAt: NIODeadline) {
        upByteCount += bytes.readableBytes
        upward.append(Chunk(bytes: bytes, arrivesAt: Swift.max(arrivesAt, upward.last?.arrivesAt ?? arrivesAt)))
    }

    /// What the broker has put out.
    func collect(arrivesAt: NIODeadline) -> Bool {
        guard let bytes = connection.takeOutput() else { return false }
        downByteCount += bytes.readableBytes
        downward.append(Chunk(bytes: bytes, arrivesAt: Swift.max(arrivesAt, downward.last?.arrivesAt ?? arrivesAt)))
        return true
    }

    // MARK: Taking out

    /// - Parameter mayRead: whether the relay reads.
    func nextArrival(mayRead: Bool) -> NIODeadline {
        let up = isStalledUp ? nil : upward.first?.arrivesAt
        let down = isStalledDown || !mayRead ? nil : downward.first?.arrivesAt
        return Swift.min(up ?? .distantFuture, down ?? .distantFuture)
    }

    /// - Returns: whether anything has arrived at the broker.
    func deliverUp(now: NIODeadline) -> Bool {
        guard !isStalledUp else { return false }
        var hasArrived = false
        while let chunk = upward.first, chunk.arrivesAt <= now {
            upward.removeFirst()
            upByteCount -= chunk.bytes.readableBytes
            connection.receive(chunk.bytes)
            hasArrived = true
        }
        return hasArrived
    }

    /// - Parameter pieceMaximum: bytes of one read.
    func nextDown(now: NIODeadline, pieceMaximum: Int = .max) -> ByteBuffer? {
        guard !isStalledDown, let first = downward.first, first.arrivesAt <= now else { return nil }
        let count = Swift.min(Swift.max(pieceMaximum, 1), first.bytes.readableBytes)
        let piece = downward[downward.startIndex].bytes.readSlice(length: count)
        if first.bytes.readableBytes == count { downward.removeFirst() }
        downByteCount -= count
        return piece
    }

    var isDone: Bool { isEnding && upward.isEmpty }
    /// The broker has hung up, and all that it said was heard.
    var isOver: Bool { connection.isClosed && downward.isEmpty }

    // MARK: Cutting

    /// Some of what was on its way still arrives, up to any byte.
    ///
    /// - Parameter isNoticed: the broker knows that the connection is gone; else it learns so when the client comes again.
    /// - Returns: what the relay still hears.
    func cut(_ generator: inout SeededGenerator, isNoticed: Bool) -> ByteBuffer {
        if !isStalledUp { connection.receive(Self.prefix(of: upward, &generator)) }
        if let last = connection.takeOutput() { downward.append(Chunk(bytes: last, arrivesAt: .distantFuture)) }
        if isNoticed { connection.transportClosed() }
        return isStalledDown ? ByteBuffer() : Self.prefix(of: downward, &generator)
    }

    private static func prefix(of chunks: CircularBuffer<Chunk>, _ generator: inout SeededGenerator) -> ByteBuffer {
        var all = ByteBuffer()
        for chunk in chunks { all.writeImmutableBuffer(chunk.bytes) }
        let count = Int.random(in: 0...all.readableBytes, using: &generator)
        return all.readSlice(length: count) ?? ByteBuffer()
    }
}
