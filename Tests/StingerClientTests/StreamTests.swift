import StingerClient
import Testing

@Suite("Streams", .timeLimit(.minutes(1)))
struct StreamTests {
    private func pair(
        _ body: (_ provider: HubClientChannel, _ reader: HubClientChannel) async throws -> Void
    ) async throws {
        try await TestHub.with { hub in
            let provider = try await hub.client("provider").channel("plain")
            let reader = try await hub.client("reader").channel("plain")
            try await body(provider, reader)
        }
    }

    @Test("bring every chunk in order, and end")
    func chunks() async throws {
        try await pair { provider, reader in
            try await provider.provideStream("count", taking: Int.self, of: Int.self) { request, chunks in
                for number in 0..<request.parameters { try await chunks.send(number) }
            }
            for length in [0, 1, 5, 2_000] {
                var got: [Int] = []
                for try await number in reader.stream("count", length, as: Int.self) { got.append(number) }
                #expect(got == Array(0..<length))
            }
        }
    }

    @Test("run side by side")
    func sideBySide() async throws {
        try await pair { provider, reader in
            try await provider.provideStream("count", taking: Int.self, of: Int.self) { request, chunks in
                for number in 0..<request.parameters { try await chunks.send(number) }
            }
            try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for length in [10, 200, 300] {
                    group.addTask {
                        var count = 0
                        for try await _ in reader.stream("count", length, as: Int.self) { count += 1 }
                        return (length, count)
                    }
                }
                for try await (length, count) in group { #expect(length == count) }
            }
        }
    }

    @Test("end with the provider's error after the chunks before it")
    func failure() async throws {
        try await pair { provider, reader in
            try await provider.provideStream("break", taking: Int.self, of: Int.self) { _, chunks in
                try await chunks.send(1)
                throw HubClientError(.failed, "no more")
            }
            var got: [Int] = []
            let error = await #expect(throws: HubClientError.self) {
                for try await number in reader.stream("break", 0, as: Int.self) { got.append(number) }
            }
            #expect(error == HubClientError(.failed, "no more"))
            #expect(got == [1])
        }
    }

    @Test("to nobody say so")
    func noProvider() async throws {
        try await pair { _, reader in
            let result = try await code {
                for try await _ in reader.stream("nothing", 0, as: Int.self) {}
            }
            #expect(result == .noProvider)
        }
    }

    @Test("of a plain event have one chunk")
    func plainEvent() async throws {
        try await pair { provider, reader in
            try await provider.provide("one", taking: Int.self) { $0.parameters }
            var got: [Int] = []
            for try await number in reader.stream("one", 7, as: Int.self) { got.append(number) }
            #expect(got == [7])
        }
    }

    @Test("that are left early cancel their provider")
    func leftEarly() async throws {
        try await pair { provider, reader in
            let cancelled = Counter()
            try await provider.provideStream("endless", taking: Int.self, of: Int.self) { _, chunks in
                do {
                    for number in 0... { try await chunks.send(number) }
                } catch {
                    cancelled.add()
                }
            }
            for try await number in reader.stream("endless", 0, as: Int.self) where number == 3 { break }
            try await until("the provider hears of it") { cancelled.count == 1 }
        }
    }

    @Test("whose reader is cancelled cancel their provider")
    func readerCancelled() async throws {
        try await pair { provider, reader in
            let started = Counter()
            let cancelled = Counter()
            try await provider.provideStream("silent", taking: Int.self, of: Int.self) { _, _ in
                started.add()
                let _: Int = try await untilCancelled { cancelled.add() }
            }
            let task = Task { for try await _ in reader.stream("silent", 0, as: Int.self) {} }
            try await until("the stream has begun") { started.count == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await until("the provider hears of it") { cancelled.count == 1 }
        }
    }

    @Test("end at the deadline when no chunk comes")
    func deadline() async throws {
        try await pair { provider, reader in
            let cancelled = Counter()
            try await provider.provideStream("silent", taking: Int.self, of: Int.self) { _, chunks in
                try await chunks.send(1)
                let _: Int = try await untilCancelled { cancelled.add() }
            }
            var got: [Int] = []
            let result = try await code {
                let stream = reader.stream("silent", 0, as: Int.self, timeout: .seconds(1))
                for try await number in stream { got.append(number) }
            }
            #expect(result == .deadline)
            #expect(got == [1])
            try await until("the provider hears of it") { cancelled.count == 1 }
        }
    }

    @Test("that nobody reads hold their provider back, and lose nothing")
    func backPressure() async throws {
        try await pair { provider, reader in
            let sent = Counter()
            let chunk = [UInt8](repeating: 7, count: 10_000)
            let count = 10_000
            try await provider.provideStream("flood", taking: Int.self, of: [UInt8].self) { _, chunks in
                for _ in 0..<count {
                    try await chunks.send(chunk)
                    sent.add()
                }
            }
            var iterator = reader.stream("flood", 0, as: [UInt8].self).makeAsyncIterator()
            #expect(try await iterator.next() == chunk)
            // The provider comes to a halt: as many chunks as wait in the memory of the three programs, and not all of them.
            var last = -1
            try await until("the provider halts") {
                let before = last
                last = sent.count
                try await ContinuousClock().sleep(for: .milliseconds(100))
                return before == last && last > 0
            }
            #expect(sent.count < count / 2)
            var got = 1
            while try await iterator.next() != nil { got += 1 }
            #expect(got == count)
        }
    }

    @Test("that nobody reads do not hold back calls, nor the streams begun meanwhile")
    func callsBesides() async throws {
        try await pair { provider, reader in
            let chunk = [UInt8](repeating: 7, count: 10_000)
            try await provider.provideStream("much", taking: Int.self, of: [UInt8].self) { _, chunks in
                for _ in 0..<1_000 { try await chunks.send(chunk) }
            }
            try await provider.provide("add", taking: Numbers.self) { $0.parameters.a + $0.parameters.b }
            var count = 0
            for try await _ in reader.stream("much", 0, as: [UInt8].self) {
                count += 1
                guard count.isMultiple(of: 100) else { continue }
                #expect(try await reader.call("add", Numbers(a: count, b: 1)) == count + 1)
                var inner = 0
                for try await _ in reader.stream("much", 0, as: [UInt8].self) {
                    inner += 1
                    if inner == 5 { break }
                }
                #expect(inner == 5)
            }
            #expect(count == 1_000)
        }
    }
}
