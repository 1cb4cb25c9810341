import NIOCore
import Testing

@testable import Hub

/// Silence between two frames, and within one.
@Suite struct TimeoutTests {
    private let test = TestHub {
        $0.idleTimeout = .seconds(60)
        $0.dataTimeout = .seconds(20)
    }

    private func frame(byteCount: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeFrame(["type": "ping", "padding": .string(String(repeating: "x", count: byteCount))])
        return bytes
    }

    @Test func aSilentClientIsLetGo() {
        let a = test.client("a")
        test.pass(.milliseconds(59_999))
        #expect(!a.wasClosed)
        test.pass(.milliseconds(1))
        #expect(a.wasClosed)
        #expect(test.drops(.idle) == 1)
        #expect(test.hub.connectionCount == 0)
    }

    @Test func whoSpeaksStays() {
        let a = test.client("a")
        for _ in 0..<10 {
            test.pass(.seconds(59))
            a.send("ping")
        }
        #expect(!a.wasClosed)
        test.pass(.seconds(60))
        #expect(a.wasClosed)
    }

    @Test func hearingIsNotSpeaking() {
        let a = test.client("a")
        let listener = test.client("listener")
        listener.join("c")
        for _ in 0..<4 {
            test.pass(.seconds(15))
            a.broadcast("c", 1)
        }
        #expect(listener.wasClosed)
        #expect(!a.wasClosed)
    }

    @Test func nobodyIsDroppedForBeingOld() {
        let a = test.client("a")
        for _ in 0..<60 {
            test.pass(.seconds(30))
            a.send("ping")
        }
        #expect(!a.wasClosed)
    }

    @Test func aFrameThatDribblesHasTheDataTimeout() {
        let a = test.client("a")
        var bytes = frame(byteCount: 100)
        for _ in 0..<19 {
            bytes.readSlice(length: 1).map { a.send($0) }
            test.pass(.seconds(1))
        }
        #expect(!a.wasClosed)
        bytes.readSlice(length: 1).map { a.send($0) }
        test.pass(.seconds(1))
        #expect(a.wasClosed)
    }

    @Test func everyFrameHasTheDataTimeoutForItself() {
        let a = test.client("a")
        var bytes = ByteBuffer()
        for _ in 0..<10 { bytes.writeImmutableBuffer(frame(byteCount: 100)) }
        let third = bytes.readableBytes / 30
        while bytes.readableBytes > 0 {
            bytes.readSlice(length: min(third, bytes.readableBytes)).map { a.send($0) }
            test.pass(.seconds(6))
        }
        #expect(a.take().count == 10)
        #expect(!a.wasClosed)
    }

    @Test func aFrameThatEndsInTimeLeavesTheIdleTimeout() {
        let a = test.client("a")
        var bytes = frame(byteCount: 10)
        bytes.readSlice(length: 5).map { a.send($0) }
        test.pass(.seconds(19))
        a.send(bytes)
        #expect(a.takeOne().type == "pong")
        test.pass(.seconds(59))
        #expect(!a.wasClosed)
        test.pass(.seconds(1))
        #expect(a.wasClosed)
    }

    @Test func aClientThatIsHeldIsNotIdle() {
        let test = TestHub {
            $0.limits.holdByteCount = 1_000
            $0.limits.releaseByteCount = 500
            $0.limits.holdTimeout = .hours(1)
        }
        let clients = ["sender", "slow"].map { test.client($0) }
        clients[1].join("c")
        clients[1].take()
        clients[1].stopTaking()
        while !clients[0].isPaused {
            clients[0].send("broadcast", ["channel": "c", "data": .string(String(repeating: "x", count: 500))])
        }
        for _ in 0..<5 {
            test.pass(.seconds(50))
            clients[1].send("ping")
        }
        #expect(!clients[0].wasClosed)
        clients[1].goOnTaking()
        #expect(!clients[0].isPaused)
        // The silence begins anew.
        test.pass(.milliseconds(59_999))
        #expect(!clients[0].wasClosed)
        test.pass(.milliseconds(1))
        #expect(clients[0].wasClosed)
    }

    @Test func aFrameThatWasHeldHalfReadHasTheDataTimeoutAnew() {
        let test = TestHub {
            $0.idleTimeout = .seconds(60)
            $0.dataTimeout = .seconds(20)
            $0.limits.holdByteCount = 1_000
            $0.limits.releaseByteCount = 500
            $0.limits.holdTimeout = .hours(1)
        }
        let clients = ["sender", "slow"].map { test.client($0) }
        clients[1].join("c")
        clients[1].stopTaking()
        let padding = TestValue.string(String(repeating: "x", count: 600))
        for _ in 0..<2 { clients[0].send("broadcast", ["channel": "c", "data": padding]) }
        var bytes = ByteBuffer()
        bytes.writeFrame(["type": "broadcast", "channel": "c", "data": padding])
        bytes.writeInteger(UInt32(100))
        clients[0].send(bytes)
        #expect(clients[0].isPaused)
        test.pass(.seconds(30))
        clients[1].send("ping")
        clients[1].goOnTaking()
        #expect(!clients[0].isPaused)
        test.pass(.milliseconds(19_999))
        #expect(!clients[0].wasClosed)
        test.pass(.milliseconds(1))
        #expect(clients[0].wasClosed)
    }

    @Test func anEmptyHubNeedsNoTimer() {
        #expect(test.hub.nextDeadline == nil)
        let a = test.client("a")
        #expect(test.hub.nextDeadline != nil)
        a.hangUp()
        test.pass(.seconds(120))
        #expect(test.hub.nextDeadline == nil)
    }

    @Test func theDeadlineAlwaysMovesOn() {
        let a = test.client("a")
        for _ in 0..<20 {
            test.pass(.seconds(7))
            a.send("ping")
            #expect(test.hub.nextDeadline.map { $0 > test.now } == true)
        }
    }
}
