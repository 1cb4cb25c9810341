import NIOCore
import Testing

@testable import Hub

/// Calls that their caller ends (docs/wire/comm-ipc.md, section 11).
@Suite struct CancellationTests {
    private func notice(_ requestID: TestValue) -> TestValue {
        ["type": "cancel", "request_id": requestID, "target_id": "a"]
    }

    @Test(arguments: ["r-1", 7, -7, .int(.max)] as [TestValue]) func theProviderIsTold(requestID: TestValue) {
        let test = TestHub()
        let (provider, caller) = (test.stinger("p"), test.stinger("a"))
        provider.provide("c", "e")
        caller.call("c", "e", requestID)
        test.quiet()
        caller.send("cancel", ["request_id": requestID])
        #expect(provider.take() == [notice(requestID)])
        #expect(caller.take() == [])
        #expect(test.hub.calls.count == 0)
        #expect(test.drops(.cancelled) == 1)
        #expect(caller.connection.callsInFlight == 0)
        provider.respond(to: "a", requestID)
        #expect(caller.take() == [])
        #expect(test.drops(.unaskedResponse) == 1)
        caller.call("c", "e", requestID)
        #expect(provider.takeOne().type == "call")
    }

    @Test func aProviderThatDoesNotSpeakStingerIsNot() {
        let test = TestHub()
        let (provider, caller) = (test.client("p"), test.stinger("a"))
        provider.provide("c", "e")
        caller.call("c", "e", 1)
        test.quiet()
        caller.send("cancel", ["request_id": 1])
        #expect(provider.take() == [])
        #expect(test.hub.calls.count == 0)
    }

    @Test func aStreamEndsInTheMiddle() {
        let test = TestHub()
        let (provider, caller) = (test.stinger("p"), test.stinger("a"))
        provider.provide("c", "e", isStream: true)
        caller.call("c", "e", 1)
        func chunk() { provider.send("response", ["target_id": "a", "request_id": 1, "is_stream": true, "data": 1]) }
        chunk()
        test.quiet()
        caller.send("cancel", ["request_id": 1])
        chunk()
        #expect(caller.take() == [])
        #expect(provider.take() == [notice(1)])
    }

    @Test func anothersCallGoesOn() {
        let test = TestHub()
        let (provider, caller, other) = (test.stinger("p"), test.stinger("a"), test.stinger("b"))
        provider.provide("c", "e")
        caller.call("c", "e", 1)
        test.quiet()
        other.send("cancel", ["request_id": 1])
        provider.send("cancel", ["request_id": 1])
        #expect([provider, caller, other].flatMap { $0.take() } == [])
        #expect(test.hub.calls.count == 1)
        #expect(test.drops(.cancelled) == 0)
    }

    @Test func aCallThatHasEndedIsLeftAlone() {
        let test = TestHub()
        let (provider, caller) = (test.stinger("p"), test.stinger("a"))
        provider.provide("c", "e")
        caller.call("c", "e", 1)
        provider.respond(to: "a", 1)
        test.quiet()
        caller.send("cancel", ["request_id": 1])
        #expect(provider.take() + caller.take() == [])
    }

    @Test func withoutARequestIDNothingIsCancelled() {
        let test = TestHub()
        let caller = test.stinger("a")
        caller.send("cancel", ["channel": "c"])
        let text: TestValue = "malformed message: cancel needs the request_id of a call (at hub)"
        #expect(caller.takeOne() == ["type": "error", "message": text])
        caller.send("cancel", ["request_id": [1]])
        #expect(caller.takeOne()["message"]?.text?.hasPrefix("malformed message: request_id") == true)
        #expect(!caller.wasClosed)
    }

    @Test func whenACallerGoesItsProvidersAreToldOfEachCall() {
        let test = TestHub()
        let (provider, old) = (test.stinger("p"), test.client("old"))
        let caller = test.client("a")
        provider.provide("c", "e")
        old.provide("c", "f")
        for number in 1...3 { caller.call("c", "e", .int(number)) }
        caller.call("c", "f", 4)
        test.quiet()
        caller.hangUp()
        #expect(Set(provider.take()) == Set((1...3).map { notice(.int($0)) }))
        #expect(old.take() == [])
        #expect(test.drops(.callerLost) == 4)
        #expect(test.hub.calls.count == 0)
    }

    @Test func aProviderIsToldOfACallThatTookTooLong() {
        let test = TestHub { $0.callTimeout = .seconds(5) }
        let (provider, caller) = (test.stinger("p"), test.client("a"))
        provider.provide("c", "e")
        caller.call("c", "e", 1)
        test.quiet()
        test.pass(.seconds(5))
        #expect(provider.take() == [notice(1)])
        #expect(caller.takeOne()["reason"] == "deadline")
    }

    @Test func whoCallsItselfIsToldItself() {
        let test = TestHub()
        let client = test.stinger("a")
        client.provide("c", "e")
        client.call("c", "e", 1)
        client.take()
        client.send("cancel", ["request_id": 1])
        #expect(client.take() == [notice(1)])
        client.call("c", "e", 2)
        client.hangUp()
        #expect(test.tables == TestHub.Tables())
    }
}
