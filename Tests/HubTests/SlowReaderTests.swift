import NIOCore
import Testing

@testable import Hub

/// Clients that read more slowly than others send.
@Suite struct SlowReaderTests {
    private struct Cast {
        let test: TestHub
        let sender: TestClient
        let slow: TestClient
        let neighbour: TestClient
    }

    /// All three have joined `c`; the slow one's socket takes nothing.
    private func makeCast(_ configure: @escaping (inout HubSettings) -> Void = { _ in }) -> Cast {
        let test = TestHub {
            $0.limits.holdByteCount = 4_000
            $0.limits.releaseByteCount = 2_000
            $0.limits.outputByteMaximum = 20_000
            configure(&$0)
        }
        let clients = ["sender", "slow", "neighbour"].map { test.client($0) }
        for client in clients { client.join("c") }
        test.quiet()
        clients[1].stopTaking()
        return Cast(test: test, sender: clients[0], slow: clients[1], neighbour: clients[2])
    }

    private static let kilobyte = String(repeating: "x", count: 1_000)

    private func broadcast(_ cast: Cast, _ number: Int) {
        cast.sender.send(
            "broadcast",
            ["channel": "c", "event": "e", "data": .int(number), "padding": .string(Self.kilobyte)]
        )
    }

    @Test func aSenderIsHeldWhileAReaderIsBehindAndThenGoesOn() {
        let cast = makeCast()
        var sent = 0
        while !cast.sender.isPaused, sent < 20 {
            broadcast(cast, sent)
            sent += 1
        }
        #expect((4...6).contains(sent))
        // What it sends now stays in its socket.
        broadcast(cast, sent)
        #expect(cast.neighbour.takeData().count == sent)
        cast.slow.goOnTaking(1_000)
        #expect(cast.sender.isPaused)
        cast.slow.goOnTaking()
        #expect(!cast.sender.isPaused)
        #expect(cast.slow.takeData() == (0...sent).map { .int($0) })
        #expect(cast.neighbour.takeData() == [.int(sent)])
        #expect(cast.test.strayOutputCount == 0)
    }

    @Test func aSenderIsHeldUntilTheQueueIsShort() {
        let cast = makeCast()
        for number in 0..<6 where !cast.sender.isPaused { broadcast(cast, number) }
        #expect(cast.sender.isPaused)
        while cast.slow.connection.output.backlogByteCount >= 2_000 {
            #expect(cast.sender.isPaused)
            cast.slow.goOnTaking(1)
        }
        #expect(!cast.sender.isPaused)
        #expect(cast.slow.connection.output.backlogByteCount > 0)
    }

    @Test func aReaderThatTakesNothingStopsHoldingAfterAQuarterSecond() {
        let cast = makeCast()
        for number in 0..<6 { broadcast(cast, number) }
        #expect(cast.sender.isPaused)
        cast.test.pass(.milliseconds(249))
        #expect(cast.sender.isPaused)
        cast.test.pass(.milliseconds(1))
        #expect(!cast.sender.isPaused)
        broadcast(cast, 6)
        #expect(!cast.sender.isPaused)
        #expect(cast.neighbour.takeData() == (0..<7).map { .int($0) })
        cast.slow.goOnTaking()
        #expect(cast.slow.takeData() == (0..<7).map { .int($0) })
    }

    @Test func aReaderThatTakesALittleHoldsOn() {
        let cast = makeCast { $0.limits.releaseByteCount = 100 }
        for number in 0..<6 { broadcast(cast, number) }
        for _ in 0..<4 {
            cast.test.pass(.milliseconds(200))
            #expect(cast.sender.isPaused)
            cast.slow.goOnTaking(1)
        }
        cast.test.pass(.milliseconds(250))
        #expect(!cast.sender.isPaused)
    }

    @Test func aStalledReaderThatCaughtUpHoldsAgain() {
        let cast = makeCast()
        for number in 0..<6 { broadcast(cast, number) }
        cast.test.pass(.milliseconds(250))
        cast.slow.goOnTaking()
        cast.slow.stopTaking()
        for number in 0..<6 { broadcast(cast, number) }
        #expect(cast.sender.isPaused)
    }

    @Test func aReaderIsCutOffAtTheLimitAndItsNeighboursGetEverything() {
        let cast = makeCast()
        var sent = 0
        while !cast.slow.wasClosed, sent < 100 {
            broadcast(cast, sent)
            sent += 1
            cast.test.pass(.milliseconds(250))
        }
        #expect((18...20).contains(sent))
        let last = cast.slow.take().last
        #expect(last?.type == "error")
        let text = last?["message"]?.text ?? ""
        #expect(text.hasPrefix("slow reader: "))
        #expect(text.hasSuffix(" bytes wait for client slow, the limit is 20000 (at hub)"))
        #expect(cast.test.drops(.slowReader) == 1)
        #expect(!cast.sender.isPaused)
        broadcast(cast, sent)
        #expect(cast.neighbour.takeData() == (0...sent).map { .int($0) })
        #expect(cast.test.hub.connectionCount == 2)
    }

    @Test func whatFollowsFromACutOffReachesThoseWhoHadNothingElseComing() {
        let cast = makeCast { $0.limits.outputByteMaximum = 3_000 }
        let bystander = cast.test.client("bystander")
        bystander.join("d")
        cast.slow.join("d")
        cast.test.quiet()
        for number in 0..<5 { broadcast(cast, number) }
        #expect(cast.slow.wasClosed)
        #expect(bystander.takeOne()["action"] == "leave")
        #expect(cast.test.tables.dirty == 0)
        bystander.send("ping")
        #expect(bystander.takeOne().type == "pong")
    }

    @Test func aFrameLargerThanTheLimitPassesAnEmptyQueue() {
        let cast = makeCast { $0.limits.outputByteMaximum = 5_000 }
        let large = String(repeating: "x", count: 10_000)
        cast.sender.send("broadcast", ["channel": "c", "data": .string(large)])
        #expect(!cast.slow.wasClosed)
        #expect(cast.slow.take() == [])
        cast.test.pass(.milliseconds(250))
        cast.slow.goOnTaking(1)
        #expect(cast.slow.takeData() == [.string(large)])
        cast.sender.send("broadcast", ["channel": "c", "data": .string(large)])
        cast.test.pass(.milliseconds(250))
        broadcast(cast, 2)
        #expect(cast.slow.wasClosed)
    }

    @Test func callersAreHeldByASlowProviderAndNotByOthers() {
        let cast = makeCast()
        cast.slow.provide("d", "e")
        let other = cast.test.client("other")
        for number in 0..<6 {
            cast.sender.send(
                "call",
                ["channel": "d", "event": "e", "request_id": .int(number), "data": .string(Self.kilobyte)]
            )
        }
        #expect(cast.sender.isPaused)
        #expect(!other.isPaused)
        cast.slow.goOnTaking()
        #expect(!cast.sender.isPaused)
    }

    @Test func aSenderHeldByTwoWaitsForBoth() {
        let cast = makeCast()
        cast.neighbour.stopTaking()
        for number in 0..<6 { broadcast(cast, number) }
        cast.slow.goOnTaking()
        #expect(cast.sender.isPaused)
        cast.neighbour.goOnTaking()
        #expect(!cast.sender.isPaused)
        #expect(cast.neighbour.takeData() == cast.slow.takeData())
    }

    @Test func aReaderThatGoesFreesItsSenders() {
        let cast = makeCast()
        for number in 0..<6 { broadcast(cast, number) }
        #expect(cast.sender.isPaused)
        cast.slow.hangUp()
        #expect(!cast.sender.isPaused)
        #expect(cast.test.strayOutputCount == 0)
    }

    @Test func nothingIsWantedOfAHeldSenderThatHasGone() {
        let cast = makeCast()
        for number in 0..<6 { broadcast(cast, number) }
        #expect(cast.sender.isPaused)
        cast.sender.hangUp()
        // It owned the channel; whoever comes next may get its slot.
        let next = cast.test.client("next")
        #expect(next.connection.slot == cast.sender.connection.slot)
        cast.slow.goOnTaking()
        cast.test.pass(.seconds(1))
        #expect(cast.test.strayOutputCount == 0)
    }

    @Test func nobodyIsHeldForWhatItSendsToItself() {
        let cast = makeCast()
        cast.slow.provide("d", "e")
        for _ in 0..<6 {
            cast.slow.send("send", ["channel": "d", "event": "e", "data": .string(Self.kilobyte)])
        }
        #expect(!cast.slow.isPaused)
    }
}
