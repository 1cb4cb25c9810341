import NIOCore
import Testing

@testable import Hub

/// How what is sent leaves the hub.
@Suite struct OutputTests {
    private let test = TestHub()

    private func members(_ count: Int) -> [TestClient] {
        let clients = (0..<count).map { test.client("\($0)") }
        for client in clients { client.join("c") }
        test.quiet()
        return clients
    }

    @Test func allOfOneCycleLeavesAsOnePiecePerReceiver() {
        let clients = members(4)
        clients[1].provide("c", "e")
        test.quiet()
        test.inOneCycle {
            for number in 0..<5 {
                clients[0].broadcast("c", .int(number))
                clients[2].send("send", ["channel": "c", "event": "e", "data": "direct"])
            }
            clients[3].send("ping")
        }
        #expect(clients.map(\.chunks.count) == [0, 1, 1, 1])
        #expect(clients.map { $0.take().count } == [0, 10, 5, 6])
    }

    @Test func nothingLeavesBeforeTheEndOfTheCycle() {
        let clients = members(2)
        test.inOneCycle {
            clients[0].broadcast("c", 1)
            #expect(clients[1].take() == [])
        }
        #expect(clients[1].takeData() == [1])
    }

    @Test func theReceiversOfABroadcastShareItsBytes() {
        let clients = members(5)
        for number in 0..<3 {
            clients[0].broadcast("c", .array([.int(number), .string(String(repeating: "x", count: 300))]))
            let addresses = Set(
                clients[1...].map { client in
                    client.chunks[0].withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
                }
            )
            #expect(addresses.count == 1)
            test.quiet()
        }
    }

    @Test func whatAReceiverStillHoldsIsNotWrittenOver() {
        let clients = members(2)
        var held: [ByteBuffer] = []
        for number in 0..<10 {
            clients[0].broadcast("c", .int(number))
            held += clients[1].chunks
            test.quiet()
        }
        let numbers = held.map { chunk in
            var rest = chunk
            return try? rest.readFrame()?["data"]
        }
        #expect(numbers == (0..<10).map { .int($0) })
    }

    @Test func aLargeReadLeavesAsItGoes() {
        let clients = members(2)
        let padding = TestValue.string(String(repeating: "x", count: 200_000))
        test.inOneCycle {
            for number in 0..<12 {
                clients[0].send("broadcast", ["channel": "c", "data": .int(number), "padding": padding])
            }
            #expect(clients[1].receivedByteCount > 1_000_000)
        }
        #expect(clients[1].takeData() == (0..<12).map { .int($0) })
    }

    @Test func whatIsQueuedGoesBeforeWhatComesNext() {
        let clients = members(2)
        clients[1].stopTaking()
        for number in 0..<3 { clients[0].broadcast("c", .int(number)) }
        clients[1].goOnTaking(1)
        #expect(clients[1].takeData() == [0])
        clients[0].broadcast("c", 3)
        #expect(clients[1].takeData() == [])
        clients[1].goOnTaking()
        clients[0].broadcast("c", 4)
        #expect(clients[1].takeData() == [1, 2, 3, 4])
    }

    @Test func atShutdownEverybodyGetsWhatWaitsAndIsClosed() {
        let clients = members(3)
        let unidentified = test.connect()
        clients[1].stopTaking()
        for number in 0..<3 { clients[0].broadcast("c", .int(number)) }
        test.inOneCycle {
            clients[0].broadcast("c", 3)
            test.closeAll()
        }
        for client in clients[1...] { #expect(client.takeData() == [0, 1, 2, 3]) }
        #expect((clients + [unidentified]).allSatisfy { $0.wasClosed })
        #expect(test.tables == TestHub.Tables())
        #expect(test.strayOutputCount == 0)
    }

    @Test func aClientThatTheHubClosedIsNotHeardAnyMore() {
        let clients = members(2)
        clients[0].lingers = true
        clients[0].send(ByteBuffer(bytes: [0, 0, 0, 1, 0xC1]))
        #expect(clients[0].wasClosed)
        clients[0].broadcast("c", "late")
        #expect(clients[1].takeData() == [])
        clients[1].broadcast("c", "to the closed one")
        #expect(clients[0].take().map(\.type) == ["error"])
        clients[0].hangUp()
        #expect(test.hub.connectionCount == 1)
    }

    @Test func aProviderThatIsBeingClosedIsNoneAnyMore() {
        let clients = members(2)
        clients[1].provide("c", "e")
        clients[1].lingers = true
        clients[1].send(ByteBuffer(bytes: [0, 0, 0, 1, 0xC1]))
        test.quiet()
        clients[0].call("c", "e", 1)
        clients[1].hangUp()
        #expect(clients[0].takeOne()["reason"] == "no_provider")
        #expect(test.hub.calls.count == 0)
    }
}
