import MessagePack
import NIOCore
import Testing

@testable import Hub

/// Calls and their answers (docs/wire/comm-ipc.md, section 4).
@Suite struct CallTests {
    private let test = TestHub()

    /// A caller and the provider of `c:e`.
    private func makePair() -> (a: TestClient, b: TestClient) {
        let pair = (a: test.client("a"), b: test.client("b"))
        pair.b.provide("c", "e")
        return pair
    }

    @Test func aCallReachesTheProviderWithTheHubsMarks() {
        let (a, b) = makePair()
        a.call("c", "e", "r", data: ["x": 1])
        #expect(
            b.takeOne() == [
                "type": "call", "channel": "c", "event": "e", "request_id": "r", "data": ["x": 1], "sender_id": "a",
                "path": ["hub"], "timestamp": .int(test.unixSeconds), "origin_server_id": "hub",
            ]
        )
        #expect(a.take() == [])
        #expect(test.hub.calls.count == 1)
    }

    @Test func theAnswerReachesTheCallerAndEndsTheCall() {
        let (a, b) = makePair()
        a.call("c", "e", "r")
        b.send("response", ["target_id": "a", "request_id": "r", "data": [1, nil], "more": true])
        #expect(
            a.takeOne() == [
                "type": "response", "target_id": "a", "request_id": "r", "data": [1, nil], "more": true,
                "sender_id": "b",
                "path": ["hub"], "timestamp": .int(test.unixSeconds), "origin_server_id": "hub",
            ]
        )
        #expect(test.hub.calls.count == 0)
    }

    @Test func aSecondAnswerIsDropped() {
        let (a, b) = makePair()
        a.call("c", "e", "r")
        b.respond(to: "a", "r", data: 1)
        b.respond(to: "a", "r", data: 2)
        #expect(a.takeData() == [1])
        #expect(b.take().filter { $0.type != "call" } == [])
        #expect(test.drops(.unaskedResponse) == 1)
    }

    @Test func onlyTheAskedProviderMayAnswer() {
        let (a, b) = makePair()
        let thief = test.client("thief")
        thief.provide("c", "other")
        a.call("c", "e", "r")
        thief.respond(to: "a", "r", data: "stolen")
        a.respond(to: "a", "r", data: "own")
        b.respond(to: "thief", "r", data: "elsewhere")
        b.respond(to: "nobody", "r")
        b.respond(to: "a", "another id")
        b.send("response", ["request_id": "r"])
        b.send("response", ["target_id": "a"])
        #expect(a.take() == [])
        #expect(thief.take() == [])
        #expect(test.drops(.unaskedResponse) == 7)
        b.respond(to: "a", "r")
        #expect(a.takeData() == ["answer"])
    }

    @Test func theSameRequestIDOfTwoCallersAreTwoCalls() {
        let (a, b) = makePair()
        let d = test.client("d")
        a.call("c", "e", "r")
        d.call("c", "e", "r")
        b.respond(to: "d", "r", data: "to d")
        b.respond(to: "a", "r", data: "to a")
        #expect(a.takeData() == ["to a"])
        #expect(d.takeData() == ["to d"])
    }

    @Test(arguments: [0, 127, 128, 65_536, -1, .int(Int.max), .int(Int.min), "", "ä", "1"] as [TestValue])
    func everyStringOrIntegerIsARequestID(requestID: TestValue) {
        let (a, b) = makePair()
        a.call("c", "e", requestID)
        #expect(b.takeOne()["request_id"] == requestID)
        b.respond(to: "a", requestID)
        #expect(a.takeOne()["request_id"] == requestID)
    }

    @Test func anIntegerAndItsDigitsAreTwoRequestIDs() {
        let (a, b) = makePair()
        a.call("c", "e", 1)
        a.call("c", "e", "1")
        b.respond(to: "a", "1", data: "text")
        b.respond(to: "a", 1, data: "number")
        #expect(a.takeData() == ["text", "number"])
    }

    @Test func integersOfAnyWidthAreOneRequestID() {
        let (a, b) = makePair()
        a.call("c", "e", 5)
        a.call("c", "e", -5)
        func answer(_ requestID: [UInt8]) -> ByteBuffer {
            var body = ByteBuffer()
            body.writeMapHead(3)
            for (key, value) in [("type", "response"), ("target_id", "a")] {
                body.writeMessagePack(key)
                body.writeMessagePack(value)
            }
            body.writeMessagePack("request_id")
            body.writeBytes(requestID)
            var frame = ByteBuffer()
            frame.writeInteger(UInt32(body.readableBytes))
            frame.writeImmutableBuffer(body)
            return frame
        }
        b.send(answer([0xCF, 0, 0, 0, 0, 0, 0, 0, 5]))
        b.send(answer([0xFB]))
        #expect(a.take().map { $0["request_id"] } == [5, -5])
        #expect(test.hub.calls.count == 0)
    }

    @Test(arguments: [nil, TestValue.null]) func aCallNeedsARequestID(requestID: TestValue?) {
        let (a, b) = makePair()
        var fields: [String: TestValue] = ["channel": "c", "event": "e"]
        fields["request_id"] = requestID
        a.send("call", .map(fields))
        #expect(
            a.takeOne() == [
                "type": "error", "message": "malformed message: a call needs a request_id to be answered by (at hub)",
            ]
        )
        #expect(b.take() == [])
    }

    @Test func aRequestIDInFlightIsRefusedAndTheFirstCallGoesOn() {
        let (a, b) = makePair()
        a.call("c", "e", "r", data: 1)
        a.call("c", "e", "r", data: 2)
        #expect(
            a.takeOne() == [
                "type": "error",
                "message": "malformed message: a call with this request_id is in flight already (at hub)",
            ]
        )
        #expect(b.takeData() == [1])
        b.respond(to: "a", "r")
        #expect(a.takeData() == ["answer"])
        a.call("c", "e", "r", data: 3)
        #expect(b.takeData() == [3])
    }

    @Test func aClientMayCallItself() {
        let a = test.client("a")
        a.provide("c", "e")
        a.call("c", "e", "r", data: 1)
        #expect(a.takeOne().type == "call")
        a.respond(to: "a", "r", data: 2)
        #expect(a.takeOne()["data"] == 2)
        a.call("c", "e", "s")
        a.hangUp()
        #expect(test.hub.calls.count == 0)
    }

    @Test func answersComeInAnyOrder() {
        let (a, b) = makePair()
        for number in 0..<5 { a.call("c", "e", .int(number)) }
        for number in [3, 0, 4, 1, 2] { b.respond(to: "a", .int(number), data: .int(number)) }
        #expect(a.takeData() == [3, 0, 4, 1, 2])
        #expect(test.hub.calls.count == 0)
    }

    @Test func manyCallsOfOneReadAllArrive() {
        let (a, b) = makePair()
        a.send(
            (0..<50).map { ["type": "call", "channel": "c", "event": "e", "request_id": .int($0), "data": .int($0)] }
                + [["type": "ping"]]
        )
        #expect(b.takeData() == (0..<50).map { .int($0) })
        #expect(a.takeOne().type == "pong")
        b.send((0..<50).map { ["type": "response", "target_id": "a", "request_id": .int($0), "data": .int($0)] })
        #expect(a.takeData() == (0..<50).map { .int($0) })
        #expect(test.hub.calls.count == 0)
    }

    @Test func aCallCutAnywhereArrives() {
        for step in [1, 3, 7] {
            let test = TestHub()
            let (a, b) = (test.client("a"), test.client("b"))
            b.provide("c", "e")
            var bytes = ByteBuffer()
            for number in 0..<12 {
                bytes.writeFrame([
                    "type": "call", "channel": "c", "event": "e", "request_id": .int(number), "data": .int(number),
                ])
            }
            while let piece = bytes.readSlice(length: min(step, bytes.readableBytes)), piece.readableBytes > 0 {
                a.send(piece)
            }
            #expect(b.takeData() == (0..<12).map { .int($0) })
        }
    }

    // MARK: Streams

    private func chunk(_ client: TestClient, _ data: TestValue, final isFinal: Bool = false) {
        client.send(
            "response",
            ["target_id": "a", "request_id": "r", "data": data, "is_stream": true, "is_final": .bool(isFinal)]
        )
    }

    @Test func aStreamGoesOnUntilItsFinalChunk() {
        let (a, b) = makePair()
        a.call("c", "e", "r")
        for number in 0..<3 { chunk(b, .int(number)) }
        #expect(test.hub.calls.count == 1)
        chunk(b, "end", final: true)
        #expect(test.hub.calls.count == 0)
        chunk(b, "late")
        #expect(a.takeData() == [0, 1, 2, "end"])
        #expect(test.drops(.unaskedResponse) == 1)
    }

    @Test func anErrorEndsAStream() {
        let (a, b) = makePair()
        a.call("c", "e", "r")
        chunk(b, 1)
        b.send(
            "response",
            ["target_id": "a", "request_id": "r", "error": "failed", "is_stream": true, "is_final": false]
        )
        #expect(test.hub.calls.count == 0)
        #expect(a.take().last?["error"] == "failed")
    }

    @Test func aPlainAnswerEndsAStream() {
        let (a, b) = makePair()
        a.call("c", "e", "r")
        chunk(b, 1)
        b.respond(to: "a", "r", data: 2)
        #expect(a.takeData() == [1, 2])
        #expect(test.hub.calls.count == 0)
    }

    @Test func anAnswerGoesToItsCallAfterThePlaceOfAnotherWasUsedAgain() {
        let (a, b) = makePair()
        a.call("c", "e", "long request id that does not fit where a short one was")
        a.call("c", "e", "x")
        b.respond(to: "a", "x", data: 1)
        a.call("c", "e", "y")
        b.respond(to: "a", "x", data: 2)
        b.respond(to: "a", "y", data: 3)
        b.respond(to: "a", "long request id that does not fit where a short one was", data: 4)
        #expect(a.takeData() == [1, 3, 4])
    }
}
