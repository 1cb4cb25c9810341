import NIOCore
import Testing

@testable import Hub

/// What clients see of the errors they cause (docs/wire/comm-ipc.md, section 8).
@Suite struct ErrorPolicyTests {
    private func makeHub(_ policy: HubSettings.ErrorPolicy) -> (test: TestHub, watchers: [TestClient]) {
        let test = TestHub { $0.errorPolicy = policy }
        let watchers = ["errors", "logs"].map { test.client($0) }
        for watcher in watchers { watcher.join("__comm_ipc_\(watcher.id)") }
        test.quiet()
        return (test, watchers)
    }

    /// Each causes one error.
    static let faults: [TestValue] = [
        ["type": "call", "channel": "c", "event": "e", "request_id": 1],
        ["type": "register", "channel": 1, "request_id": 1],
        ["type": "set_password", "channel": "", "request_id": 1],
        ["type": "broadcast", "channel": 1, "request_id": 1],
        ["type": "broadcast", "channel": "__comm_ipc_logs", "request_id": 1],
    ]

    @Test(arguments: faults) func ignoreKeepsErrorsToTheirCulprit(fault: TestValue) {
        let (test, watchers) = makeHub(.ignore)
        let a = test.client("a")
        test.quiet()
        a.send([fault])
        #expect(a.takeOne()["error"] != nil)
        #expect(!a.wasClosed)
        #expect(watchers.flatMap { $0.take() } == [])
    }

    @Test(arguments: faults) func raiseAnswersAndThenEndsTheConnection(fault: TestValue) {
        let (test, watchers) = makeHub(.raise)
        let a = test.client("a")
        test.quiet()
        a.send([fault, ["type": "ping"]])
        #expect(a.takeOne()["error"] != nil)
        #expect(a.wasClosed)
        #expect(watchers.flatMap { $0.take() }.filter { $0["event"] == "server_error" } == [])
        #expect(test.hub.clients.count == 2)
    }

    @Test(arguments: faults) func broadcastTellsTheCulpritTwiceAndTheWatchers(fault: TestValue) {
        let (test, watchers) = makeHub(.broadcast)
        let a = test.client("a")
        test.quiet()
        a.send([fault])
        let frames = a.take()
        #expect(frames.map(\.type) == ["error", "response"])
        let text = frames.last?["error"]?.text ?? ""
        let headline = String(text.prefix { $0 != ":" })
        #expect(frames.first?["message"] == .string(headline))
        #expect(
            watchers[0].takeOne() == [
                "type": "receive", "channel": "__comm_ipc_errors", "event": "server_error",
                "data": ["error": .string(headline), "client_id": "a", "server_id": "hub"], "sender_id": "system",
                "server_id": "hub",
            ]
        )
        #expect(
            watchers[1].takeOne() == [
                "type": "receive", "channel": "__comm_ipc_logs", "event": "server_log",
                "data": ["message": .string(headline), "level": "error", "client_id": "a", "server_id": "hub"],
                "sender_id": "system", "server_id": "hub",
            ]
        )
        #expect(!a.wasClosed)
    }

    @Test func aWatcherThatErrsHearsErrorAnswerServerErrorAndLogInThisOrder() {
        let (test, _) = makeHub(.broadcast)
        let a = test.client("a")
        a.join("__comm_ipc_errors")
        a.join("__comm_ipc_logs")
        test.quiet()
        a.call("c", "e", 1)
        #expect(
            a.take().map { $0["event"] == nil ? .string($0.type) : $0["event"] } == [
                "error", "e", "server_error", "server_log",
            ]
        )
    }

    @Test func anErrorWithoutRequestIDIsToldOnce() {
        let (test, watchers) = makeHub(.broadcast)
        let a = test.client("a")
        test.quiet()
        a.send("broadcast", ["channel": 1])
        #expect(a.takeOne() == ["type": "error", "message": "malformed message"])
        #expect(watchers.map { $0.take().count } == [1, 1])
    }

    @Test func aRefusedProviderIsReported() {
        let (test, watchers) = makeHub(.broadcast)
        test.client("owner").provide("c", "e")
        let a = test.client("a")
        test.quiet()
        #expect(a.provide("c", "e").map(\.type) == ["error", "response"])
        #expect(watchers[0].takeOne()["data"]?["error"] == "Provider already exists for c")
    }

    @Test(arguments: [.ignore, .broadcast] as [HubSettings.ErrorPolicy])
    func anAnswerWithAMalformedPathEndsItsCallOnce(policy: HubSettings.ErrorPolicy) {
        answerWithAMalformedPath(policy)
    }

    /// In a process of its own, which a trap may end.
    @Test func underRaiseAnAnswerWithAMalformedPathEndsItsCallOnce() async {
        await #expect(processExitsWith: .success) { ErrorPolicyTests().answerWithAMalformedPath(.raise) }
    }

    private func answerWithAMalformedPath(_ policy: HubSettings.ErrorPolicy) {
        let (test, _) = makeHub(policy)
        let (a, b) = (test.client("a"), test.client("b"))
        b.provide("c", "e")
        a.call("c", "e", 1)
        test.quiet()
        b.send("response", ["target_id": "a", "request_id": 1, "path": [1]])
        #expect(a.takeOne()["reason"] == "provider_lost")
        #expect(b.wasClosed == (policy == .raise))
        #expect(test.hub.calls.count == 0)
    }

    @Test(arguments: HubSettings.ErrorPolicy.allCases)
    func ofABridgeThatAnnouncesTooManyNothingIsLeftBehind(policy: HubSettings.ErrorPolicy) {
        let test = TestHub {
            $0.errorPolicy = policy
            $0.limits.remoteMembersPerClient = 2
        }
        let bridge = test.client("bridge", mode: "bridge")
        bridge.send("announce_remote", ["channel": "c", "clients": ["r1", "r2", "r3", "r4", "r5"]])
        #expect(bridge.wasClosed == (policy == .raise))
        bridge.hangUp()
        #expect(test.tables == TestHub.Tables())
    }

    @Test func aMalformedFrameIsToldToTheWatchers() {
        let (test, watchers) = makeHub(.broadcast)
        let a = test.client("a")
        test.quiet()
        a.send(ByteBuffer(bytes: [0, 0, 0, 1, 0xC1]))
        #expect(a.take().map(\.type) == ["error"])
        #expect(a.wasClosed)
        #expect(watchers[0].takeOne()["data"] == ["error": "malformed frame", "client_id": "a", "server_id": "hub"])
        #expect(watchers[1].takeOne()["data"]?["level"] == "error")
    }

    @Test func ofAnUnidentifiedCulpritTheWatchersHearNoID() {
        let (test, watchers) = makeHub(.broadcast)
        _ = test.client("unidentified")
        test.quiet()
        test.connect().send(ByteBuffer(bytes: [0, 0, 0, 1, 0xC1]))
        #expect(watchers[0].takeOne()["data"]?["client_id"] == .null)
    }

    @Test(arguments: HubSettings.ErrorPolicy.allCases)
    func callsThatTheHubEndsForOthersAreNoErrorsOfTheCaller(policy: HubSettings.ErrorPolicy) {
        let (test, watchers) = makeHub(policy)
        let (a, b) = (test.client("a"), test.client("b"))
        b.provide("c", "e")
        a.call("c", "e", 1)
        test.quiet()
        b.hangUp()
        #expect(a.takeOne()["reason"] == "provider_lost")
        #expect(!a.wasClosed)
        #expect(watchers[0].take() == [])
    }

    @Test func theWatchersHearOfASlowReaderThatIsCutOff() {
        let test = TestHub {
            $0.errorPolicy = .broadcast
            $0.limits.outputByteMaximum = 1_000
        }
        let watcher = test.client("watcher")
        watcher.join("__comm_ipc_errors")
        let (sender, slow) = (test.client("sender"), test.client("slow"))
        slow.join("c")
        test.quiet()
        slow.stopTaking()
        for number in 0..<20 where !slow.wasClosed { sender.broadcast("c", .int(number)) }
        #expect(slow.wasClosed)
        #expect(watcher.take().map { $0["data"]?["error"] } == ["slow reader"])
        watcher.send("ping")
        #expect(watcher.takeOne().type == "pong")
    }
}
