import NIOCore
import Testing

@testable import Hub

/// Calls that the hub itself ends: each exactly once, with a reason.
@Suite struct CallFailureTests {
    private func makePair(_ test: TestHub) -> (a: TestClient, b: TestClient) {
        let pair = (a: test.client("a"), b: test.client("b"))
        pair.b.provide("c", "e")
        return pair
    }

    private func failure(
        _ test: TestHub,
        _ reason: TestValue,
        _ text: TestValue,
        _ requestID: TestValue = "r"
    ) -> TestValue {
        [
            "type": "response", "request_id": requestID, "error": text, "channel": "c", "event": "e",
            "sender_id": "server", "server_id": "hub", "origin_server_id": "hub", "timestamp": .int(test.unixSeconds),
            "target_id": nil, "is_stream": false, "is_final": false, "reason": reason, "at": "hub",
        ]
    }

    @Test func aCallToNobodyIsAnsweredAtOnce() {
        let test = TestHub()
        let a = test.client("a")
        a.call("c", "e", "r")
        #expect(a.takeOne() == failure(test, "no_provider", "No provider for c:e"))
        test.client("b").provide("c", "other")
        a.call("c", "e", 5)
        #expect(a.takeOne() == failure(test, "no_provider", "No provider for c:e", 5))
        a.send("call", ["request_id": "r"])
        #expect(a.takeOne()["error"] == "No provider for :")
        #expect(test.drops(.noProvider) == 3)
        #expect(test.hub.calls.count == 0)
    }

    @Test func whenTheProviderGoesItsCallsEndAtOnce() {
        let test = TestHub()
        let (a, b) = makePair(test)
        let d = test.client("d")
        a.call("c", "e", "r")
        a.call("c", "e", "s")
        d.call("c", "e", "r")
        b.hangUp()
        let text: TestValue = "provider_lost: b, the provider of c:e, disconnected (at hub)"
        #expect(
            Set(a.take()) == [failure(test, "provider_lost", text, "r"), failure(test, "provider_lost", text, "s")]
        )
        #expect(d.takeOne() == failure(test, "provider_lost", text))
        #expect(test.drops(.providerLost) == 3)
        #expect(test.hub.calls.count == 0)
        a.call("c", "e", "r")
        #expect(a.takeOne()["reason"] == "no_provider")
    }

    @Test func aStreamOfALostProviderEndsToo() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        b.send("response", ["target_id": "a", "request_id": "r", "data": 1, "is_stream": true])
        b.hangUp()
        #expect(a.take().map { $0["reason"] ?? $0["data"] } == [1, "provider_lost"])
    }

    @Test func aProviderThatIsCutOffIsLost() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        b.send(ByteBuffer(bytes: [0, 0, 0, 1, 0xC1]))
        #expect(a.takeOne()["reason"] == "provider_lost")
    }

    @Test func callsOfAProviderThatReadsTooSlowlyEnd() {
        let test = TestHub { $0.limits.outputByteMaximum = 1_000 }
        let (a, b) = makePair(test)
        let d = test.client("d")
        d.call("c", "e", "first")
        b.stopTaking()
        for number in 0..<20 { a.call("c", "e", .int(number)) }
        #expect(b.wasClosed)
        #expect(a.take().count == 20)
        #expect(d.takeOne()["reason"] == "provider_lost")
        #expect(test.hub.calls.count == 0)
        #expect(test.tables.dirty == 0)
    }

    @Test func whenTheCallerGoesItsCallsAreForgotten() {
        let test = TestHub()
        let (a, b) = makePair(test)
        for number in 0..<3 { a.call("c", "e", .int(number)) }
        b.take()
        a.hangUp()
        #expect(test.hub.calls.count == 0)
        #expect(b.connection.unansweredCallCount == 0)
        #expect(test.drops(.callerLost) == 3)
        b.respond(to: "a", 0)
        #expect(b.take() == [])
        #expect(test.drops(.unaskedResponse) == 1)
    }

    @Test func anAnswerToAGoneCallerReachesNobodyWhoTakesItsID() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        a.hangUp()
        let next = test.client("a")
        b.respond(to: "a", "r")
        #expect(next.take() == [])
        next.call("c", "e", "r")
        b.respond(to: "a", "r", data: "new")
        #expect(next.takeData() == ["new"])
    }

    // MARK: Deadlines

    @Test func anUnansweredCallEndsAtItsDeadline() {
        let test = TestHub { $0.callTimeout = .milliseconds(1_500) }
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        test.pass(.milliseconds(1_000))
        a.call("c", "e", "s")
        test.pass(.milliseconds(499))
        #expect(a.take() == [])
        test.pass(.milliseconds(1))
        #expect(a.takeOne() == failure(test, "deadline", "deadline: no answer from c:e within 1.5 s (at hub)"))
        #expect(test.hub.calls.count == 1)
        b.respond(to: "a", "r")
        #expect(a.take() == [])
        b.respond(to: "a", "s")
        #expect(a.takeData() == ["answer"])
        test.pass(.seconds(2))
        #expect(a.take() == [])
        #expect(test.drops(.deadline) == 1)
    }

    @Test func aStreamHasTheSameDeadlineAsItsCall() {
        let test = TestHub { $0.callTimeout = .seconds(1) }
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        test.pass(.milliseconds(900))
        b.send("response", ["target_id": "a", "request_id": "r", "data": 1, "is_stream": true])
        a.take()
        test.pass(.milliseconds(100))
        #expect(a.takeOne()["reason"] == "deadline")
    }

    @Test func withoutTimeoutACallWaits() {
        let test = TestHub { $0.idleTimeout = .hours(48) }
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        test.pass(.hours(24))
        b.respond(to: "a", "r")
        #expect(a.takeData() == ["answer"])
    }

    // MARK: Paths

    @Test func aCallThatWasHereIsALoop() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.send("call", ["channel": "c", "event": "e", "request_id": "r", "path": ["h", "hub"]])
        #expect(a.takeOne() == failure(test, "loop", "loop: this call has been at hub hub before (at hub)"))
        #expect(b.take() == [])
        #expect(test.drops(.loop) == 1)
        #expect(test.hub.calls.count == 0)
    }

    @Test func anAnswerThatWasHereEndsTheCall() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        b.send("response", ["target_id": "a", "request_id": "r", "path": ["hub"]])
        #expect(a.takeOne() == failure(test, "loop", "loop: the answer has been at hub hub before (at hub)"))
        #expect(test.hub.calls.count == 0)
    }

    @Test func aCallWithAMalformedPathIsRefused() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.send("call", ["channel": "c", "event": "e", "request_id": "r", "path": [1]])
        let answer = a.takeOne()
        #expect(answer["request_id"] == "r")
        #expect(answer["error"] == "malformed message: path must list at most 64 hub ids (at hub)")
        #expect(b.take() == [])
        #expect(test.hub.calls.count == 0)
    }

    @Test func anAnswerWithAMalformedPathEndsTheCall() {
        let test = TestHub()
        let (a, b) = makePair(test)
        a.call("c", "e", "r")
        b.take()
        b.send("response", ["target_id": "a", "request_id": "r", "path": [1]])
        #expect(b.takeOne().type == "error")
        #expect(a.takeOne()["reason"] == "provider_lost")
        #expect(test.hub.calls.count == 0)
    }

    // MARK: Limits

    @Test func aClientHasNoMoreCallsInFlightThanTheLimit() {
        let test = TestHub { $0.limits.callsInFlightPerClient = 2 }
        let (a, b) = makePair(test)
        for number in 0..<3 { a.call("c", "e", .int(number)) }
        let text: TestValue = "overloaded: client a has 2 calls in flight, which is the limit (at hub)"
        #expect(a.takeOne() == failure(test, "overloaded", text, 2))
        test.client("d").call("c", "e", 0)
        b.respond(to: "a", 0)
        a.take()
        a.call("c", "e", 3)
        #expect(a.take() == [])
        #expect(b.take().map { $0["request_id"] } == [0, 1, 0, 3])
        #expect(test.drops(.overloaded) == 1)
    }
}
