import Glibc
import Hub
import HubProtocol
import Logging
import StingerClient
import Synchronization
import Testing
import Transport

/// A real hub on a Unix socket in a folder of its own, running for as long as the body does.
struct TestHub: Sendable {
    let path: String
    var address: String { "unix:\(path)" }

    private let settings: HubSettings

    static func with<Result: Sendable>(
        secret: String? = nil,
        passwords: [String: String] = [:],
        _ body: (TestHub) async throws -> Result
    ) async throws -> Result {
        var template = Array("/tmp/sc-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(folder) }
        var settings = HubSettings(hubID: "hub-1")
        settings.connectionKey = secret.map { Proof.ConnectionKey(secret: Array($0.utf8)) }
        settings.channelKeys = passwords.mapValues { Proof.ChannelKey(password: $0.utf8) }
        let hub = TestHub(path: folder + "/hub", settings: settings)
        return try await hub.running { try await body(hub) }
    }

    /// A folder for a hub that the test starts itself.
    static func idle<Result>(_ body: (TestHub) async throws -> Result) async throws -> Result {
        var template = Array("/tmp/sc-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { rmdir(folder) }
        return try await body(TestHub(path: folder + "/hub", settings: HubSettings(hubID: "hub-1")))
    }

    func running<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
        let server = HubServer(
            settings: settings,
            addresses: [.unix(path: path)],
            logger: Logger(label: "hub") { _ in SwiftLogNoOpLogHandler() },
            onReady: { _ in continuation.yield(()) }
        )
        let task = Task {
            defer { continuation.finish() }
            try await server.run()
        }
        var isReady = false
        for await _ in ready {
            isReady = true
            break
        }
        if !isReady { try await task.value }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        task.cancel()
        _ = try? await task.value
        return try result.get()
    }

    /// A client of this hub that does not come back by itself.
    func client(_ id: String, secret: String? = nil, reconnect: ReconnectPolicy = .never) async throws -> HubClient {
        try await HubClient.connect(to: address, id: id, secret: secret, reconnect: reconnect)
    }
}

/// Asks again until the answer is true; fails after ten seconds.
func until(
    _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while try await !condition() {
        guard clock.now < end else {
            Issue.record("\(what) did not come true", sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await clock.sleep(for: .milliseconds(2))
    }
}

/// The code of the error that `body` ends with; nil when it ends well.
func code(_ body: () async throws -> Void) async throws -> HubClientError.Code? {
    do {
        try await body()
        return nil
    } catch let error as HubClientError {
        return error.code
    }
}

/// A count that tasks share.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    @discardableResult
    func add(_ more: Int = 1) -> Int {
        value.withLock {
            $0 += more
            return $0
        }
    }
}

struct Numbers: Codable, Hashable, Sendable {
    let a: Int
    let b: Int
}

struct Sum: Codable, Hashable, Sendable {
    let sum: Int
}
