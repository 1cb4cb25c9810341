import Federation
import NIOCore
import Testing

@testable import Bridge

/// Calls to proxies: each ends, exactly once.
@Suite struct CallTests {
    /// A caller on one hub and a provider of `c:echo` on the other.
    private struct Scene {
        let pair: Pair
        let caller: TestClient
        let provider: TestClient
        let side: Side

        init(
            _ side: Side = .first,
            dialect: Dialect = .stinger,
            isStream: Bool = false,
            rules: [ChannelRule] = [.everything],
            near: String = "c",
            bridge: (inout RelaySettings) -> Void = { _ in }
        ) {
            self.side = side
            pair = Pair(rules: rules, dialects: (dialect, dialect), bridge: bridge)
            caller = pair.program("caller", on: side, near)
            provider = pair.program("provider", on: side.other, "c")
            provider.provide("c", "echo", isStream: isStream)
            pair.bench.pass(.seconds(3))
            pair.bench.quiet()
        }

        /// Calls, and returns what the provider was asked.
        func call(_ requestID: TestValue = "r", data: TestValue = "question") -> TestValue {
            caller.call("c", "echo", requestID, data: data)
            return pair.bench.takeOne(provider)
        }

        func respond(to call: TestValue, _ fields: TestValue) {
            let ids: [String: TestValue] = [
                "request_id": call["request_id"] ?? nil, "target_id": call["sender_id"] ?? nil,
            ]
            provider.send("response", .map(fields.entries.merging(ids) { given, _ in given }))
        }

        /// The caller got one answer with this reason.
        func expectFailure(_ reason: TestValue, at hub: TestValue? = nil, _ location: SourceLocation = #_sourceLocation)
        {
            let answers = pair.bench.takeAnswers(caller)
            #expect(answers.count == 1, "\(answers)", sourceLocation: location)
            guard let answer = answers.first else { return }
            #expect(answer["request_id"] == "r", sourceLocation: location)
            #expect(answer["reason"] == reason, sourceLocation: location)
            if reason != "no_provider" {
                let isTold = answer["error"]?.text?.hasPrefix("\(reason.text ?? ""): ") ?? false
                #expect(isTold, "\(answer)", sourceLocation: location)
            }
            if let hub { #expect(answer["at"] == hub, sourceLocation: location) }
            #expect(pair.bridge.relay.callsInFlight == 0, sourceLocation: location)
        }
    }

    @Test(arguments: Side.allCases, Dialect.allCases) func aCallIsAnswered(from side: Side, dialect: Dialect) {
        let scene = Scene(side, dialect: dialect)
        scene.caller.send(
            "call",
            ["channel": "c", "event": "echo", "request_id": "r", "data": ["q": 1], "is_final": true, "extra": -7]
        )
        let call = scene.pair.bench.takeOne(scene.provider)
        #expect(call["data"] == ["q": 1])
        #expect(call["is_final"] == true)
        #expect(call["extra"] == -7)
        #expect(call["channel"] == "c")
        #expect(call["path"] == (side == .first ? ["west", "east"] : ["east", "west"]))
        scene.respond(to: call, ["data": "a", "note": [1]])
        let answer = scene.pair.bench.takeOne(scene.caller)
        #expect(answer["data"] == "a")
        #expect(answer["note"] == [1])
        #expect(answer["request_id"] == "r")
        #expect(answer["target_id"] == "caller")
        #expect(answer["path"]?.elements.count == 1)
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
        #expect(scene.pair.bridge.relay.counts.dropSummary == "")
    }

    @Test(arguments: [0, 7, 300, 70_000, 5_000_000_000, -1, -40_000] as [TestValue] + ["", "ä", "c0000000000000001"])
    func anyRequestIDComesBack(_ requestID: TestValue) {
        let scene = Scene()
        let call = scene.call(requestID)
        scene.respond(to: call, ["data": 1])
        #expect(scene.pair.bench.takeOne(scene.caller)["request_id"] == requestID)
    }

    @Test func manyCallsAtOnceAreAnsweredInAnyOrder() {
        let scene = Scene()
        for number in 0..<300 { scene.caller.call("c", "echo", .int(number), data: .int(number)) }
        let calls = scene.pair.bench.take(scene.provider)
        #expect(Set(calls.compactMap { $0["request_id"] }).count == 300)
        for call in calls.reversed() { scene.respond(to: call, ["data": call["data"] ?? nil]) }
        let answers = scene.pair.bench.take(scene.caller)
        #expect(answers.count == 300)
        #expect(answers.allSatisfy { $0["request_id"] == $0["data"] })
    }

    @Test func twoCallersMayHaveTheSameRequestID() {
        let scene = Scene()
        let second = scene.pair.program("second", on: .first)
        let first = scene.call("r", data: 1)
        second.call("c", "echo", "r", data: 2)
        for call in [first, scene.pair.bench.takeOne(scene.provider)] {
            scene.respond(to: call, ["data": call["data"] ?? nil])
        }
        #expect(scene.pair.bench.takeData(scene.caller) == [1])
        #expect(scene.pair.bench.takeData(second) == [2])
    }

    @Test(arguments: Dialect.allCases) func aProvidersErrorComesBackAsItIs(dialect: Dialect) {
        let scene = Scene(dialect: dialect)
        scene.respond(to: scene.call(), ["error": "no: too hot", "code": 3])
        let answer = scene.pair.bench.takeOne(scene.caller)
        #expect(answer["error"] == "no: too hot")
        #expect(answer["code"] == 3)
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    @Test(arguments: Side.allCases) func aRenamedChannelHasItsOwnNameOnEachSide(from side: Side) {
        let rule = side == .first ? ChannelRule.rule("near", rename: "c") : .rule("c", rename: "near")
        let scene = Scene(side, rules: [rule], near: "near")
        scene.caller.call("near", "echo", "r")
        let call = scene.pair.bench.takeOne(scene.provider)
        #expect(call["channel"] == "c")
        scene.respond(to: call, ["channel": "c", "data": 1])
        #expect(scene.pair.bench.takeOne(scene.caller)["channel"] == "near")
    }

    @Test(arguments: Direction.allCases, Side.allCases)
    func callsStartWhereTheRuleLetsThem(direction: Direction, from side: Side) {
        let scene = Scene(side, rules: [.rule("c", direction)])
        scene.caller.call("c", "echo", "r")
        let mayCross = direction.allows(from: side)
        #expect(scene.pair.bench.take(scene.provider).count == (mayCross ? 1 : 0))
        if !mayCross { scene.expectFailure("no_provider") }
    }

    // MARK: Streams

    @Test(arguments: Side.allCases, Dialect.allCases)
    func aStreamComesChunkByChunk(from side: Side, dialect: Dialect) {
        let scene = Scene(side, dialect: dialect, isStream: true)
        let call = scene.call()
        for number in 0..<3 {
            scene.respond(to: call, ["data": .int(number), "is_stream": true, "is_final": false])
            #expect(scene.pair.bench.takeOne(scene.caller)["data"] == .int(number))
        }
        scene.respond(to: call, ["data": nil, "is_stream": true, "is_final": true])
        let last = scene.pair.bench.takeOne(scene.caller)
        #expect(last["is_final"] == true)
        #expect(last["is_stream"] == true)
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    @Test func aStreamIsOnlyTooSlowWhenItIsSilent() {
        let scene = Scene(isStream: true) { $0.callTimeout = .seconds(4) }
        let call = scene.call()
        for _ in 0..<5 {
            scene.pair.bench.pass(.seconds(3))
            scene.respond(to: call, ["data": 1, "is_stream": true, "is_final": false])
            #expect(scene.pair.bench.takeData(scene.caller) == [1])
        }
        scene.pair.bench.pass(.seconds(5))
        scene.expectFailure("deadline")
    }

    @Test func aStreamThatFailsEnds() {
        let scene = Scene(isStream: true)
        let call = scene.call()
        scene.respond(to: call, ["data": 1, "is_stream": true, "is_final": false])
        scene.respond(to: call, ["error": "broken", "is_stream": true])
        #expect(scene.pair.bench.take(scene.caller).last?["error"] == "broken")
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    // MARK: Endings

    @Test(arguments: Dialect.allCases) func aLostProviderEndsItsCalls(dialect: Dialect) {
        let scene = Scene(dialect: dialect)
        _ = scene.call()
        scene.provider.hangUp()
        scene.pair.bench.pass(.seconds(3))
        // A hub that does not end calls of itself leaves them to the bridge.
        scene.expectFailure("provider_lost", at: dialect == .stinger ? "east" : "bridge b")
    }

    @Test(arguments: Dialect.allCases) func aLostLinkToTheProviderEndsCalls(dialect: Dialect) {
        let scene = Scene(dialect: dialect)
        let call = scene.call()
        scene.pair.bridge.down(.second)
        // At once, not when the time is up.
        scene.expectFailure("link_lost", at: "bridge b")
        scene.pair.up()
        scene.respond(to: call, ["data": "late"])
        #expect(scene.pair.bench.takeAnswers(scene.caller) == [])
    }

    @Test(arguments: Dialect.allCases) func aLostLinkToTheCallerEndsCalls(dialect: Dialect) {
        let scene = Scene(dialect: dialect)
        let call = scene.call()
        scene.pair.bridge.down(.first)
        scene.expectFailure("provider_lost", at: "west")
        scene.respond(to: call, ["data": "late"])
        scene.pair.up()
        #expect(scene.pair.bench.takeAnswers(scene.caller) == [])
    }

    @Test func withoutALinkThereIsNoProvider() {
        let scene = Scene()
        scene.pair.bridge.down(.second)
        scene.pair.bench.settle()
        scene.pair.bench.quiet()
        scene.caller.call("c", "echo", "r")
        scene.expectFailure("no_provider")
    }

    @Test(arguments: Dialect.allCases) func aCallThatIsNotAnsweredEndsAtTheDeadline(dialect: Dialect) {
        let scene = Scene(dialect: dialect) { $0.callTimeout = .seconds(5) }
        let call = scene.call()
        scene.pair.bench.pass(.milliseconds(4_999))
        #expect(scene.pair.bench.takeAnswers(scene.caller) == [])
        scene.pair.bench.pass(.milliseconds(502))
        scene.expectFailure("deadline", at: "bridge b")
        #expect(scene.pair.bridge.drops(.deadline) == 1)
        // The provider is told where it can hear; an answer all the same reaches nobody.
        if dialect == .stinger { scene.pair.bench.quiet() }
        scene.respond(to: call, ["data": "late"])
        #expect(scene.pair.bench.takeAnswers(scene.caller) == [])
    }

    @Test func withoutATimeoutACallMayTakeForEver() {
        let scene = Scene { $0.callTimeout = nil }
        let call = scene.call()
        // Programs ping their hubs; these do not need to.
        for _ in 0..<5 {
            scene.pair.bench.pass(.seconds(50))
            scene.caller.send("ping")
            scene.provider.send("ping")
        }
        scene.pair.bench.quiet()
        scene.respond(to: call, ["data": 1])
        #expect(scene.pair.bench.takeData(scene.caller) == [1])
    }

    @Test func moreCallsThanMayCrossAreRefused() {
        let scene = Scene { $0.limits.callsInFlight = 2 }
        let calls = [scene.call(1), scene.call(2)]
        scene.caller.call("c", "echo", "r")
        let answer = scene.pair.bench.takeOne(scene.caller)
        #expect(answer["reason"] == "overloaded")
        #expect(answer["error"]?.text?.contains("2 calls cross this bridge") == true)
        #expect(scene.pair.bridge.drops(.overloaded) == 1)
        scene.respond(to: calls[0], ["data": 1])
        scene.pair.bench.settle()
        scene.respond(to: scene.call(3), ["data": 3])
        #expect(scene.pair.bench.takeData(scene.caller) == [1, 3])
    }

    @Test func whileItShutsDownABridgeTakesNoNewCalls() {
        let scene = Scene()
        let call = scene.call("old")
        scene.pair.bridge.relay.drain()
        scene.caller.call("c", "echo", "r")
        let refusal = scene.pair.bench.takeOne(scene.caller)
        #expect(refusal["reason"] == "overloaded")
        #expect(refusal["request_id"] == "r")
        scene.respond(to: call, ["data": 1])
        #expect(scene.pair.bench.takeData(scene.caller) == [1])
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    @Test func aBridgeThatStopsEndsAllCalls() {
        let scene = Scene()
        _ = scene.call()
        scene.pair.bridge.relay.endAllCalls()
        scene.expectFailure("link_lost", at: "bridge b")
    }

    // MARK: Giving up

    @Test func aCallerThatGivesUpIsHeardOfByTheProvider() {
        let scene = Scene()
        let provider = scene.pair.east.stinger("careful")
        provider.provide("c", "slow")
        let caller = scene.pair.west.stinger("patient")
        scene.pair.bench.pass(.seconds(1))
        scene.pair.bench.quiet()
        caller.call("c", "slow", 7)
        let call = scene.pair.bench.takeOne(provider)
        caller.send("cancel", ["request_id": 7])
        let cancel = scene.pair.bench.takeOne(provider)
        #expect(cancel.type == "cancel")
        #expect(cancel["request_id"] == call["request_id"])
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
        #expect(scene.pair.bench.take(caller) == [])
    }

    @Test func aCallerThatGoesFreesItsCalls() {
        let scene = Scene()
        let provider = scene.pair.east.stinger("careful")
        provider.provide("c", "slow")
        scene.pair.bench.pass(.seconds(1))
        scene.pair.bench.quiet()
        for number in 0..<3 { scene.caller.call("c", "slow", .int(number)) }
        #expect(scene.pair.bench.take(provider).count == 3)
        scene.caller.hangUp()
        #expect(scene.pair.bench.take(provider).map(\.type) == ["cancel", "cancel", "cancel"])
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    /// A hub that tells nothing of callers that go leaves their calls to the deadline.
    @Test(arguments: [Dialect.members, .plain]) func aCallerThatGoesUnnoticedFreesItsCallsInTime(dialect: Dialect) {
        let scene = Scene(dialect: dialect) { $0.callTimeout = .seconds(5) }
        _ = scene.call()
        scene.caller.hangUp()
        scene.pair.bench.pass(.seconds(6))
        #expect(scene.pair.bridge.relay.callsInFlight == 0)
    }

    // MARK: What is not right

    @Test func aCallThatHasBeenThereIsRefused() {
        let scene = Scene()
        scene.caller.send(
            "call",
            ["channel": "c", "event": "echo", "request_id": "r", "data": nil, "path": ["east"]]
        )
        scene.expectFailure("loop")
        #expect(scene.pair.bridge.drops(.loop) == 1)
        #expect(scene.pair.bridge.takeNews().contains { $0.event == .loopRefused })
    }

    @Test func aCallThatPassedTooManyHubsIsRefused() {
        let scene = Scene()
        let path = (0..<16).map { TestValue.string("h\($0)") }
        scene.caller.send("call", ["channel": "c", "event": "echo", "request_id": "r", "path": .array(path)])
        scene.expectFailure("loop")
    }

    /// The answer to a call has to come from where the call went.
    @Test func anAnswerFromTheWrongSideIsNone() {
        let scene = Scene()
        let call = scene.call()
        // The bridge provides on the caller's hub, where somebody calls with the id of the call that is under way.
        let id = call["request_id"] ?? nil
        var bytes = ByteBuffer()
        bytes.writeFrame(["type": "response", "request_id": id, "target_id": "x", "sender_id": "y", "data": "forged"])
        guard let port = scene.pair.bridge.wire(.first)?.port else { return }
        scene.pair.bridge.relay.received(&bytes, from: port)
        #expect(scene.pair.bench.takeAnswers(scene.caller) == [])
        scene.respond(to: call, ["data": "true"])
        #expect(scene.pair.bench.takeData(scene.caller) == ["true"])
    }

    @Test func anAnswerThatComesTwiceCountsOnce() {
        let scene = Scene()
        let call = scene.call()
        var bytes = ByteBuffer()
        for _ in 0..<2 {
            bytes.writeFrame(["type": "response", "request_id": call["request_id"] ?? nil, "data": 1])
        }
        guard let port = scene.pair.bridge.wire(.second)?.port else { return }
        scene.pair.bridge.relay.received(&bytes, from: port)
        #expect(scene.pair.bench.takeData(scene.caller) == [1])
        #expect(scene.pair.bridge.drops(.lateAnswer) == 1)
    }
}
