import Testing

@testable import Hub

/// Broadcasts and sends (docs/wire/comm-ipc.md, section 4).
@Suite struct BroadcastTests {
    private let test = TestHub()

    private func members(_ ids: String...) -> [TestClient] {
        let clients = ids.map { test.client($0) }
        for client in clients { client.join("c") }
        test.quiet()
        return clients
    }

    @Test func aBroadcastReachesEveryOtherListenerWithTheHubsMarks() {
        let clients = members("a", "b", "d")
        clients[0].broadcast("c", ["x": 1])
        let expected: TestValue = [
            "type": "broadcast", "channel": "c", "event": "e", "data": ["x": 1], "sender_id": "a", "path": ["hub"],
            "timestamp": .int(test.unixSeconds), "origin_server_id": "hub",
        ]
        #expect(clients[1].takeOne() == expected)
        #expect(clients[2].takeOne() == expected)
        #expect(clients[0].take() == [])
    }

    @Test func marksOfOtherHubsStayAndTheSenderCannotLie() {
        let clients = members("a", "b")
        clients[0].send(
            "broadcast",
            [
                "channel": "c", "event": "e", "sender_id": "somebody", "path": ["h1", "h2"], "timestamp": 5,
                "origin_server_id": "h1", "own": [1.5, nil, ["k": -7]],
            ]
        )
        #expect(
            clients[1].takeOne() == [
                "type": "broadcast", "channel": "c", "event": "e", "sender_id": "a", "path": ["h1", "h2", "hub"],
                "timestamp": 5, "origin_server_id": "h1", "own": [1.5, nil, ["k": -7]],
            ]
        )
    }

    @Test func strangersMayBroadcastOnAnOpenChannelAndHearNothing() {
        let clients = members("a")
        let stranger = test.client("stranger")
        stranger.broadcast("c", 1)
        clients[0].broadcast("c", 2)
        #expect(clients[0].takeData() == [1])
        #expect(stranger.take() == [])
    }

    @Test func whoOnlyProvidesHearsNoBroadcast() {
        let clients = members("a")
        let provider = test.client("provider")
        provider.provide("c", "e")
        clients[0].broadcast("c", 1)
        #expect(provider.take() == [])
        provider.join("c")
        clients[0].broadcast("c", 2)
        #expect(provider.takeData() == [2])
    }

    @Test func broadcastsThatReachNobodyAreCounted() {
        let clients = members("a")
        clients[0].broadcast("c", 1)
        clients[0].broadcast("nowhere", 1)
        test.client("b").provide("d", "e")
        clients[0].broadcast("d", 1)
        #expect(clients[0].take() == [])
        #expect(test.drops(.noReceiver) == 3)
        #expect(test.tables.channels == 2)
    }

    @Test func aMessageThatWasHereGoesNoFurther() {
        let clients = members("a", "b")
        clients[1].provide("c", "e")
        for type in ["broadcast", "send"] {
            clients[0].send(type, ["channel": "c", "event": "e", "path": ["h1", "hub", "h2"]])
        }
        test.quiet()
        #expect(clients[1].take() == [])
        #expect(test.drops(.loop) == 2)
    }

    @Test(arguments: [[1], ["h", nil], .array((0..<65).map { .string("h\($0)") })] as [TestValue])
    func aPathThatIsNoListOfHubsIsRefused(path: TestValue) {
        let clients = members("a", "b")
        clients[1].provide("c", "e")
        test.quiet()
        for type in ["broadcast", "send"] {
            clients[0].send(type, ["channel": "c", "event": "e", "path": path])
            let text = clients[0].takeOne()["message"]?.text
            #expect(text == "malformed message: path must list at most 64 hub ids (at hub)")
        }
        #expect(clients[1].take() == [])
    }

    @Test func theLongestPathIsTaken() {
        let clients = members("a", "b")
        clients[0].send("broadcast", ["channel": "c", "path": .array((0..<64).map { .string("h\($0)") })])
        #expect(clients[1].takeOne()["path"]?.elements.count == 65)
    }

    // MARK: Order

    @Test func broadcastsAndDirectMessagesKeepTheirOrder() {
        let clients = members("a", "b", "d")
        clients[1].provide("c", "e")
        test.quiet()
        func broadcast(_ data: Int) -> TestValue {
            ["type": "broadcast", "channel": "c", "event": "e", "data": .int(data)]
        }
        func send(_ data: Int) -> TestValue { ["type": "send", "channel": "c", "event": "e", "data": .int(data)] }
        clients[0].send([
            broadcast(1), broadcast(2), send(3), broadcast(4), send(5), send(6), broadcast(7), broadcast(8),
        ])
        #expect(clients[1].takeData() == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(clients[2].takeData() == [1, 2, 4, 7, 8])
    }

    @Test func broadcastsOfSeveralSendersInOneCycleKeepTheirOrder() {
        let clients = members("a", "b", "d")
        test.inOneCycle {
            for number in 0..<6 { clients[number % 2].broadcast("c", .int(number)) }
        }
        #expect(clients[2].takeData() == [0, 1, 2, 3, 4, 5])
        #expect(clients[0].takeData() == [1, 3, 5])
        #expect(clients[1].takeData() == [0, 2, 4])
    }

    @Test func broadcastsOnSeveralChannelsKeepTheirOrder() {
        let clients = members("a", "b")
        clients[1].join("d")
        test.quiet()
        test.inOneCycle {
            for number in 0..<6 { clients[0].broadcast(number % 3 == 0 ? "d" : "c", .int(number)) }
        }
        #expect(clients[1].takeData() == [0, 1, 2, 3, 4, 5])
    }

    @Test func whoJoinsInTheMiddleOfACycleHearsWhatComesAfterTheSync() {
        let clients = members("a", "b")
        let new = test.client("new")
        test.inOneCycle {
            clients[0].broadcast("c", "before")
            new.send("register", ["channel": "c"])
            clients[0].broadcast("c", "after")
        }
        #expect(new.take().map(\.type) == ["channel_sync", "response", "broadcast"])
        #expect(clients[1].take().map { $0["data"] ?? $0["action"] } == ["before", "join", "after"])
    }

    @Test func whoLeavesInTheMiddleOfACycleLeavesTheOthersTheirs() {
        let clients = members("a", "b", "d")
        test.inOneCycle {
            clients[0].broadcast("c", 1)
            clients[1].hangUp()
            clients[0].broadcast("c", 2)
        }
        #expect(clients[2].takeData() == [1, 2])
        #expect(test.strayOutputCount == 0)
    }

    @Test func theLastWordsOfASenderAreHeard() {
        let clients = members("a", "b", "d")
        test.inOneCycle {
            clients[1].broadcast("c", "farewell")
            clients[1].hangUp()
        }
        #expect(clients[2].takeData() == ["farewell"])
        #expect(clients[0].take().map { $0["data"] ?? $0["action"] } == ["farewell", "leave"])
    }

    // MARK: Send

    @Test func aSendReachesTheProviderAlone() {
        let clients = members("a", "b", "d")
        clients[1].provide("c", "e")
        test.quiet()
        clients[0].send("send", ["channel": "c", "event": "e", "data": 1])
        #expect(
            clients[1].takeOne() == [
                "type": "send", "channel": "c", "event": "e", "data": 1, "sender_id": "a", "path": ["hub"],
                "timestamp": .int(test.unixSeconds), "origin_server_id": "hub",
            ]
        )
        #expect(clients[2].take() == [])
        #expect(test.hub.calls.count == 0)
    }

    @Test func aSendToOneself() {
        let a = test.client("a")
        a.provide("c", "e")
        a.send("send", ["channel": "c", "event": "e", "data": 1])
        #expect(a.takeData() == [1])
    }

    @Test func aSendToNobodyIsCountedAndNotAnswered() {
        let clients = members("a")
        clients[0].send("send", ["channel": "c", "event": "e", "request_id": 1])
        clients[0].send("send", ["channel": "nowhere", "event": "e"])
        #expect(clients[0].take() == [])
        #expect(test.drops(.noProvider) == 2)
    }
}
