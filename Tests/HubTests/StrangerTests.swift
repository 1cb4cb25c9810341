import Testing

@testable import Hub

/// What a channel with a password keeps from those who have not proved it.
@Suite struct StrangerTests {
    private let test = TestHub { $0.channelKeys = ["p": channelKey("password")] }

    private static let denial: TestValue = "denied: channel p has a password; join it first (at hub)"

    private static let acts = [
        "call", "send", "broadcast", "publish", "add_subscription", "subscribe", "list_members", "announce_remote",
    ]

    private static let fields: [String: TestValue] = [
        "channel": "p", "event": "e", "sub_name": "s", "data": 1, "clients": ["r"],
    ]

    private func makeMembers() -> [TestClient] {
        let owner = test.client("owner")
        let member = test.client("member")
        owner.join("p", password: "password", event: "e")
        owner.join("p", password: "password")
        member.join("p", password: "password")
        owner.send("add_subscription", ["channel": "p", "sub_name": "mine"])
        member.send("subscribe", ["channel": "p", "sub_name": "mine"])
        test.quiet()
        return [owner, member]
    }

    @Test(arguments: acts) func anActWithARequestIDIsDeniedAsAResponse(act: String) {
        let members = makeMembers()
        let stranger = test.client("stranger", mode: "bridge")
        stranger.send(act, .map(Self.fields.merging(["request_id": 1]) { $1 }))
        let answer = stranger.takeOne()
        #expect(answer.type == "response")
        #expect(answer["request_id"] == 1)
        #expect(answer["error"] == Self.denial)
        if act == "call" { #expect(answer["reason"] == "denied") }
        #expect(members.flatMap { $0.take() } == [])
        #expect(test.drops(.denied) == 1)
        #expect(!stranger.wasClosed)
        #expect(stranger.connection.registrationCount == 0)
        #expect(test.tables.remoteMembers == 0)
    }

    @Test(arguments: ["send", "broadcast", "publish", "add_subscription", "subscribe", "list_members"])
    func anActWithoutRequestIDIsDeniedAsAnError(act: String) {
        let members = makeMembers()
        let stranger = test.client("stranger")
        stranger.send(act, .map(Self.fields))
        #expect(stranger.takeOne() == ["type": "error", "message": Self.denial])
        #expect(members.flatMap { $0.take() } == [])
    }

    @Test func membersMayDoAllOfIt() {
        let members = makeMembers()
        let (owner, member) = (members[0], members[1])
        member.call("p", "e", 1, data: "call")
        member.send("send", ["channel": "p", "event": "e", "data": "send"])
        member.broadcast("p", "broadcast")
        #expect(owner.takeData() == ["call", "send", "broadcast"])
        owner.send("publish", ["channel": "p", "sub_name": "mine", "data": "publish"])
        #expect(member.takeData() == ["publish"])
        for (number, act) in ["add_subscription", "subscribe", "list_members"].enumerated() {
            member.send(act, ["channel": "p", "sub_name": "s", "request_id": .int(number)])
            #expect(member.take().contains { $0["request_id"] == .int(number) && $0["error"] == nil })
        }
    }

    @Test func aChannelThatNobodyIsInYetIsClosedToo() {
        let stranger = test.client("stranger")
        stranger.call("p", "e", 1)
        #expect(stranger.takeOne()["reason"] == "denied")
        stranger.broadcast("p", 1)
        #expect(stranger.takeOne()["message"] == Self.denial)
    }

    @Test func whoIsOpenToStrangersIsSaidToMembersOnly() {
        let stranger = test.client("stranger")
        let owner = test.client("owner")
        for watcher in [stranger, owner] {
            watcher.join("__comm_ipc_system")
            watcher.join("__comm_ipc_logs")
        }
        owner.join("p", password: "password")
        test.quiet()
        owner.join("p", password: "password", event: "e")
        #expect(stranger.take() == [])
        owner.send("add_subscription", ["channel": "p", "sub_name": "s"])
        #expect(stranger.take() == [])
        #expect(owner.takeOne()["event"] == "server_log")
        owner.provide("open", "e")
        #expect(stranger.takeOne()["data"]?["channel"] == "open")
    }

    @Test func membersHearOfRegistrations() {
        let watcher = test.client("watcher")
        watcher.join("__comm_ipc_system")
        watcher.join("p", password: "password")
        test.quiet()
        test.client("b").join("p", password: "password")
        #expect(watcher.take().contains { $0["event"] == "new_registration" && $0["data"]?["client_id"] == "b" })
    }

    @Test func settingAPasswordIsSaidToMembersOnly() {
        let a = test.client("a")
        let stranger = test.client("stranger")
        a.join("__comm_ipc_logs")
        stranger.join("__comm_ipc_logs")
        a.join("c")
        a.send("set_password", ["channel": "c", "password": "p"])
        #expect(stranger.take() == [])
        #expect(a.takeOne()["data"]?["message"] == "Channel c password set/changed")
    }

    @Test func aFormerMemberIsAStranger() {
        let a = test.client("a")
        let b = test.client("b")
        a.join("c")
        b.join("c")
        a.send("set_password", ["channel": "c", "password": "p"])
        test.quiet()
        b.broadcast("c", 1)
        #expect(b.takeOne().type == "error")
        #expect(a.take() == [])
    }
}
