import NIOCore
import Testing

@testable import Hub

@Suite struct OutputQueueTests {
    private let batch = ByteBuffer(bytes: (0..<100).map { UInt8($0) })

    private func take(_ queue: inout OutputQueue) -> [UInt8]? {
        queue.takePending(of: batch).map { Array($0.readableBytesView) }
    }

    @Test func withoutFramesThereIsNothingToTake() {
        var queue = OutputQueue()
        #expect(take(&queue) == nil)
    }

    @Test func piecesThatTouchAreOneSliceOfTheBatch() {
        var queue = OutputQueue()
        queue.append(10, 40, of: batch)
        queue.append(40, 90, of: batch)
        let chunk = queue.takePending(of: batch)
        #expect(chunk.map { Array($0.readableBytesView) } == Array(10..<90))
        let addresses = (
            chunk?.withUnsafeReadableBytes { $0.baseAddress },
            batch.withUnsafeReadableBytes { $0.baseAddress.map { $0 + 10 } }
        )
        #expect(addresses.0 == addresses.1)
        #expect(take(&queue) == nil)
    }

    @Test func piecesApartFromEachOtherKeepTheirOrder() {
        var queue = OutputQueue()
        queue.append(0, 10, of: batch)
        queue.append(20, 30, of: batch)
        queue.append(30, 35, of: batch)
        queue.append(90, 100, of: batch)
        #expect(take(&queue) == Array(0..<10) + Array(20..<35) + Array(90..<100))
        #expect(take(&queue) == nil)
    }

    @Test func aPieceMayBeSentTwice() {
        var queue = OutputQueue()
        queue.append(0, 50, of: batch)
        queue.append(0, 50, of: batch)
        #expect(take(&queue) == Array(0..<50) + Array(0..<50))
    }

    @Test func aSmallPieceOfALargeBatchIsACopy() {
        var queue = OutputQueue()
        queue.append(10, 20, of: batch)
        let chunk = queue.takePending(of: batch)
        #expect(chunk.map { Array($0.readableBytesView) } == Array(10..<20))
        #expect(chunk.map { $0.capacity < 100 } == true)
    }

    @Test func afterTakingThePiecesBeginAnew() {
        var queue = OutputQueue()
        queue.append(0, 80, of: batch)
        _ = take(&queue)
        queue.append(80, 90, of: batch)
        #expect(take(&queue) == Array(80..<90))
        queue.append(0, 5, of: batch)
        queue.append(50, 55, of: batch)
        #expect(take(&queue) == Array(0..<5) + Array(50..<55))
    }

    @Test func whatIsQueuedComesOutInOrderAndIsCounted() {
        var queue = OutputQueue()
        #expect(!queue.mustQueue)
        queue.isWritable = false
        #expect(queue.mustQueue)
        for count in 1...3 { queue.queue(ByteBuffer(repeating: UInt8(count), count: count)) }
        #expect(queue.backlogByteCount == 6)
        queue.isWritable = true
        #expect(queue.mustQueue)
        for count in 1...3 { #expect(queue.takeQueued() == ByteBuffer(repeating: UInt8(count), count: count)) }
        #expect(queue.takeQueued() == nil)
        #expect(queue.backlogByteCount == 0)
        #expect(!queue.mustQueue)
    }

    @Test func whatIsDiscardedIsGone() {
        var queue = OutputQueue()
        queue.append(0, 10, of: batch)
        queue.append(20, 30, of: batch)
        queue.queue(ByteBuffer(bytes: [1]))
        queue.discard()
        #expect(take(&queue) == nil)
        #expect(queue.takeQueued() == nil)
        #expect(queue.backlogByteCount == 0)
    }
}
