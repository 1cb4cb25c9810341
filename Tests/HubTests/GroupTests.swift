import Testing

@testable import Hub

/// Which provider of a group is asked.
@Suite struct GroupTests {
    private func makeGroup(_ test: TestHub, _ ids: String...) -> [TestClient] {
        let providers = ids.map { test.client($0) }
        for provider in providers { provider.provide("c", "e", isGroup: true) }
        test.quiet()
        return providers
    }

    /// Who got the next call.
    private func asked(_ caller: TestClient, _ requestID: TestValue, of providers: [TestClient]) -> [String] {
        caller.call("c", "e", requestID)
        return providers.filter { !$0.take().isEmpty }.map(\.id)
    }

    @Test func theLeastActiveIsAskedAndAmongEqualsTheEarliest() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y", "z")
        let a = test.client("a")
        #expect((0..<7).map { asked(a, .int($0), of: group) } == [["x"], ["y"], ["z"], ["x"], ["y"], ["z"], ["x"]])
        group[1].respond(to: "a", 1)
        group[1].respond(to: "a", 4)
        group[2].respond(to: "a", 2)
        #expect((7..<10).map { asked(a, .int($0), of: group) } == [["y"], ["y"], ["z"]])
    }

    @Test func anIdleGroupAlwaysAsksTheEarliest() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y")
        let a = test.client("a")
        for number in 0..<3 {
            #expect(asked(a, .int(number), of: group) == ["x"])
            group[0].respond(to: "a", .int(number))
        }
    }

    @Test func aStreamIsOneCallHoweverLong() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y")
        let a = test.client("a")
        #expect(asked(a, 0, of: group) == ["x"])
        for _ in 0..<5 { group[0].send("response", ["target_id": "a", "request_id": 0, "is_stream": true, "data": 1]) }
        #expect(group[0].connection.unansweredCallCount == 1)
        #expect(asked(a, 1, of: group) == ["y"])
        group[0].send("response", ["target_id": "a", "request_id": 0, "is_stream": true, "is_final": true])
        #expect(asked(a, 2, of: group) == ["x"])
    }

    @Test func otherEventsCallsCountToo() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y")
        group[0].provide("other", "o")
        let a = test.client("a")
        a.call("other", "o", "busy")
        group[0].take()
        #expect(asked(a, 0, of: group) == ["y"])
    }

    @Test func aCallersEndFreesItsProvider() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y")
        let a = test.client("a")
        let b = test.client("b")
        #expect(asked(a, 0, of: group) == ["x"])
        a.hangUp()
        #expect(asked(b, 0, of: group) == ["x"])
    }

    @Test func roundRobinAsksEachInTurnPerEvent() {
        let test = TestHub { $0.groupPolicy = .roundRobin }
        let group = makeGroup(test, "x", "y", "z")
        let a = test.client("a")
        group[0].provide("c", "f", isGroup: true)
        group[1].provide("c", "f", isGroup: true)
        #expect((0..<4).map { asked(a, .int($0), of: group) } == [["x"], ["y"], ["z"], ["x"]])
        a.call("c", "f", "f")
        #expect(group[0].takeOne()["event"] == "f")
        #expect(asked(a, 4, of: group) == ["y"])
    }

    @Test func roundRobinGoesOnWhenSomebodyGoesAndComes() {
        let test = TestHub { $0.groupPolicy = .roundRobin }
        var group = makeGroup(test, "x", "y", "z")
        let a = test.client("a")
        #expect((0..<2).map { asked(a, .int($0), of: group) } == [["x"], ["y"]])
        group[2].hangUp()
        group.removeLast()
        a.take()
        let next = (2..<6).map { asked(a, .int($0), of: group) }
        #expect(next == [["x"], ["y"], ["x"], ["y"]])
        group.append(test.client("w"))
        group[2].provide("c", "e", isGroup: true)
        #expect(Set((6..<9).flatMap { asked(a, .int($0), of: group) }) == ["x", "y", "w"])
    }

    @Test(arguments: HubSettings.GroupPolicy.allCases) func aSendReachesOneOfTheGroup(policy: HubSettings.GroupPolicy) {
        let test = TestHub { $0.groupPolicy = policy }
        let group = makeGroup(test, "x", "y")
        let a = test.client("a")
        for number in 0..<4 { a.send("send", ["channel": "c", "event": "e", "data": .int(number)]) }
        let got = group.map { $0.takeData() }
        switch policy {
        case .leastActive: #expect(got == [[0, 1, 2, 3], []])
        case .roundRobin: #expect(got == [[0, 2], [1, 3]])
        }
    }

    @Test func whenOneGoesTheOthersGoOn() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y")
        let a = test.client("a")
        let listener = test.client("listener")
        #expect(asked(a, 0, of: group) == ["x"])
        group[0].hangUp()
        #expect(a.takeOne()["reason"] == "provider_lost")
        #expect(listener.join("c").first?["events"]?["e"] == nil)
        // The owner of the channel went, and all who were in it with it.
        a.call("c", "e", 1)
        #expect(a.takeOne()["reason"] == "no_provider")
    }

    @Test func underPromoteTheNextOfTheGroupStandsForTheEvent() {
        let test = TestHub { $0.channelPolicy = .promote }
        let group = makeGroup(test, "x", "y")
        let a = test.client("a")
        group[0].hangUp()
        #expect(a.join("c").first?["events"]?["e"]?["owner"] == "y")
        #expect(asked(a, 1, of: group) == ["y"])
    }

    @Test func registeringAgainKeepsThePlaceInTheGroup() {
        let test = TestHub()
        let group = makeGroup(test, "x", "y")
        group[0].provide("c", "e", isGroup: true)
        let a = test.client("a")
        #expect((0..<3).map { asked(a, .int($0), of: group) } == [["x"], ["y"], ["x"]])
        group[0].hangUp()
        #expect(test.hub.calls.count == 1)
    }
}
