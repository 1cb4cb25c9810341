import StingerClient
import Testing

@Suite("Broadcasts, sends and subscriptions", .timeLimit(.minutes(1)))
struct MessageTests {
    private func pair(
        _ body: (_ one: HubClientChannel, _ other: HubClientChannel) async throws -> Void
    ) async throws {
        try await TestHub.with { hub in
            let one = try await hub.client("one").channel("plain")
            let other = try await hub.client("other").channel("plain")
            try await body(one, other)
        }
    }

    @Test("a broadcast reaches the others, of all events or of one")
    func broadcast() async throws {
        try await pair { one, other in
            let all = try await other.broadcasts()
            let loud = try await other.broadcasts("loud")
            let own = try await one.broadcasts()
            try await one.broadcast("quiet", 1)
            try await one.broadcast("loud", Numbers(a: 1, b: 2))
            try await other.broadcast("back", 3)
            var iterator = all.makeAsyncIterator()
            let first = try #require(try await iterator.next())
            #expect(first.event == "quiet" && first.sender == "one" && first.channel == "plain")
            #expect(try first.decode(Int.self) == 1)
            #expect(try await iterator.next()?.event == "loud")
            var loudIterator = loud.makeAsyncIterator()
            #expect(try await loudIterator.next()?.decode(Numbers.self) == Numbers(a: 1, b: 2))
            var ownIterator = own.makeAsyncIterator()
            #expect(try await ownIterator.next()?.event == "back")
        }
    }

    @Test("thousands of broadcasts arrive in order, however slow the listener")
    func manyBroadcasts() async throws {
        try await pair { one, other in
            let sequence = try await other.broadcasts()
            let payload = [UInt8](repeating: 1, count: 1_000)
            let sender = Task {
                for number in 0..<5_000 { try await one.broadcast("\(number)", payload) }
            }
            var expected = 0
            for try await message in sequence {
                guard message.event == "\(expected)" else {
                    Issue.record("\(message.event) came instead of \(expected)")
                    break
                }
                expected += 1
                if expected == 5_000 { break }
            }
            try await sender.value
        }
    }

    @Test("a listener that takes nothing while reading has to go on gets an error, not an endless queue")
    func overflow() async throws {
        try await TestHub.with { hub in
            var configuration = HubClientConfiguration(addresses: [hub.address], id: "listener")
            configuration.limits.inboxByteMaximum = 10_000
            configuration.limits.inboxByteLimit = 100_000
            let listener = try await HubClient.connect(configuration).channel("plain")
            let heard = try await listener.broadcasts()
            let speaker = try await hub.client("speaker").channel("plain")
            try await speaker.provide("slow", taking: Int.self) { _ -> Int in
                for _ in 0..<1_000 { try await speaker.broadcast("word", [UInt8](repeating: 1, count: 1_000)) }
                return 1
            }
            // While the call waits, the client cannot stop reading.
            #expect(try await listener.call("slow", 0) == 1)
            var count = 0
            let result = try await code { for try await _ in heard { count += 1 } }
            #expect(result == .overloaded)
            #expect(count > 50 && count < 200)
            // Nothing else suffers.
            let again = try await listener.broadcasts()
            try await speaker.broadcast("end", 1)
            var iterator = again.makeAsyncIterator()
            #expect(try await iterator.next()?.event == "end")
        }
    }

    @Test("a send reaches the provider's closure, and nobody else")
    func send() async throws {
        try await pair { one, other in
            let (values, continuation) = AsyncStream.makeStream(of: Int.self)
            try await one.provide("note", taking: Int.self) { request in
                continuation.yield(request.parameters)
                return request.parameters
            }
            let bystander = try await other.broadcasts()
            try await other.send("note", 5)
            try await other.send("nobody", 6)
            try await other.send("note", 7)
            var iterator = values.makeAsyncIterator()
            #expect(await iterator.next() == 5)
            #expect(await iterator.next() == 7)
            try await one.broadcast("end", 0)
            var messages = bystander.makeAsyncIterator()
            #expect(try await messages.next()?.event == "end")
        }
    }

    @Test("a publisher reaches its subscribers, and knows whether there are any")
    func subscription() async throws {
        try await pair { one, other in
            let publisher = try await one.declareSubscription("news", of: Sum.self, schema: ["title": "Sum"])
            #expect(!publisher.hasSubscribers)
            var changes = publisher.subscriberChanges.makeAsyncIterator()
            #expect(await changes.next() == false)
            // Nobody hears this one. The answer to the next request says that the hub has seen it.
            try await publisher.publish(Sum(sum: 0))
            _ = try await one.members()
            do {
                let first = try await other.subscribe("news", as: Sum.self)
                let second = try await other.subscribe("news", as: Sum.self)
                #expect(await changes.next() == true)
                #expect(publisher.hasSubscribers)
                for number in 1...3 { try await publisher.publish(Sum(sum: number)) }
                for sequence in [first, second] {
                    var iterator = sequence.makeAsyncIterator()
                    for number in 1...3 { #expect(try await iterator.next() == Sum(sum: number)) }
                }
            }
            // Both sequences are gone, so the subscription ends.
            #expect(await changes.next() == false)
            try await publisher.withdraw()
            #expect(await changes.next() == nil)
            _ = try await other.declareSubscription("news", of: Int.self)
        }
    }

    @Test("a publisher hears of subscribers who were there before it")
    func subscribersFirst() async throws {
        try await pair { one, other in
            let sequence = try await other.subscribe("news", as: Int.self)
            let publisher = try await one.declareSubscription("news", of: Int.self)
            #expect(publisher.hasSubscribers)
            try await publisher.publish(5)
            var iterator = sequence.makeAsyncIterator()
            #expect(try await iterator.next() == 5)
            #expect(try await code { _ = try await other.declareSubscription("news", of: Int.self) } == .refused)
        }
    }

    @Test("news of another shape ends its sequence with an error")
    func wrongShape() async throws {
        try await pair { one, other in
            let publisher = try await one.declareSubscription("news", of: HubValue.self)
            let sequence = try await other.subscribe("news", as: Int.self)
            try await publisher.publish(1)
            try await publisher.publish("text")
            var iterator = sequence.makeAsyncIterator()
            #expect(try await iterator.next() == 1)
            #expect(try await code { _ = try await iterator.next() } == .invalidData)
            #expect(try await iterator.next() == nil)
            try await until("the subscription has ended") { !publisher.hasSubscribers }
        }
    }

    @Test("what is on a channel can be looked at")
    func explore() async throws {
        try await TestHub.with { hub in
            let one = try await hub.client("one").channel("plain")
            let other = try await hub.client("other").channel("plain")
            let schema: HubValue = ["title": "Numbers", "type": "object"]
            try await one.provide("add", taking: Numbers.self, parameters: schema, returns: ["title": "Sum"]) {
                $0.parameters.a
            }
            try await one.provideStream("count", taking: Int.self, of: Int.self) { _, _ in }
            try await one.group("team").provide("work", taking: Int.self) { _ in 1 }
            _ = try await one.declareSubscription("news", of: Int.self, schema: ["type": "integer"])
            // One that joined before, one that joins after, and the provider itself.
            let late = try await hub.client("late").channel("plain")
            for channel in [other, late, one] {
                try await until("all is known") {
                    let contents = try await channel.explore()
                    return contents.events.count == 3 && contents.subscriptions.count == 1
                }
                let contents = try await channel.explore()
                let add = try #require(contents.events["add"])
                #expect(add.providers == ["one"] && !add.isStream && !add.isGroup)
                #expect(add.parameters == schema && add.returns == ["title": "Sum"])
                #expect(contents.events["count"]?.isStream == true)
                #expect(contents.events["team.work"]?.isGroup == true)
                #expect(contents.subscriptions["news"]?.owner == "one")
                #expect(contents.subscriptions["news"]?.schema == ["type": "integer"])
            }
            #expect(Set(try await other.members().map(\.id)) == ["one", "other", "late"])
        }
    }

    @Test("what is withdrawn, and what a client that goes leaves behind, is on the channel no more")
    func exploreDepartures() async throws {
        try await TestHub.with { hub in
            let watcher = try await hub.client("watcher").channel("plain")
            let leaver = try await hub.client("leaver")
            let channel = try await leaver.channel("plain")
            let provision = try await channel.provide("a", taking: Int.self) { _ in 1 }
            try await channel.provide("b", taking: Int.self) { _ in 1 }
            _ = try await channel.declareSubscription("news", of: Int.self)
            try await until("all is known") { try await watcher.explore().events.count == 2 }
            try await provision.withdraw()
            try await until("the withdrawal is known") { try await watcher.explore().events.keys.sorted() == ["b"] }
            await leaver.close()
            try await until("the departure is known") {
                let contents = try await watcher.explore()
                return contents.events.isEmpty && contents.subscriptions.isEmpty
            }
        }
    }

    @Test("what the hub says on its system channels comes as broadcasts")
    func systemChannel() async throws {
        try await TestHub.with { hub in
            let system = try await hub.client("watcher").channel("__comm_ipc_system")
            let news = try await system.broadcasts("new_registration")
            _ = try await hub.client("somebody").channel("plain")
            var iterator = news.makeAsyncIterator()
            while let message = try await iterator.next() {
                if try message.decode(HubValue.self)["channel"] == "plain" { break }
            }
            #expect(try await code { try await system.broadcast("new_registration", 1) } == nil)
        }
    }
}
