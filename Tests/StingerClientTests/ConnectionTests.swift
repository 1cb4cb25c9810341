import Glibc
import MessagePack
import NIOCore
import NIOPosix
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
            let wary = try await HubClient.connect(configuration)
            #expect(await wary.hubID == "hub-1")
        }
    }

    @Test("takes the first address that answers")
    func addresses() async throws {
        try await TestHub.with { hub in
            var configuration = HubClientConfiguration(addresses: ["unix:\(hub.path)-gone", hub.address], id: "client")
            configuration.reconnect = .never
            let client = try await HubClient.connect(configuration)
            #expect(await client.hubID == "hub-1")
        }
    }

    @Test("waits for a hub that is not there yet, if that is wanted")
    func waitsForHub() async throws {
        try await TestHub.idle { hub in
            var policy = Self.quick
            policy.waitsForFirstConnection = true
            let connecting = Task { [policy] in try await hub.client("client", reconnect: policy) }
            try await hub.running {
                let client = try await connecting.value
                #expect(await client.hubID == "hub-1")
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
            let before = try await hub.running { try await Registered(on: hub, Self.quick) }
            #expect(try await code { try await before.pending.value } == .linkLost)
            #expect(try await code { try await before.streaming.value } == .linkLost)
            #expect(try await code { try await before.add() } == .linkLost)
            #expect(try await code { try await before.caller.broadcast("x", 1) } == .linkLost)
            #expect(!before.publisher.hasSubscribers)
            try await hub.running {
                try await until("the provider is back") { try await code { try await before.add() } == nil }
                try await until("the subscription is back") { before.publisher.hasSubscribers }
                try await before.publisher.publish(7)
                var news = before.news.makeAsyncIterator()
                #expect(try await news.next() == 7)
                try await before.provider.broadcast("back", 8)
                var heard = before.heard.makeAsyncIterator()
                #expect(try await heard.next()?.event == "back")
            }
            await before.client.close()
            var connections = 0
            for await event in before.client.events {
                if case .connected(let hub) = event {
                    #expect(hub == "hub-1")
                    connections += 1
                }
            }
            #expect(connections == 2)
        }
    }

    /// Two clients with one of everything between them.
    private struct Registered: Sendable {
        let client: HubClient
        let provider: HubClientChannel
        let caller: HubClientChannel
        let publisher: HubPublisher<Int>
        let news: HubSequence<Int>
        let heard: HubSequence<HubMessage>
        let pending: Task<Void, any Error>
        let streaming: Task<Void, any Error>

        init(on hub: TestHub, _ policy: ReconnectPolicy) async throws {
            client = try await hub.client("caller", reconnect: policy)
            let provider = try await hub.client("provider", reconnect: policy).channel("plain")
            let caller = try await client.channel("plain")
            let started = Counter()
            try await provider.provide("add", taking: Numbers.self) { Sum(sum: $0.parameters.a + $0.parameters.b) }
            try await provider.provide("slow", taking: Int.self) { _ -> Int in
                started.add()
                return try await untilCancelled {}
            }
            try await provider.provideStream("endless", taking: Int.self, of: Int.self) { _, chunks in
                started.add()
                for number in 0... { try await chunks.send(number) }
            }
            publisher = try await provider.declareSubscription("news", of: Int.self)
            news = try await caller.subscribe("news", as: Int.self)
            heard = try await caller.broadcasts()
            pending = Task { let _: Int = try await caller.call("slow", 1) }
            streaming = Task {
                for try await _ in caller.stream("endless", 0, as: Int.self) {}
            }
            try await until("the call and the stream have arrived") { started.count == 2 }
            self.provider = provider
            self.caller = caller
        }

        func add() async throws {
            let sum: Sum = try await caller.call("add", Numbers(a: 1, b: 2))
            #expect(sum == Sum(sum: 3))
        }
    }

    @Test("a client that only listens is not taken for dead, however much it hears")
    func listener() async throws {
        try await TestHub.with(idleTimeout: .seconds(2)) { hub in
            var configuration = HubClientConfiguration(addresses: [hub.address], id: "listener")
            configuration.reconnect = .never
            configuration.heartbeatInterval = .milliseconds(500)
            let heard = try await HubClient.connect(configuration).channel("plain").broadcasts()
            let speaker = try await hub.client("speaker").channel("plain")
            let speaking = Task {
                while !Task.isCancelled {
                    try await speaker.broadcast("word", 1)
                    try await ContinuousClock().sleep(for: .milliseconds(20))
                }
            }
            defer { speaking.cancel() }
            let end = ContinuousClock.now + .seconds(4)
            for try await _ in heard where ContinuousClock.now > end { return }
            Issue.record("the hub has hung up")
        }
    }

    @Test("a hub that says nothing more is given up")
    func silentHub() async throws {
        try await TestHub.idle { hub in
            // Answers the handshake and nothing else.
            let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DeafHub())
                    }
                }
                .bind(unixDomainSocketPath: hub.path).get()
            var configuration = HubClientConfiguration(addresses: [hub.address], id: "client")
            configuration.reconnect = .never
            configuration.heartbeatInterval = .milliseconds(50)
            let client = try await HubClient.connect(configuration)
            #expect(try await code { _ = try await client.channel("plain") } == .linkLost)
            try await listener.close()
            unlink(hub.path)
        }
    }

    /// Lets a client in, and is silent from then on.
    private final class DeafHub: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var hasAnswered = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasAnswered else { return }
            hasAnswered = true
            let body = MessagePackValue.map([
                .init("type", "identified"), .init("client_id", "client"), .init("server_id", "deaf"),
            ]).encoded
            var frame = ByteBuffer(integer: UInt32(body.count))
            frame.writeBytes(body)
            context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
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
                try await code {
                    let answer: Int = try await late.call("echo", 2)
                    #expect(answer == 2)
                } == nil
            }
        }
    }
}
