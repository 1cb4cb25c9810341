import HubProtocol
import NIOCore
import Testing

@testable import Hub

/// Ends that lie in the hub's own process.
@Suite struct AttachTests {
    private let test = TestHub { $0.connectionKey = Proof.ConnectionKey(secret: Array("secret".utf8)) }

    @Test(arguments: [ClientMode.client, .bridge]) func anAttachedEndIsAClientAtOnce(mode: ClientMode) {
        let client = test.attach("bridge", mode: mode)
        #expect(client.take() == [])
        #expect(client.connection.isAttached)
        #expect(client.connection.isIdentified)
        #expect(client.connection.speaksStinger)
        #expect(client.connection.mode == mode)
        #expect(client.connection.isStingerBridge == (mode == .bridge))
        #expect(client.join("c").map(\.type) == ["channel_sync", "response"])
        client.hangUp()
        #expect(test.tables == TestHub.Tables())
    }

    @Test func itTalksWithOthers() {
        let test = TestHub()
        let (attached, other) = (test.attach("bridge"), test.client("a"))
        attached.join("c")
        other.join("c")
        test.quiet()
        other.broadcast("c", 1)
        attached.broadcast("c", 2)
        #expect(attached.takeData() == [1])
        #expect(other.takeOne()["sender_id"] == "bridge")
    }

    @Test func anIDThatIsTakenGetsANumber() {
        let test = TestHub()
        _ = test.client("bridge")
        _ = test.client("bridge-3")
        #expect((0..<3).map { _ in test.attach("bridge").id } == ["bridge-2", "bridge-4", "bridge-5"])
        #expect(test.attach("server").id == "server-2")
    }

    @Test func itIsNotAmongTheUnidentified() {
        let test = TestHub { $0.limits.unidentifiedMaximum = 1 }
        _ = test.attach("b1")
        let client = test.connect()
        _ = test.attach("b2")
        #expect(!client.wasClosed)
        #expect(test.connect().wasClosed)
        client.hangUp()
        test.attach("b3").hangUp()
        #expect(!test.connect().wasClosed)
    }

    @Test func silenceDoesNotEndIt() {
        let test = TestHub { $0.idleTimeout = .seconds(5) }
        let (attached, other) = (test.attach("bridge"), test.client("a"))
        var half = ByteBuffer()
        half.writeInteger(UInt32(100))
        attached.send(half)
        test.pass(.hours(1))
        #expect(other.wasClosed)
        #expect(!attached.wasClosed)
        #expect(test.hub.nextDeadline == nil)
    }

    @Test func itsFramesAreLimitedAsOthersAre() {
        let test = TestHub { $0.limits.frameByteMaximum = 10_000 }
        let client = test.attach("bridge")
        client.send("ping", ["data": .string(String(repeating: "x", count: 9_000))])
        #expect(client.takeOne().type == "pong")
        client.send("ping", ["data": .string(String(repeating: "x", count: 11_000))])
        #expect(client.takeOne()["message"]?.text?.hasPrefix("malformed frame: its header says") == true)
        #expect(client.wasClosed)
    }

    @Test func itIsLetGoWithTheOthers() {
        let client = test.attach("bridge")
        test.closeAll()
        #expect(client.wasClosed)
        #expect(test.hub.connectionCount == 0)
    }
}
