import HubProtocol
import NIOCore
import TestSupport
import Testing

@testable import Hub

/// A client's session and a hub, joined by a wire that takes time and cuts what it carries where it likes; the numbers come from a seed.
final class SessionPair {
    let hub: TestHub
    private var session: HubClientSession
    private var end: TestClient
    private let delay: TimeAmount
    private var generator: SeededGenerator?

    /// What the session handed to whoever drives it.
    private var messages: [TestValue] = []
    private(set) var failure: HubClientFailure?
    /// All that the session sent.
    private(set) var sent: [TestValue] = []
    private var unreadSent = ByteBuffer()
    /// Nothing arrives any more, and nobody is told.
    var isDead = false
    /// Changes what the session says; nil: that is lost.
    var alter: (TestValue) -> TestValue? = { $0 }

    private var toHub = CircularBuffer<(at: NIODeadline, bytes: ByteBuffer)>()
    private var toSession = CircularBuffer<(at: NIODeadline, bytes: ByteBuffer)>()

    /// - Parameter seed: of the places where the wire cuts; nil: it does not.
    init(
        _ hub: TestHub = TestHub(),
        delay: TimeAmount = .zero,
        seed: UInt64? = nil,
        mode: ClientMode? = .client,
        binding: (client: [UInt8]?, hub: [UInt8]?) = (nil, nil),
        _ configure: (inout HubClientSettings) -> Void = { _ in }
    ) {
        self.hub = hub
        self.delay = delay
        generator = seed.map { SeededGenerator(seed: $0) }
        var settings = HubClientSettings(clientID: "me", mode: mode)
        settings.channelBinding = binding.client
        configure(&settings)
        end = hub.connect("me")
        end.connection.channelBinding = binding.hub
        session = HubClientSession(settings: settings, now: hub.now)
    }

    // MARK: Moving on

    /// Moves bytes until nothing moves without time passing.
    func settle() {
        while moveOut() || moveIn() {}
    }

    func pass(_ time: TimeAmount) {
        let until = hub.now + time
        settle()
        var count = 0
        while let next = [session.nextDeadline, toHub.first?.at, toSession.first?.at].compactMap({ $0 }).min(),
            next <= until, failure == nil
        {
            hub.pass(max(next, hub.now) - hub.now)
            ring()
            settle()
            count += 1
            guard count < 10_000 else {
                Issue.record("the session's deadline does not move on")
                break
            }
        }
        hub.pass(until - hub.now)
        settle()
    }

    /// Lets time pass in which the client does not run.
    func freeze(_ time: TimeAmount) { hub.pass(time) }

    /// The session's timer rings, if it is time.
    func ring() {
        do throws(HubClientFailure) {
            try session.deadlineReached(now: hub.now)
        } catch {
            fail(error)
        }
    }

    private func moveOut() -> Bool {
        var hasMoved = false
        if session.output.readableBytes > 0 {
            unreadSent.writeImmutableBuffer(session.output)
            session.output.clear()
            var bytes = ByteBuffer()
            do {
                while let frame = try unreadSent.readFrame() {
                    sent.append(frame)
                    if let frame = alter(frame) { bytes.writeFrame(frame) }
                }
            } catch {
                Issue.record("the session sent what can't be read")
            }
            if !isDead { toHub.append((hub.now + delay, bytes)) }
            hasMoved = true
        }
        while let next = toHub.first, next.at <= hub.now {
            toHub.removeFirst()
            for piece in cut(next.bytes) { end.send(piece) }
            hasMoved = true
        }
        return hasMoved
    }

    private func moveIn() -> Bool {
        var bytes = ByteBuffer()
        for chunk in end.chunks { bytes.writeImmutableBuffer(chunk) }
        end.take()
        if bytes.readableBytes > 0, !isDead { toSession.append((hub.now + delay, bytes)) }
        guard let next = toSession.first, next.at <= hub.now else { return false }
        toSession.removeFirst()
        for piece in cut(next.bytes) { feed(piece) }
        return true
    }

    private func cut(_ bytes: ByteBuffer) -> [ByteBuffer] {
        guard var generator else { return [bytes] }
        defer { self.generator = generator }
        var rest = bytes
        var pieces: [ByteBuffer] = []
        while rest.readableBytes > 0,
            let piece = rest.readSlice(length: .random(in: 1...rest.readableBytes, using: &generator))
        {
            pieces.append(piece)
        }
        return pieces
    }

    /// Bytes reach the session, from the hub or from somebody who plays it.
    func feed(_ bytes: ByteBuffer) {
        guard failure == nil, bytes.readableBytes > 0 else { return }
        session.received(now: hub.now)
        bytes.withUnsafeReadableBytes { raw in
            var input = FrameInput(raw)
            do throws(HubClientFailure) {
                while let message = try session.next(&input) { keep(message) }
            } catch {
                fail(error)
            }
        }
    }

    func feed(_ frames: TestValue...) {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeFrame(frame) }
        feed(bytes)
    }

    private func keep(_ message: HubClientSession.Message) {
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(message.body.count))
        frame.writeBytes(message.body)
        if let value = try? frame.readFrame() {
            messages.append(value)
        } else {
            Issue.record("a message can't be read")
        }
    }

    private func fail(_ failure: HubClientFailure) {
        self.failure = failure
        end.hangUp()
    }

    // MARK: The session

    func register(_ channel: String, event: String? = nil) -> String {
        session.register(channel: channel, event: event)
    }
    func makeRequestID() -> String { session.makeRequestID() }

    /// Says something by way of the session.
    func send(_ type: String, _ fields: TestValue) { session.output.writeFrame(TestClient.message(type, fields)) }

    // MARK: Looking in

    var state: HubClientSession.State { session.state }
    var isReady: Bool { session.isReady }

    /// The messages since the last time.
    func take() -> [TestValue] {
        settle()
        defer { messages = [] }
        return messages
    }

    var hubClosed: Bool { end.isGone }
}
