import StingerClient
import Testing

@Suite("A channel with a password", .timeLimit(.minutes(1)))
struct ProtectedChannelTests {
    private func vault(
        _ body: (_ hub: TestHub, _ one: HubClientChannel, _ other: HubClientChannel) async throws -> Void
    ) async throws {
        try await TestHub.with(passwords: ["vault": "open sesame"]) { hub in
            let one = try await hub.client("one").channel("vault", password: "open sesame")
            let other = try await hub.client("other").channel("vault", password: "open sesame")
            try await body(hub, one, other)
        }
    }

    @Test("carries signed calls, streams, broadcasts and sends")
    func messages() async throws {
        try await vault { _, one, other in
            let value: HubValue = [
                "text": "ä☂𝄞\u{7F}", "numbers": [1e-7, 1e16, -0.0, 0.1, 12_345_678_901_234_568.0], "null": nil,
                "binary": .binary([0xFF, 0x00]), "ext": .ext(type: 3, [1]), "float32": .float32(0.1),
            ]
            try await one.provide("echo", taking: HubValue.self) { $0.parameters }
            #expect(try await other.call("echo", value) == value)
            try await one.provideStream("twice", taking: HubValue.self, of: HubValue.self) { request, chunks in
                for _ in 0..<2 { try await chunks.send(request.parameters) }
            }
            var chunks: [HubValue] = []
            for try await chunk in other.stream("twice", value, as: HubValue.self) { chunks.append(chunk) }
            #expect(chunks == [value, value])
            let heard = try await other.broadcasts()
            try await one.broadcast("loud", value)
            var iterator = heard.makeAsyncIterator()
            #expect(try await iterator.next()?.decode(HubValue.self) == value)
            let (sent, continuation) = AsyncStream.makeStream(of: HubValue.self)
            try await one.provide("note", taking: HubValue.self) { request in
                continuation.yield(request.parameters)
                return 0
            }
            try await other.send("note", value)
            var notes = sent.makeAsyncIterator()
            #expect(await notes.next() == value)
        }
    }

    @Test("carries publications")
    func publications() async throws {
        try await vault { _, one, other in
            let publisher = try await one.declareSubscription("news", of: Int.self)
            let news = try await other.subscribe("news", as: Int.self)
            try await until("the publisher hears of its subscriber") { publisher.hasSubscribers }
            try await publisher.publish(5)
            var iterator = news.makeAsyncIterator()
            #expect(try await iterator.next() == 5)
        }
    }

    @Test("lets nobody in without its password")
    func passwords() async throws {
        try await vault { hub, _, _ in
            let client = try await hub.client("stranger")
            #expect(try await code { _ = try await client.channel("vault") } == .unauthorized)
            #expect(try await code { _ = try await client.channel("vault", password: "open barley") } == .unauthorized)
            let channel = try await client.channel("vault", password: "open sesame")
            #expect(try await channel.members().map(\.id).contains("stranger"))
        }
    }

    @Test("is expected where a password was given")
    func unprotected() async throws {
        try await TestHub.with { hub in
            let client = try await hub.client("client")
            #expect(try await code { _ = try await client.channel("open", password: "x") } == .refused)
        }
    }

    @Test("refuses and drops what another key has signed")
    func wrongKey() async throws {
        try await TestHub.with { hub in
            // The hub knows no signatures, so two clients that are on the channel may sign differently.
            let one = try await hub.client("one").channel("vault")
            let other = try await hub.client("other").channel("vault")
            try await one.provide("echo", taking: Int.self) { $0.parameters }
            let heard = try await other.broadcasts()
            #expect(try await other.call("echo", 1) == 1)
            try await one.setPassword("first")
            // The other one was put out, and cannot come back without the password.
            try await until("the other is out") {
                try await code { _ = try await other.explore() } == .denied
            }
            var iterator = heard.makeAsyncIterator()
            #expect(try await code { _ = try await iterator.next() } == .unauthorized)
            let again = try await hub.client("again").channel("vault", password: "first")
            #expect(try await again.call("echo", 2) == 2)
        }
    }

    @Test("is made by its owner only")
    func setPassword() async throws {
        try await TestHub.with { hub in
            let owner = try await hub.client("owner").channel("plain")
            let guest = try await hub.client("guest").channel("plain")
            #expect(try await code { try await guest.setPassword("mine") } == .refused)
            #expect(try await code { try await owner.setPassword("") } == .invalidSettings)
            try await owner.setPassword("ours")
            let client = try await hub.client("late")
            #expect(try await code { _ = try await client.channel("plain") } == .unauthorized)
        }
    }
}
