import Testing

@testable import Hub

/// What clients that speak stinger are told of channels, beyond what others are (docs/wire/comm-ipc.md, section 11).
@Suite struct ChannelNewsTests {
    private let test = TestHub { $0.channelKeys = ["preset": channelKey("preset")] }

    // MARK: channel_sync and notices

    @Test func theSyncNamesAllProvidersOfAnEvent() {
        for id in ["x", "y"] { test.client(id).provide("c", "e", isGroup: true) }
        let events = test.stinger("a").join("c").first?["events"]
        #expect(events?["e"]?["owner"] == "x")
        #expect(events?["e"]?["providers"] == ["x", "y"])
        #expect(test.client("b").join("c").first?["events"]?["e"]?["providers"] == nil)
    }

    @Test func theSyncOfSubscriptionsIsTheSame() {
        test.client("o").send("add_subscription", ["channel": "c", "sub_name": "s", "return_schema": 1])
        let subscriptions: TestValue = ["s": ["owner": "o", "param_schema": 1, "stype": "subscription"]]
        #expect(test.stinger("a").join("c").first?["subscriptions"] == subscriptions)
    }

    @Test func eachOfAGroupIsNoticed() {
        let listener = test.stinger("a")
        listener.join("c")
        for id in ["x", "y"] { test.client(id).provide("c", "e", isGroup: true) }
        #expect(listener.take().filter { $0["stype"] == "event" }.map { $0["owner"] } == ["x", "y"])
    }

    @Test func whoDeclaresHearsWhetherSomebodyWaits() {
        let owner = test.stinger("o")
        func declare(_ name: TestValue) -> TestValue? {
            owner.send("add_subscription", ["channel": "c", "sub_name": name, "request_id": 1])
            return owner.takeOne()["data"]
        }
        test.client("a").send("subscribe", ["channel": "c", "sub_name": "awaited"])
        #expect(declare("new") == ["success": true, "has_subscribers": false])
        #expect(declare("awaited") == ["success": true, "has_subscribers": true])
        owner.send("add_subscription", ["channel": "c", "sub_name": "silent"])
        #expect(owner.take() == [])
    }

    // MARK: list_channels

    @Test func aBridgeIsToldTheChannels() {
        let bridge = test.bridge("b")
        test.client("a").join("one")
        test.client("s").send("subscribe", ["channel": "two", "sub_name": "s"])
        bridge.join("__comm_ipc_system")
        bridge.join("__stinger_routes")
        bridge.take()
        bridge.send("list_channels", ["request_id": 1])
        let answer: TestValue = ["type": "response", "request_id": 1, "data": ["channels": ["one", "two"]]]
        #expect(bridge.takeOne() == answer)
    }

    @Test func aProtectedChannelIsNamedToItsMembers() {
        let bridge = test.bridge("b")
        func channels() -> TestValue? {
            bridge.send("list_channels", ["request_id": 1])
            return bridge.takeOne()["data"]?["channels"]
        }
        #expect(channels() == [])
        bridge.join("preset", password: "preset")
        #expect(channels() == ["preset"])
    }

    @Test func othersAreDenied() {
        let client = test.stinger("a")
        client.send("list_channels", ["request_id": 1])
        #expect(client.takeOne()["error"] == "denied: channels are listed to bridges only (at hub)")
        #expect(test.drops(.denied) == 1)
    }

    @Test func aListThatDoesNotGoIntoAFrameIsRefused() {
        let test = TestHub { $0.limits.frameByteMaximum = 4_000 }
        let (bridge, client) = (test.bridge("b"), test.client("a"))
        func list() -> TestValue {
            bridge.send("list_channels", ["request_id": 1])
            return bridge.takeOne()
        }
        for number in 0..<28 { client.join("\(number)" + String(repeating: "x", count: 98)) }
        #expect(list()["data"]?["channels"]?.elements.count == 28)
        client.join("one more" + String(repeating: "x", count: 98))
        let words: TestValue = "overloaded: the names of 29 channels do not go into 4000 bytes, the limit (at hub)"
        #expect(list()["error"] == words)
    }

    @Test func longAnswersAreHandedOnOneByOne() {
        let (bridge, client) = (test.bridge("b"), test.client("a"))
        for number in 0..<700 { client.join("\(number)" + String(repeating: "x", count: 1_000)) }
        bridge.take()
        bridge.send((0..<40).map { ["type": "list_channels", "request_id": .int($0)] })
        // One answer has 700 kB; all at once they would not be waited for.
        #expect(bridge.chunks.count == 40)
        #expect(bridge.take().map { $0["request_id"] } == (0..<40).map { .int($0) })
    }

    // MARK: new_channel

    private static let births: [(type: String, fields: [String: TestValue])] = [
        ("register", [:]), ("register", ["event": "e", "is_provider": true]), ("add_subscription", ["sub_name": "s"]),
        ("subscribe", ["sub_name": "s"]), ("announce_remote", ["clients": ["r"]]),
    ]

    @Test(arguments: births) func aNewChannelIsToldOnce(type: String, fields: [String: TestValue]) {
        let watcher = test.stinger("watcher")
        let plain = test.client("plain")
        for client in [watcher, plain] { client.join("__comm_ipc_system") }
        test.quiet()
        let maker = test.client("maker", mode: "bridge")
        for _ in 0..<2 { maker.send(type, .map(fields.merging(["channel": "c", "request_id": 1]) { $1 })) }
        let news: TestValue = [
            "type": "receive", "channel": "__comm_ipc_system", "event": "new_channel", "data": ["channel": "c"],
            "sender_id": "system", "server_id": "hub",
        ]
        #expect(watcher.take().filter { $0["event"] != "new_registration" } == [news])
        #expect(plain.take().allSatisfy { $0["event"] == "new_registration" })
        maker.hangUp()
        test.quiet()
        test.client("next").join("c")
        #expect(watcher.take().contains(news))
    }

    @Test func aChannelThatDidNotComeToBeIsNotTold() {
        let watcher = test.stinger("watcher")
        watcher.join("__comm_ipc_system")
        watcher.take()
        let client = test.client("a")
        client.provide("c", "")
        client.send("add_subscription", ["channel": "subscription", "sub_name": "s"])
        client.provide("__comm_ipc_logs", "e")
        client.join("__comm_ipc_logs")
        client.join("__stinger_bridge")
        test.client("b").send("set_password", ["channel": "hidden", "password": "p"])
        let channels = watcher.take().compactMap { $0["data"]?["channel"] }
        #expect(Set(channels) == ["c", "__comm_ipc_logs", "__stinger_bridge"])
    }

    // MARK: Announcements

    @Test(arguments: HubSettings.ErrorPolicy.allCases) func whatIsAnnouncedReachesAllWhoListen(
        policy: HubSettings.ErrorPolicy
    ) {
        let test = TestHub { $0.errorPolicy = policy }
        let (system, errors) = (test.client("system watcher", mode: nil), test.stinger("error watcher"))
        system.join("__comm_ipc_system")
        errors.join("__comm_ipc_errors")
        test.quiet()
        test.announce("link_down", [("link", "plant"), ("reason", "reset")], isError: true)
        test.announce("link_up", [], isError: false)
        #expect(
            errors.takeOne() == [
                "type": "receive", "channel": "__comm_ipc_errors", "event": "link_down",
                "data": ["link": "plant", "reason": "reset"], "sender_id": "system", "server_id": "hub",
            ]
        )
        #expect(
            system.takeOne() == [
                "type": "receive", "channel": "__comm_ipc_system", "event": "link_up", "data": [:],
                "sender_id": "system", "server_id": "hub",
            ]
        )
    }
}
