import Testing

@testable import Hub

@Suite struct SetPasswordTests {
    private let test = TestHub { $0.channelKeys = ["preset": channelKey("preset")] }
    private static let notOwner: TestValue = "Only the channel owner can set or change the password"

    @discardableResult
    private func setPassword(_ client: TestClient, _ password: String, _ channel: String = "c") -> [TestValue] {
        client.send("set_password", ["channel": .string(channel), "password": .string(password), "request_id": 1])
        return client.take()
    }

    private static let success: [TestValue] = [["type": "response", "request_id": 1, "data": ["success": true]]]

    @Test func theOwnerSetsAPasswordAndStrangersProveIt() {
        let a = test.client("a")
        a.join("c")
        #expect(setPassword(a, "p") == Self.success)
        let b = test.client("b")
        #expect(b.join("c").map(\.type) == ["auth_challenge"])
        #expect(b.join("c", password: "p").map(\.type) == ["channel_sync", "response"])
    }

    @Test func onAChannelWithoutMembersTheCallerBecomesTheOwner() {
        let a = test.client("a")
        let b = test.client("b")
        #expect(setPassword(a, "p") == Self.success)
        b.join("c", password: "p")
        #expect(setPassword(b, "x").first?["error"] == Self.notOwner)
        #expect(setPassword(a, "q") == Self.success)
    }

    @Test func nobodyElseSetsIt() {
        let a = test.client("a")
        let b = test.client("b")
        a.join("c")
        b.join("c")
        test.quiet()
        #expect(setPassword(b, "p") == [["type": "response", "request_id": 1, "error": Self.notOwner]])
        #expect(setPassword(test.client("stranger"), "p").first?["error"] == Self.notOwner)
        #expect(test.drops(.notOwner) == 2)
        #expect(a.take() == [])
        #expect(test.client("d").join("c").count == 2)
    }

    @Test func withoutRequestIDNothingIsAnswered() {
        let a = test.client("a")
        a.send("set_password", ["channel": "c", "password": "p"])
        test.client("b").send("set_password", ["channel": "c", "password": "q"])
        #expect(a.take() == [])
        #expect(test.client("d").join("c", password: "p").count == 2)
    }

    @Test func aPasswordGivenAtTheStartIsNotForTheTaking() {
        let stranger = test.client("stranger")
        #expect(setPassword(stranger, "mine", "preset").first?["error"] == Self.notOwner)
        let member = test.client("member")
        member.join("preset", password: "preset")
        #expect(setPassword(member, "new", "preset") == Self.success)
        #expect(stranger.join("preset", password: "preset").first?["error"] == "Invalid channel password")
        #expect(stranger.join("preset", password: "new").count == 2)
    }

    @Test(arguments: ["__comm_ipc_logs", "__comm_ipc_errors", "__comm_ipc_system", "__comm_ipc_new"])
    func systemChannelsGetNone(channel: String) {
        let a = test.client("a")
        a.join("__comm_ipc_logs")
        #expect(
            setPassword(a, "p", channel).first?["error"] == .string("denied: channel \(channel) is read-only (at hub)")
        )
        #expect(test.drops(.readOnly) == 1)
    }

    @Test func aChangePutsOthersOut() {
        let a = test.client("a")
        let b = test.client("b")
        let c = test.client("c")
        a.join("c")
        b.join("c")
        b.provide("c", "e")
        b.send("add_subscription", ["channel": "c", "sub_name": "s"])
        c.send("subscribe", ["channel": "c", "sub_name": "s"])
        b.send("subscribe", ["channel": "c", "sub_name": "other"])
        test.quiet()
        setPassword(a, "p")
        #expect(b.takeOne() == ["type": "error", "message": "Channel password changed, please reconnect"])
        #expect(c.take() == [])
        #expect(b.connection.registrationCount == 0)
        #expect(c.connection.registrationCount == 0)
        a.broadcast("c", 1)
        #expect(b.take() == [])
        a.call("c", "e", 1)
        #expect(a.takeOne()["reason"] == "no_provider")
        a.send("list_members", ["channel": "c", "request_id": 2])
        #expect(a.takeOne()["data"]?["members"]?.elements.map { $0["id"] } == ["a"])
        let sync = a.join("c", password: "p").first
        #expect(sync?["events"] == [:])
        #expect(sync?["subscriptions"] == [:])
    }

    @Test func thePutOutMayComeBackWithThePassword() {
        let a = test.client("a")
        let b = test.client("b")
        a.join("c")
        b.join("c")
        setPassword(a, "p")
        b.take()
        #expect(b.join("c", password: "p").count == 2)
        a.broadcast("c", 1)
        #expect(b.takeData() == [1])
    }

    @Test func theSamePasswordAgainPutsNobodyOut() {
        let a = test.client("a")
        let b = test.client("b")
        setPassword(a, "p")
        b.join("c", password: "p")
        #expect(setPassword(a, "p") == Self.success)
        a.broadcast("c", 1)
        #expect(b.takeData() == [1])
    }

    @Test func aChallengeFromBeforeTheChangeProvesNothing() {
        let a = test.client("a")
        let b = test.client("b")
        setPassword(a, "p")
        b.send("register", ["channel": "c"])
        let challenge = b.takeOne()
        setPassword(a, "q")
        let proof = TestProof.channel(password: "p", challenge: challenge["challenge"]?.text ?? "")
        b.send("register", ["channel": "c", "challenge_id": challenge["challenge_id"] ?? nil, "proof": .string(proof)])
        #expect(b.takeOne()["error"] == "Invalid channel password")
    }

    @Test func aCallThatWasAskedBeforeTheChangeMayStillBeAnswered() {
        let a = test.client("a")
        let b = test.client("b")
        a.join("c")
        b.provide("c", "e")
        test.quiet()
        a.call("c", "e", 1)
        setPassword(a, "p")
        b.respond(to: "a", 1)
        #expect(a.takeData() == ["answer"])
        #expect(test.hub.calls.count == 0)
    }
}
