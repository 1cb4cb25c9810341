import MQTTProtocol
import NIOCore
import TestBrokers
import TestSupport

/// Drives one session against one broker in steps of a millisecond.
final class SessionWire {
    private struct Chunk {
        let bytes: ByteBuffer
        let arrivesAt: Int
    }

    let broker: TestBroker
    var client: SessionClient
    private(set) var cutCount = 0
    private(set) var tags: [UInt64] = []
    private(set) var sentUp: [Delivery] = []
    private(set) var sentDown: [Delivery] = []
    private let testCase: SessionWireTests.Case
    private let messageCount: Int
    private var generator: SeededGenerator
    private var connection: TestBrokerConnection?
    private var upward: [Chunk] = []
    private var downward: [Chunk] = []
    private var millisecond = 0
    private var dialsAt = 0
    private var isSubscribed = false
    /// Messages that came and are acknowledged later, in any order.
    private var open: [SessionClient.Received] = []
    private var seenCount = 0

    init(_ testCase: SessionWireTests.Case, messageCount: Int) {
        self.testCase = testCase
        self.messageCount = messageCount
        generator = SeededGenerator(seed: testCase.seed)
        var limits = TestBrokerLimits()
        limits.receiveMaximum = UInt16(testCase.window)
        limits.topicAliasMaximum = 2
        limits.aliasesUsed = 2
        broker = TestBroker(limits: limits)
        var settings = MQTTClientSession.Settings(clientID: "bridge")
        settings.version = testCase.version
        settings.sessionExpiry = 3600
        settings.window = testCase.window
        settings.keepAlive = 1
        settings.ackTimeout = .milliseconds(200)
        client = SessionClient(settings)
        client.acknowledges = false
    }

    private var now: NIODeadline { .uptimeNanoseconds(UInt64(millisecond) * 1_000_000) }

    func run() {
        while millisecond < 60_000, !isQuiet {
            step()
            millisecond += 1
        }
    }

    private var isQuiet: Bool {
        sentDown.count == messageCount && sentUp.count == messageCount && upward.isEmpty && downward.isEmpty
            && open.isEmpty && client.session.inFlightCount == 0 && client.session.outboxCount == 0
            && client.session.isConnected && millisecond > 3_000
    }

    private func step() {
        if connection == nil, millisecond >= dialsAt { dial() }
        if client.session.nextDeadline <= now { client.session.deadlineReached(now: now) }
        publish()
        deliver()
        acknowledgeSome()
        client.drain()
        flush()
        let mayCut = millisecond < 2_500 && connection != nil
        if mayCut, Int.random(in: 0..<60, using: &generator) == 0 { cut() }
        if connection?.isClosed == true, downward.isEmpty { hangUp() }
        if client.session.nextEvent() == nil, connection != nil, isOver { hangUp() }
    }

    /// The session has closed the connection by itself.
    private var isOver: Bool { client.failures.count > handledFailureCount }
    private var handledFailureCount = 0

    private func dial() {
        connection = broker.connect()
        client.session.connected(now: now)
        isSubscribed = false
    }

    private func publish() {
        subscribeWhenNeeded()
        let mayPublish = client.connections.count > 0 && Int.random(in: 0..<40, using: &generator) == 0
        // In bursts, so that several messages of one topic are on their way when the wire is cut.
        for _ in 0..<(mayPublish ? min(10, messageCount - sentUp.count) : 0) {
            let number = sentUp.count
            let qos = QoS(rawValue: UInt8(number % 3)) ?? .atMostOnce
            let topic = "up/\(number % 2)/\(qos.rawValue)"
            let outcome = client.publish(topic, "\(number)", qos: qos, tag: UInt64(number), now: now)
            sentUp.append(Delivery(topic, Array("\(number)".utf8)))
            if outcome == .queued { tags.append(UInt64(number)) }
        }
        let canSendDown = sentDown.count < messageCount && broker.hasSession("bridge") && !client.subscribed.isEmpty
        let sendsDown = canSendDown && Int.random(in: 0..<40, using: &generator) == 0
        for _ in 0..<(sendsDown ? min(10, messageCount - sentDown.count) : 0) {
            let number = sentDown.count
            let qos = QoS(rawValue: UInt8(number % 3)) ?? .atMostOnce
            let topic = "down/\(number % 2)/\(qos.rawValue)"
            broker.publish(TestBroker.Message(topic: topic, payload: Array("\(number)".utf8), qos: qos))
            sentDown.append(Delivery(topic, Array("\(number)".utf8)))
        }
    }

    private func subscribeWhenNeeded() {
        guard client.session.isConnected, !isSubscribed else { return }
        isSubscribed = client.subscribe("down/#", qos: .exactlyOnce) != 0
    }

    private func deliver() {
        while let chunk = upward.first, chunk.arrivesAt <= millisecond {
            upward.removeFirst()
            connection?.receive(chunk.bytes)
        }
        while let chunk = downward.first, chunk.arrivesAt <= millisecond {
            downward.removeFirst()
            client.receive(chunk.bytes, now: now)
        }
        for message in client.received[seenCount...] where message.qos != .atMostOnce { open.append(message) }
        seenCount = client.received.count
    }

    private func acknowledgeSome() {
        guard !open.isEmpty, Int.random(in: 0..<4, using: &generator) == 0 else { return }
        let message = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
        client.session.acknowledge(packetID: message.packetID, epoch: message.epoch, reason: .success)
    }

    private func flush() {
        if let bytes = client.session.takeOutput() { upward.append(chunk(bytes, after: upward)) }
        if let bytes = connection?.takeOutput() { downward.append(chunk(bytes, after: downward)) }
    }

    private func chunk(_ bytes: ByteBuffer, after chunks: [Chunk]) -> Chunk {
        let arrivesAt = millisecond + 1 + Int.random(in: 0..<6, using: &generator)
        return Chunk(bytes: bytes, arrivesAt: max(arrivesAt, chunks.last?.arrivesAt ?? 0))
    }

    /// Some of what is on its way still arrives, up to any byte.
    private func cut() {
        cutCount += 1
        deliverPrefix(of: upward) { connection?.receive($0) }
        if testCase.losesSessions, Bool.random(using: &generator) { broker.forgetSessions() }
        deliverPrefix(of: downward) { client.receive($0, now: now) }
        for message in client.received[seenCount...] where message.qos != .atMostOnce { open.append(message) }
        seenCount = client.received.count
        hangUp()
    }

    private func deliverPrefix(of chunks: [Chunk], _ receive: (ByteBuffer) -> Void) {
        var all = ByteBuffer()
        for chunk in chunks { all.writeImmutableBuffer(chunk.bytes) }
        let count = Int.random(in: 0...all.readableBytes, using: &generator)
        if count > 0, let bytes = all.readSlice(length: count) { receive(bytes) }
    }

    private func hangUp() {
        handledFailureCount = client.failures.count
        connection?.transportClosed()
        connection = nil
        client.session.disconnected()
        client.drain()
        upward.removeAll()
        downward.removeAll()
        dialsAt = millisecond + Int.random(in: 1..<40, using: &generator)
    }
}
