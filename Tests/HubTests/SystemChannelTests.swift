import Testing

@testable import Hub

/// `__comm_ipc…` channels are the hub's own.
@Suite struct SystemChannelTests {
    private let test = TestHub()
    private static let channels = ["__comm_ipc_logs", "__comm_ipc_errors", "__comm_ipc_system", "__comm_ipc_x"]
    private static let acts = ["call", "send", "broadcast", "publish", "add_subscription", "announce_remote"]

    @Test(arguments: acts, channels) func theyAreReadOnlyForEachAct(act: String, channel: String) {
        let watcher = test.client("watcher")
        watcher.join(channel)
        let a = test.client("a", mode: "bridge")
        a.join(channel)
        test.quiet()
        a.send(
            act,
            [
                "channel": .string(channel), "event": "server_log", "sub_name": "s", "request_id": 1, "clients": ["r"],
                "data": "lie",
            ]
        )
        let answer = a.takeOne()
        #expect(answer["request_id"] == 1)
        #expect(answer["error"] == .string("denied: channel \(channel) is read-only (at hub)"))
        #expect(watcher.take() == [])
        #expect(test.drops(.readOnly) == 1)
    }

    @Test(arguments: channels) func nobodyProvidesOnThem(channel: String) {
        let a = test.client("a")
        let answer = a.provide(channel, "e")
        #expect(answer.map { $0["error"] } == [.string("denied: channel \(channel) is read-only (at hub)")])
        #expect(test.tables.channels == 0)
        a.join(channel)
        #expect(a.provide(channel, "e").first?["error"] != nil)
        #expect(a.join(channel).first?["events"] == [:])
    }

    @Test func callsToOneThatNobodyWatchesFindNoProvider() {
        let a = test.client("a")
        a.call("__comm_ipc_logs", "e", 1)
        #expect(a.takeOne()["reason"] == "no_provider")
        #expect(test.tables.channels == 0)
    }

    @Test(arguments: channels) func theyAreJoinedLikeAnyOther(channel: String) {
        let a = test.client("a")
        #expect(a.join(channel).filter { $0.type != "receive" }.map(\.type) == ["channel_sync", "response"])
        a.hangUp()
        #expect(test.tables == TestHub.Tables())
    }

    @Test func subscribingOnOneIsHarmless() {
        let a = test.client("a")
        a.send("subscribe", ["channel": "__comm_ipc_logs", "sub_name": "s", "request_id": 1])
        #expect(a.takeOne()["data"] == ["success": true])
        a.send("unsubscribe", ["channel": "__comm_ipc_logs", "sub_name": "s", "request_id": 1])
        #expect(test.tables.channels == 0)
    }

    @Test func theLogTellsOfClientsPasswordsAndSubscriptions() {
        let watcher = test.client("watcher")
        watcher.join("__comm_ipc_logs")
        let a = test.client("a")
        #expect(
            watcher.takeOne() == [
                "type": "receive", "channel": "__comm_ipc_logs", "event": "server_log",
                "data": ["message": "Client a identified", "level": "info", "client_id": "a", "server_id": "hub"],
                "sender_id": "system", "server_id": "hub",
            ]
        )
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        a.send("remove_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        #expect(
            watcher.take().map { $0["data"]?["message"] } == [
                "Client a added subscription s on channel c", "Subscription s on channel c removed",
            ]
        )
    }

    @Test func aWatcherThatDeclaresHearsItsAnswerFirst() {
        let a = test.client("a")
        a.join("__comm_ipc_logs")
        a.take()
        a.send("add_subscription", ["channel": "c", "sub_name": "s", "request_id": 1])
        #expect(a.take().map(\.type) == ["response", "receive"])
    }

    @Test func aSubscriptionThatGoesWithItsOwnerIsLogged() {
        let watcher = test.client("watcher")
        watcher.join("__comm_ipc_logs")
        let a = test.client("a")
        a.send("add_subscription", ["channel": "c", "sub_name": "s"])
        test.quiet()
        a.hangUp()
        #expect(watcher.takeOne()["data"]?["message"] == "Subscription s on channel c removed")
    }

    @Test func theFirstWatcherOwnsNothing() {
        let first = test.client("first")
        let second = test.client("second")
        first.join("__comm_ipc_system")
        second.join("__comm_ipc_system")
        test.quiet()
        first.hangUp()
        #expect(second.take().allSatisfy { $0.type != "error" })
        test.client("a").join("c")
        #expect(second.take().count == 1)
    }
}
