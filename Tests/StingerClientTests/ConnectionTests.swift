import StingerClient
import Testing

@Suite("Connecting, and coming back", .timeLimit(.minutes(1)))
struct ConnectionTests {
    private static let quick = ReconnectPolicy(firstDelay: .milliseconds(10), lastDelay: .milliseconds(50))

    @Test("needs a hub at the address")
    func unreachable() async throws {
        try await TestHub.idle { hub in
            let error = await #expect(throws: HubClientError.self) { _ = try await hub.client("client") }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains(hub.path) == true)
        }
    }

    @Test(
        "needs settings that can be used",
        arguments: [
            "", "/run/hub", "tcp:host", "tcp:host:0", "tls:host:99999", "unix:" + String(repeating: "x", count: 200),
        ]
    )
    func badAddress(_ address: String) async throws {
        #expect(try await code { _ = try await HubClient.connect(to: address, id: "client") } == .invalidSettings)
    }

    @Test("needs an id, and a policy that makes sense")
    func badSettings() async throws {
        #expect(try await code { _ = try await HubClient.connect(to: "unix:/x", id: "") } == .invalidSettings)
        let policy = ReconnectPolicy(firstDelay: .seconds(2), lastDelay: .seconds(1))
        #expect(
            try await code { _ = try await HubClient.connect(to: "unix:/x", id: "c", reconnect: policy) }
                == .invalidSettings
        )
    }

    @Test("needs the hub's secret, and an id that nobody has")
    func handshake() async throws {
        try await TestHub.with(secret: "correct horse") { hub in
            #expect(try await code { _ = try await hub.client("client") } == .unauthorized)
            #expect(try await code { _ = try await hub.client("client", secret: "wrong") } == .unauthorized)
            let client = try await hub.client("client", secret: "correct horse")
            #expect(await client.hubID == "hub-1")
            #expect(client.id == "client")
            #expect(try await code { _ = try await hub.client("client", secret: "correct horse") } == .refused)
            var configuration = HubClientConfiguration(addresses: [hub.address], id: "wary")
            configuration.secret = "correct horse"
            configuration.requiresHubProof = true
            #expect(await (try HubClient.connect(configuration)).hubID == "hub-1")
        }
    }

    @Test("takes the first address that answers")
    func addresses() async throws {
        try await TestHub.with { hub in
            var configuration = HubClientConfiguration(addresses: ["unix:\(hub.path)-gone", hub.address], id: "client")
            configuration.reconnect = .never
            #expect(await (try HubClient.connect(configuration)).hubID == "hub-1")
        }
    }

    @Test("waits for a hub that is not there yet, if that is wanted")
    func waitsForHub() async throws {
        try await TestHub.idle { hub in
            var policy = Self.quick
            policy.waitsForFirstConnection = true
            let connecting = Task { [policy] in try await hub.client("client", reconnect: policy) }
            try await hub.running {
                #expect(await (try connecting.value).hubID == "hub-1")
            }
        }
    }

    @Test("can be cancelled while it waits")
    func cancelledWait() async throws {
        try await TestHub.idle { hub in
            let policy = ReconnectPolicy(
                waitsForFirstConnection: true,
                firstDelay: .seconds(30),
                lastDelay: .seconds(30)
            )
            let connecting = Task { _ = try await hub.client("client", reconnect: policy) }
            connecting.cancel()
            await #expect(throws: CancellationError.self) { try await connecting.value }
        }
    }

    @Test("an outage ends calls and streams at once, and everything registered is there again after it")
    func outage() async throws {
        try await TestHub.idle { hub in
            let provider: HubClient
            let caller: HubClient
            (provider, caller) = try await hub.running {
                (
                    try await hub.client("provider", reconnect: Self.quick),
                    try await hub.client("caller", reconnect: Self.quick)
                )
            }
            // The hub is gone again: neither client is let down by that.
            let events = Counter()
            let watching = Task {
                for await event in caller.events {
                    if case .connected = event { events.add() }
                }
            }
            let publisher: HubPublisher<Int>
            let news: HubSequence<Int>
            let heard: HubSequence<HubMessage>
            let pending: Task<Void, any Error>
            let streaming: Task<Void, any Error>
            let there: HubClientChannel
            let here: HubClientChannel
            (publisher, news, heard, pending, streaming, there, here) = try await hub.running {
                try await until("both are back") {
                    let ids = [await provider.hubID, await caller.hubID]
                    return ids == ["hub-1", "hub-1"]
                }
                let there = try await provider.channel("plain")
                let here = try await caller.channel("plain")
                let started = Counter()
                try await there.provide("add", taking: Numbers.self) { Sum(sum: $0.parameters.a + $0.parameters.b) }
                try await there.provide("slow", taking: Int.self) { _ -> Int in
                    started.add()
                    return try await untilCancelled {}
                }
                try await there.provideStream("endless", taking: Int.self, of: Int.self) { _, chunks in
                    started.add()
                    for number in 0... { try await chunks.send(number) }
                }
                let publisher = try await there.declareSubscription("news", of: Int.self)
                let news = try await here.subscribe("news", as: Int.self)
                let heard = try await here.broadcasts()
                let pending = Task { let _: Int = try await here.call("slow", 1) }
                let streaming = Task {
                    for try await _ in here.stream("endless", 0, as: Int.self) {}
                }
                try await until("the call and the stream have arrived") { started.count == 2 }
                return (publisher, news, heard, pending, streaming, there, here)
            }
            #expect(try await code { try await pending.value } == .linkLost)
            #expect(try await code { try await streaming.value } == .linkLost)
            #expect(try await code { let _: Sum = try await here.call("add", Numbers(a: 1, b: 2)) } == .linkLost)
            #expect(try await code { try await here.broadcast("x", 1) } == .linkLost)
            #expect(!publisher.hasSubscribers)
            try await hub.running {
                try await until("the provider is back") {
                    try await code {
                        #expect(try await here.call("add", Numbers(a: 1, b: 2)) == Sum(sum: 3))
                    } == nil
                }
                try await until("the subscription is back") { publisher.hasSubscribers }
                try await publisher.publish(7)
                var newsIterator = news.makeAsyncIterator()
                #expect(try await newsIterator.next() == 7)
                try await there.broadcast("back", 8)
                var heardIterator = heard.makeAsyncIterator()
                #expect(try await heardIterator.next()?.event == "back")
            }
            await caller.close()
            await provider.close()
            await watching.value
            #expect(events.count == 3)
        }
    }

    @Test("without a reconnect policy an outage is the end")
    func noReconnect() async throws {
        try await TestHub.idle { hub in
            let client = try await hub.running {
                let client = try await hub.client("client")
                _ = try await client.channel("plain")
                return client
            }
            try await until("the client has noticed") {
                try await code { _ = try await client.channel("other") } == .linkLost
            }
            var events: [HubClientEvent] = []
            for await event in client.events { events.append(event) }
            #expect(events.first == .connected(hub: "hub-1"))
            #expect(events.count == 2)
        }
    }

    @Test("a channel whose owner goes is joined again, with all that was registered on it")
    func channelTerminated() async throws {
        try await TestHub.with { hub in
            let owner = try await hub.client("owner")
            _ = try await owner.channel("plain")
            let member = try await hub.client("member").channel("plain")
            try await member.provide("echo", taking: Int.self) { $0.parameters }
            let caller = try await hub.client("caller")
            #expect(try await caller.channel("plain").call("echo", 1) == 1)
            await owner.close()
            let late = try await hub.client("late").channel("plain")
            try await until("the provider is back") {
                try await code { #expect(try await late.call("echo", 2) == 2) } == nil
            }
        }
    }
}
