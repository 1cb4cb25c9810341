import NIOCore
import Testing

@testable import Hub

/// A malformed frame ends its sender's connection, after one error, and nobody else's.
@Suite struct MalformedFrameTests {
    struct Body: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]

        init(_ description: String, _ bytes: [UInt8]) {
            testDescription = description
            self.bytes = bytes
        }

        private static let type: [UInt8] = [0xA4] + Array("type".utf8)
        private static let ping: [UInt8] = [0xA4] + Array("ping".utf8)

        static let all = [
            Body("nothing", []),
            Body("no map", [0x01]),
            Body("a list", [0x90]),
            Body("a byte that is never used", [0xC1]),
            Body("one map and more", [0x80, 0x80]),
            Body("a map that is cut off", [0x82] + type + ping),
            Body("a count that lies", [0xDF, 0xFF, 0xFF, 0xFF, 0xFF]),
            Body("a string that is cut off", [0x81] + type + [0xDB, 0xFF, 0xFF, 0xFF, 0xFF]),
            Body("a key that is a number", [0x81, 0x01, 0x01]),
            Body("a key that is bin", [0x81, 0xC4, 0x01, 0x61, 0x01]),
            Body("a key that stands twice", [0x82] + type + ping + type + ping),
            Body("no UTF-8", [0x81] + type + [0xA1, 0xFF]),
            Body("no UTF-8 in a key", [0x81, 0xA2, 0xC3, 0x28, 0x01]),
            Body("no UTF-8 deep inside", [0x81, 0xA1, 0x61, 0x91, 0x91, 0xA1, 0x80]),
            Body("a key that is a list deep inside", [0x81, 0xA1, 0x61, 0x81, 0x90, 0x01]),
            Body("a timestamp of 3 bytes", [0x81, 0xA1, 0x61, 0xC7, 0x03, 0xFF, 0, 0, 0]),
            Body(
                "a timestamp of too many nanoseconds",
                [0x81, 0xA1, 0x61, 0xD7, 0xFF] + [UInt8](repeating: 0xFF, count: 8)
            ),
            Body("512 levels", [0x81, 0xA1, 0x61] + [UInt8](repeating: 0x91, count: 511) + [0xC0]),
        ]

        var frame: ByteBuffer {
            var frame = ByteBuffer()
            frame.writeInteger(UInt32(bytes.count))
            frame.writeBytes(bytes)
            return frame
        }
    }

    @Test(arguments: Body.all) func itEndsItsSenderAlone(body: Body) {
        let test = TestHub()
        let clients = ["a", "b"].map { test.client($0) }
        for client in clients { client.join("c") }
        test.quiet()
        clients[0].send(body.frame)
        let error = clients[0].takeOne()
        #expect(error.type == "error")
        #expect(error["message"]?.text?.hasPrefix("malformed frame: ") == true)
        #expect(clients[0].wasClosed)
        #expect(!clients[1].wasClosed)
        #expect(test.drops(.malformedFrame) == 1)
        #expect(test.hub.clients.count == 1)
    }

    @Test(arguments: Body.all) func itEndsOneThatIsNotIdentified(body: Body) {
        let test = TestHub()
        let client = test.connect()
        client.send(body.frame)
        #expect(client.takeOne()["message"]?.text?.hasPrefix("malformed frame: ") == true)
        #expect(client.wasClosed)
        #expect(test.hub.connectionCount == 0)
    }

    @Test(arguments: Body.all) func aByteAtATimeItIsTheSame(body: Body) {
        let test = TestHub()
        let client = test.client("a")
        var bytes = body.frame
        while let byte = bytes.readSlice(length: 1) { client.send(byte) }
        #expect(client.takeOne()["message"]?.text?.hasPrefix("malformed frame: ") == true)
        #expect(client.wasClosed)
    }

    @Test func whatCameBeforeIsCarriedOutAndWhatComesBehindIsNot() {
        let test = TestHub()
        let clients = ["a", "b"].map { test.client($0) }
        clients[1].join("c")
        test.quiet()
        var bytes = ByteBuffer()
        bytes.writeFrame(["type": "broadcast", "channel": "c", "data": "before"])
        bytes.writeImmutableBuffer(Body("", [0xC1]).frame)
        bytes.writeFrame(["type": "broadcast", "channel": "c", "data": "behind"])
        clients[0].send(bytes)
        #expect(clients[1].takeData() == ["before"])
    }

    @Test func aHeaderThatPromisesTooMuchIsRefusedAtOnce() {
        let test = TestHub { $0.limits.frameByteMaximum = 5_000 }
        let a = test.client("a")
        a.send(ByteBuffer(bytes: [0, 0, 0x13, 0x89]))
        let text = a.takeOne()["message"]
        #expect(text == "malformed frame: its header says 5001 bytes, the limit is 5000 (at hub)")
        #expect(a.wasClosed)
    }

    @Test func theDeepestFrameIsForwarded() {
        let test = TestHub()
        let clients = ["a", "b"].map { test.client($0) }
        clients[1].join("c")
        test.quiet()
        clients[0].send("broadcast", ["channel": "c", "data": .nested(510)])
        #expect(clients[1].takeData() == [.nested(510)])
        clients[0].send("broadcast", ["channel": "c", "data": .nested(511)])
        #expect(clients[0].wasClosed)
    }
}
