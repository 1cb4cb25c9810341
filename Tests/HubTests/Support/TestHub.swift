import HubProtocol
import Logging
import NIOCore
import Testing

@testable import Hub

/// A hub in virtual time, whose clients are values in memory instead of sockets. It does what the hub's driver does.
final class TestHub {
    let hub: Hub
    private(set) var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private var clients: [ObjectIdentifier: TestClient] = [:]
    /// What the hub wanted done with connections that it had been told are gone.
    private(set) var strayOutputCount = 0
    private var isCarryingOut = false
    private var isGathering = false
    private var hangingUp: [TestClient] = []

    /// When virtual time begins, in seconds since 1970.
    static let firstSecond = 1_700_000_000

    init(_ configure: (inout HubSettings) -> Void = { _ in }) {
        var settings = HubSettings(hubID: "hub")
        configure(&settings)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        hub = Hub(settings: settings, logger: logger, now: now, unixSeconds: Self.firstSecond)
    }

    var unixSeconds: Int { Self.firstSecond + Int(now.uptimeNanoseconds / 1_000_000_000) - 1 }

    // MARK: Clients

    /// Connects without a word.
    func connect(_ id: String = "", host: String = "host") -> TestClient {
        readClock()
        let client = TestClient(id, of: self, hub.open(address: "\(host):1", host: host))
        clients[ObjectIdentifier(client.connection)] = client
        settle()
        return client
    }

    /// Connects a client and identifies it, as one of comm-ipc 0.1.16 that has read what it got.
    func client(_ id: String, mode: String? = "client", host: String = "host") -> TestClient {
        let client = connect(id, host: host)
        client.send(
            "identify",
            mode.map { ["client_id": .string(id), "mode": .string($0)] } ?? ["client_id": .string(id)]
        )
        #expect(client.take().last?.type == "identified")
        return client
    }

    /// Connects a client that speaks stinger, and has read what it got.
    func stinger(_ id: String, mode: String = "client") -> TestClient {
        let client = connect(id)
        client.send("identify", ["client_id": .string(id), "mode": .string(mode), "stinger": 1])
        #expect(client.take().last?.type == "identified")
        return client
    }

    /// The same of a bridge.
    func bridge(_ id: String) -> TestClient { stinger(id, mode: "bridge") }

    /// Takes in an end that lies in the hub's process.
    func attach(_ id: String, mode: ClientMode = .bridge) -> TestClient {
        readClock()
        let connection = hub.attach(id: Name(id), mode: mode, address: "memory")
        let client = TestClient(connection.id.text, of: self, connection)
        clients[ObjectIdentifier(connection)] = client
        settle()
        return client
    }

    /// The hub says something of its own.
    func announce(_ event: String, _ fields: [(StaticString, String)], isError: Bool) {
        readClock()
        hub.announce(event, fields, isError: isError)
        settle()
    }

    /// Every client has read what it got.
    func quiet() {
        for client in clients.values { client.take() }
    }

    func drops(_ reason: DropReason) -> UInt64 { hub.drops[reason] }

    // MARK: Input

    func receive(_ bytes: ByteBuffer, from client: TestClient) {
        guard !client.isGone else { return }
        readClock()
        var rest = bytes
        while hub.receive(&rest, from: client.connection) { carryOut() }
        if hub.hasOutput || !isGathering { settle() }
    }

    /// All that happens in `body` is one read cycle: its output leaves at the end.
    func inOneCycle(_ body: () -> Void) {
        isGathering = true
        body()
        isGathering = false
        settle()
    }

    func hangUp(_ client: TestClient) {
        guard !client.isGone else { return }
        readClock()
        forget(client)
        hub.closed(client.connection)
        if !isGathering { settle() }
    }

    func writabilityChanged(_ client: TestClient, _ isWritable: Bool) {
        readClock()
        hub.writabilityChanged(client.connection, isWritable: isWritable)
        settle()
    }

    func closeAll() {
        readClock()
        hub.closeAll()
        settle()
    }

    // MARK: Time

    private func readClock() { hub.advance(to: now, unixSeconds: unixSeconds) }

    /// Lets time pass; each deadline of the hub rings when it comes.
    func pass(_ time: TimeAmount) {
        let end = now + time
        var ringCount = 0
        while let deadline = hub.nextDeadline, deadline <= end {
            now = max(now, deadline)
            readClock()
            hub.deadlineReached()
            settle()
            ringCount += 1
            guard ringCount < 10_000 else {
                Issue.record("the hub's deadline does not move on")
                break
            }
        }
        now = end
        readClock()
        settle()
    }

    // MARK: Output

    private func settle() {
        carryOut()
        while !isCarryingOut, let client = hangingUp.popLast() { hangUp(client) }
        // In an order that replays.
        for client in clients.values.sorted(by: { $0.connection.slot < $1.connection.slot })
        where !client.isPaused && client.unread.readableBytes > 0 {
            client.readOn()
        }
    }

    private func carryOut() {
        guard !isCarryingOut else { return }
        isCarryingOut = true
        defer { isCarryingOut = false }
        hub.flush()
        while let output = hub.nextOutput() {
            carryOut(output)
            if !hub.hasOutput { hub.flush() }
        }
    }

    private func carryOut(_ output: HubOutput) {
        switch output {
        case .send(let connection, let bytes): client(connection)?.got(bytes)
        case .drain(let connection):
            guard let client = client(connection) else { return }
            while client.takesMore, let chunk = hub.nextQueued(connection) { client.got(chunk) }
        case .close(let connection):
            guard let client = client(connection) else { return }
            client.wasClosed = true
            if !client.lingers { hangingUp.append(client) }
        case .pauseReading(let connection): client(connection)?.isPaused = true
        case .resumeReading(let connection): client(connection)?.isPaused = false
        }
    }

    private func client(_ connection: HubConnection) -> TestClient? {
        let client = clients[ObjectIdentifier(connection)]
        if client == nil { strayOutputCount += 1 }
        return client
    }

    private func forget(_ client: TestClient) {
        client.isGone = true
        clients[ObjectIdentifier(client.connection)] = nil
    }
}
