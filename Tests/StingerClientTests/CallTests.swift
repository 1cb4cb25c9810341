import StingerClient
import Testing

@Suite("Calls", .timeLimit(.minutes(1)))
struct CallTests {
    /// A provider and a caller on one channel.
    private func pair(
        _ body: (_ provider: HubClientChannel, _ caller: HubClientChannel) async throws -> Void
    ) async throws {
        try await TestHub.with { hub in
            let provider = try await hub.client("provider").channel("plain")
            let caller = try await hub.client("caller").channel("plain")
            try await body(provider, caller)
        }
    }

    @Test("are answered")
    func answers() async throws {
        try await pair { provider, caller in
            try await provider.provide("add", taking: Numbers.self) { request in
                #expect(request.sender == "caller" && request.channel == "plain" && request.event == "add")
                return Sum(sum: request.parameters.a + request.parameters.b)
            }
            #expect(try await caller.call("add", Numbers(a: 20, b: 22)) == Sum(sum: 42))
        }
    }

    @Test("by the hundred each get their own answer")
    func many() async throws {
        try await pair { provider, caller in
            try await provider.provide("echo", taking: Int.self) { $0.parameters }
            try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for number in 0..<500 { group.addTask { (number, try await caller.call("echo", number)) } }
                for try await (asked, answered) in group { #expect(asked == answered) }
            }
        }
    }

    @Test("carry megabytes, and any value")
    func payloads() async throws {
        try await pair { provider, caller in
            try await provider.provide("echo", taking: HubValue.self) { $0.parameters }
            let large: HubValue = .binary([UInt8](repeating: 0xC1, count: 3_000_000))
            #expect(try await caller.call("echo", large) == large)
            let mixed: HubValue = ["a": [1, nil, true, 1.5, "ä☂𝄞"], "b": .ext(type: 5, [1, 2]), "c": .uint(.max)]
            #expect(try await caller.call("echo", mixed) == mixed)
            #expect(try await caller.call("echo", HubValue.null) == HubValue.null)
        }
    }

    @Test("to an event that nobody provides say so")
    func noProvider() async throws {
        try await pair { _, caller in
            let error = await #expect(throws: HubClientError.self) {
                let _: Int = try await caller.call("nothing", 1)
            }
            #expect(error?.code == .noProvider)
            #expect(error?.description == "No provider for plain:nothing")
        }
    }

    @Test("end with the provider's words when it throws")
    func providerFails() async throws {
        struct Odd: Error, CustomStringConvertible {
            let description = "that is odd"
        }
        try await pair { provider, caller in
            try await provider.provide("odd", taking: Int.self) { _ -> Int in throw Odd() }
            try await provider.provide("picky", taking: Numbers.self) { $0.parameters }
            let odd = await #expect(throws: HubClientError.self) { let _: Int = try await caller.call("odd", 1) }
            #expect(odd == HubClientError(.failed, "that is odd"))
            let picky = await #expect(throws: HubClientError.self) {
                let _: Numbers = try await caller.call("picky", ["a": 1])
            }
            #expect(picky?.code == .failed || picky?.code == .invalidData)
            #expect(picky?.message.contains("there is no key \"b\"") == true)
        }
    }

    @Test("say so when the answer is of another shape")
    func wrongShape() async throws {
        try await pair { provider, caller in
            try await provider.provide("text", taking: Int.self) { _ in "text" }
            #expect(try await code { let _: Int = try await caller.call("text", 1) } == .invalidData)
        }
    }

    @Test("end at the deadline, and the provider hears of it")
    func deadline() async throws {
        try await pair { provider, caller in
            let cancelled = Counter()
            try await provider.provide("slow", taking: Int.self) { _ -> Int in
                try await untilCancelled { cancelled.add() }
            }
            #expect(
                try await code { let _: Int = try await caller.call("slow", 1, timeout: .milliseconds(50)) }
                    == .deadline
            )
            try await until("the provider's task is cancelled") { cancelled.count == 1 }
        }
    }

    @Test("that are cancelled cancel their provider's task")
    func cancellation() async throws {
        try await pair { provider, caller in
            let started = Counter()
            let cancelled = Counter()
            try await provider.provide("slow", taking: Int.self) { _ -> Int in
                started.add()
                return try await untilCancelled { cancelled.add() }
            }
            let call = Task { let _: Int = try await caller.call("slow", 1) }
            try await until("the call has arrived") { started.count == 1 }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            try await until("the provider's task is cancelled") { cancelled.count == 1 }
            // The link is as good as before.
            try await provider.provide("fast", taking: Int.self) { $0.parameters + 1 }
            #expect(try await caller.call("fast", 1) == 2)
        }
    }

    @Test("end at once when their provider goes")
    func providerLost() async throws {
        try await TestHub.with { hub in
            let client = try await hub.client("caller")
            let caller = try await client.channel("plain")
            let provider = try await hub.client("provider")
            let started = Counter()
            try await provider.channel("plain").provide("slow", taking: Int.self) { _ -> Int in
                started.add()
                return try await untilCancelled {}
            }
            let call = Task { let _: Int = try await caller.call("slow", 1) }
            try await until("the call has arrived") { started.count == 1 }
            await provider.close()
            #expect(try await code { try await call.value } == .providerLost)
        }
    }

    @Test("end at once when this client is closed, and cannot begin any more")
    func closed() async throws {
        try await TestHub.with { hub in
            let client = try await hub.client("client")
            let channel = try await client.channel("plain")
            let started = Counter()
            try await channel.provide("slow", taking: Int.self) { _ -> Int in
                started.add()
                return try await untilCancelled {}
            }
            let call = Task { let _: Int = try await channel.call("slow", 1) }
            try await until("the call has arrived") { started.count == 1 }
            await client.close()
            #expect(try await code { try await call.value } == .closed)
            #expect(try await code { let _: Int = try await channel.call("slow", 1) } == .closed)
            #expect(try await code { _ = try await client.channel("other") } == .closed)
            #expect(await client.hubID == nil)
        }
    }

    @Test("beyond the bound of a provider are refused")
    func overloaded() async throws {
        try await TestHub.with { hub in
            var configuration = HubClientConfiguration(addresses: [hub.address], id: "provider")
            configuration.limits.handlerMaximum = 2
            let provider = try await HubClient.connect(configuration).channel("plain")
            let started = Counter()
            try await provider.provide("slow", taking: Int.self) { _ -> Int in
                started.add()
                return try await untilCancelled {}
            }
            let caller = try await hub.client("caller").channel("plain")
            let calls = (0..<2).map { _ in Task { let _: Int = try await caller.call("slow", 1) } }
            try await until("two calls have arrived") { started.count == 2 }
            #expect(try await code { let _: Int = try await caller.call("slow", 1) } == .overloaded)
            for call in calls { call.cancel() }
        }
    }

    @Test("are refused after the event was withdrawn, and another client may provide it")
    func withdrawal() async throws {
        try await pair { provider, caller in
            let provision = try await provider.provide("event", taking: Int.self) { _ in 1 }
            #expect(try await caller.call("event", 0) == 1)
            #expect(try await code { try await caller.provide("event", taking: Int.self) { _ in 2 } } == .refused)
            try await provision.withdraw()
            #expect(try await code { let _: Int = try await caller.call("event", 0) } == .noProvider)
            try await caller.provide("event", taking: Int.self) { _ in 2 }
            #expect(try await provider.call("event", 0) == 2)
        }
    }

    @Test("of a group are spread over its members")
    func group() async throws {
        try await TestHub.with { hub in
            let caller = try await hub.client("caller").channel("plain")
            let started = Counter()
            for id in ["one", "two"] {
                let member = try await hub.client(id).channel("plain")
                try await member.group("team").provide("work", taking: Int.self) { _ in
                    started.add()
                    try await until("both are asked") { started.count == 2 }
                    return id
                }
            }
            async let first: String = caller.group("team").call("work", 0)
            async let second: String = caller.group("team").call("work", 0)
            #expect(Set([try await first, try await second]) == ["one", "two"])
            #expect(try await code { try await caller.provide("team.work", taking: Int.self) { _ in 1 } } == .refused)
        }
    }
}

/// Suspends until the task is cancelled.
func untilCancelled<Value>(_ then: () -> Void) async throws -> Value {
    do {
        try await ContinuousClock().sleep(for: .seconds(60))
    } catch {
        then()
        throw error
    }
    throw HubClientError(.failed, "nobody cancelled this task")
}
