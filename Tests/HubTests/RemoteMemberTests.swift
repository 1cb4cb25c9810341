import Testing

@testable import Hub

/// Members here and behind bridges (docs/wire/comm-ipc.md, section 7).
@Suite struct RemoteMemberTests {
    private let test = TestHub()

    private func members(_ channel: String = "c") -> [TestValue] {
        let asker = test.connect()
        asker.send("identify", ["client_id": "asker"])
        asker.send("list_members", ["channel": .string(channel), "request_id": 1])
        defer { asker.hangUp() }
        return asker.take().last?["data"]?["members"]?.elements ?? []
    }

    private func announce(_ bridge: TestClient, _ id: String, path: TestValue, _ channel: String = "c") {
        let client: TestValue = ["id": .string(id), "mode": "client", "path": path]
        bridge.send("announce_remote", ["channel": .string(channel), "clients": [client]])
    }

    private func forget(_ bridge: TestClient, _ id: String, _ channel: String? = nil) {
        bridge.send(
            "forget_remote",
            channel.map { ["id": .string(id), "channel": .string($0)] } ?? ["id": .string(id)]
        )
    }

    private func entry(_ id: TestValue, bridge: TestValue, path: TestValue) -> TestValue {
        ["id": id, "mode": "client", "is_local": false, "bridge_id": bridge, "path": path]
    }

    @Test func membersAreListedLocalAndRemote() {
        let bridge = test.client("bridge", mode: "bridge")
        test.client("a").join("c")
        bridge.provide("c", "e")
        announce(bridge, "r", path: ["far"])
        #expect(
            members() == [
                ["id": "a", "mode": "client", "is_local": true, "path": []],
                ["id": "bridge", "mode": "bridge", "is_local": true, "path": []],
                entry("r", bridge: "bridge", path: ["far"]),
            ]
        )
        #expect(members("nowhere") == [])
        #expect(test.tables.channels == 1)
    }

    @Test func listenersThatNamedAModeHearOfRemoteMembers() {
        let bridge = test.client("bridge", mode: "bridge")
        let young = test.client("young")
        let old = test.client("old", mode: nil)
        young.join("c")
        old.join("c")
        test.quiet()
        announce(bridge, "r", path: ["far"])
        #expect(
            young.takeOne() == [
                "type": "metadata_update", "stype": "membership", "action": "join", "owner": "r", "mode": "client",
                "channel": "c", "is_local": false, "path": ["far"],
            ]
        )
        forget(bridge, "r", "c")
        #expect(
            young.takeOne() == [
                "type": "metadata_update", "stype": "membership", "action": "leave", "owner": "r", "channel": "c",
                "is_local": false,
            ]
        )
        #expect(old.take() == [])
        #expect(members().count == 2)
    }

    @Test func aShorterWayTakesOverAndOthersAreIgnored() {
        let far = test.client("far", mode: "bridge")
        let near = test.client("near", mode: "bridge")
        announce(far, "r", path: ["h1", "h2"])
        announce(near, "r", path: ["h3", "h4"])
        #expect(members() == [entry("r", bridge: "far", path: ["h1", "h2"])])
        announce(near, "r", path: ["h3", "h4", "h5"])
        #expect(members() == [entry("r", bridge: "far", path: ["h1", "h2"])])
        announce(near, "r", path: ["h3"])
        #expect(members() == [entry("r", bridge: "near", path: ["h3"])])
        // The worse bridge no longer has a say.
        forget(far, "r")
        far.hangUp()
        #expect(members() == [entry("r", bridge: "near", path: ["h3"])])
    }

    @Test func aShorterWayTakesOverOnEveryChannel() {
        let far = test.client("far", mode: "bridge")
        let near = test.client("near", mode: "bridge")
        announce(far, "r", path: ["h1", "h2"], "c")
        announce(far, "r", path: ["h1", "h2"], "d")
        announce(near, "r", path: ["h3"], "d")
        #expect(members("c") == [entry("r", bridge: "near", path: ["h3"])])
        #expect(members("d") == [entry("r", bridge: "near", path: ["h3"])])
        #expect(far.connection.remoteMembers.isEmpty)
    }

    @Test func itsBridgeMayAnnounceItOnAnotherChannel() {
        let bridge = test.client("bridge", mode: "bridge")
        announce(bridge, "r", path: ["h1"], "c")
        announce(bridge, "r", path: ["h1"], "d")
        #expect(members("c").count == 1)
        #expect(members("d").count == 1)
        forget(bridge, "r", "c")
        #expect(members("c") == [])
        #expect(members("d").count == 1)
        forget(bridge, "r", "d")
        #expect(test.tables.remoteMembers == 0)
    }

    @Test func aPathThatNamesThisHubIsIgnored() {
        let bridge = test.client("bridge", mode: "bridge")
        announce(bridge, "r", path: ["h1", "hub"])
        #expect(members() == [])
        #expect(test.drops(.loop) == 1)
        #expect(test.tables.channels == 0)
    }

    @Test func anAnnouncementMayBeAnIDAlone() {
        let bridge = test.client("bridge", mode: "bridge")
        bridge.send("announce_remote", ["channel": "c", "clients": ["r", ["id": "s", "mode": nil, "path": nil]]])
        #expect(Set(members()) == [entry("r", bridge: "bridge", path: []), entry("s", bridge: "bridge", path: [])])
    }

    @Test(
        arguments: [
            nil, "r", [1], [["mode": "client"]], [""], [["id": "r", "mode": "x"]], [["id": "r", "path": "h"]],
            [["id": "r", "path": [1]]], [.string(String(repeating: "x", count: 1_025))],
        ] as [TestValue]
    )
    func aMalformedAnnouncementIsRefused(clients: TestValue) {
        let bridge = test.client("bridge", mode: "bridge")
        bridge.send("announce_remote", ["channel": "c", "clients": clients])
        #expect(bridge.takeOne()["message"]?.text?.hasPrefix("malformed message: ") == true)
        #expect(!bridge.wasClosed)
        #expect(test.tables.remoteMembers == 0)
        #expect(test.tables.channels == 0)
    }

    @Test func onlyBridgesAreHeard() {
        let a = test.client("a")
        announce(a, "r", path: ["h"])
        forget(a, "r")
        #expect(a.take() == [])
        #expect(members() == [])
        #expect(test.drops(.notBridge) == 2)
    }

    @Test func forgettingWithoutAChannelForgetsEverywhere() {
        let bridge = test.client("bridge", mode: "bridge")
        announce(bridge, "r", path: ["h1"], "c")
        announce(bridge, "r", path: ["h1"], "d")
        forget(bridge, "r")
        #expect(test.tables.remoteMembers == 0)
        #expect(test.tables.channels == 0)
        forget(bridge, "r")
        #expect(bridge.take() == [])
        bridge.send("forget_remote", ["channel": "c"])
        #expect(bridge.takeOne()["message"] == "malformed message: id must be a string (at hub)")
    }

    @Test func forgettingOnAChannelThatIsNotThereForgetsNothing() {
        let bridge = test.client("bridge", mode: "bridge")
        announce(bridge, "r", path: ["h1"], "c")
        forget(bridge, "r", "nowhere")
        #expect(members("c") == [entry("r", bridge: "bridge", path: ["h1"])])
    }

    @Test func whenABridgeGoesItsRemoteMembersGo() {
        let bridge = test.client("bridge", mode: "bridge")
        let a = test.client("a")
        a.join("c")
        announce(bridge, "r", path: ["h1"], "c")
        announce(bridge, "s", path: ["h1"], "d")
        a.take()
        bridge.hangUp()
        #expect(a.take().map { $0["owner"] } == ["r"])
        #expect(members() == [["id": "a", "mode": "client", "is_local": true, "path": []]])
        #expect(test.tables.remoteMembers == 0)
        #expect(test.tables.channels == 1)
    }

    @Test func anAnswerToARemoteClientGoesToItsBridge() {
        let bridge = test.client("bridge", mode: "bridge")
        let b = test.client("b")
        b.provide("c", "e")
        announce(bridge, "r", path: ["h1"])
        bridge.send(
            "call",
            [
                "channel": "c", "event": "e", "request_id": "x", "sender_id": "r", "path": ["h1"],
                "origin_server_id": "h1",
            ]
        )
        b.take()
        b.respond(to: "r", "x")
        let answer = bridge.takeOne()
        #expect(answer["target_id"] == "r")
        #expect(answer["data"] == "answer")
        #expect(test.hub.calls.count == 0)
    }

    @Test func aLocalClientIsNeverHiddenByARemoteOne() {
        let bridge = test.client("bridge", mode: "bridge")
        let a = test.client("a")
        let b = test.client("b")
        b.provide("c", "e")
        announce(bridge, "a", path: ["h1"])
        a.call("c", "e", "x")
        b.respond(to: "a", "x")
        #expect(a.takeData() == ["answer"])
        #expect(bridge.take() == [])
    }

    @Test func systemChannelsHaveNoRemoteMembers() {
        let bridge = test.client("bridge", mode: "bridge")
        announce(bridge, "r", path: ["h1"], "__comm_ipc_logs")
        #expect(bridge.takeOne()["message"]?.text?.hasPrefix("denied: ") == true)
        #expect(test.tables.remoteMembers == 0)
    }
}
