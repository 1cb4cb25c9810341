import NIOCore
import Testing

@testable import Hub

/// A client's end of a connection to a `TestHub`.
final class TestClient {
    let id: String
    let connection: HubConnection
    private unowned let test: TestHub

    /// What came and has not been looked at.
    private var received: [TestValue] = []
    private var stream = ByteBuffer()
    /// Each `send` and each queued piece the hub handed over, as it came.
    private(set) var chunks: [ByteBuffer] = []
    private(set) var receivedByteCount = 0

    /// The hub wanted the connection closed.
    var wasClosed = false
    /// It does not hang up as soon as the hub wants it to.
    var lingers = false
    var isGone = false
    /// The hub does not read; what is sent meanwhile lies in `unread`.
    var isPaused = false
    private(set) var unread = ByteBuffer()
    /// Bytes that its socket still takes while it is `isWritable`.
    private var space = Int.max

    init(_ id: String, of test: TestHub, _ connection: HubConnection) {
        self.id = id
        self.test = test
        self.connection = connection
    }

    // MARK: Sending

    func send(_ type: String, _ fields: TestValue = [:]) { send([Self.message(type, fields)]) }

    /// Sends several frames that the hub reads at once.
    func send(_ frames: [TestValue]) {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeFrame(frame) }
        send(bytes)
    }

    func send(_ bytes: ByteBuffer) {
        unread.writeImmutableBuffer(bytes)
        if !isPaused { readOn() }
    }

    /// What lay unread while the hub did not read goes in.
    func readOn() {
        let bytes = unread
        unread = ByteBuffer()
        test.receive(bytes, from: self)
    }

    static func message(_ type: String, _ fields: TestValue) -> TestValue {
        .map(fields.entries.merging(["type": .string(type)]) { given, _ in given })
    }

    func hangUp() { test.hangUp(self) }

    // MARK: What it sends often

    /// Joins, and returns what came of it.
    @discardableResult
    func join(_ channel: String) -> [TestValue] {
        send("register", ["channel": .string(channel), "is_provider": false, "request_id": "join"])
        return take()
    }

    /// Registers a provider, and returns what came of it.
    @discardableResult
    func provide(_ channel: String, _ event: String, isGroup: Bool = false, isStream: Bool = false) -> [TestValue] {
        send(
            "register",
            [
                "channel": .string(channel), "event": .string(event), "is_provider": true, "request_id": "provide",
                "is_group": .bool(isGroup), "is_stream": .bool(isStream),
            ]
        )
        return take()
    }

    /// Answers the challenge for a channel that it joins or provides an event on.
    @discardableResult
    func join(_ channel: String, password: String, event: String? = nil) -> [TestValue] {
        var fields: [String: TestValue] = ["channel": .string(channel), "request_id": "join"]
        if let event {
            fields["event"] = .string(event)
            fields["is_provider"] = true
        }
        send("register", .map(fields))
        guard let challenge = take().last, let text = challenge["challenge"]?.text else { return [] }
        fields["challenge_id"] = challenge["challenge_id"]
        fields["proof"] = .string(TestProof.channel(password: password, challenge: text))
        send("register", .map(fields))
        return take()
    }

    func call(_ channel: String, _ event: String, _ requestID: TestValue, data: TestValue = nil) {
        send("call", ["channel": .string(channel), "event": .string(event), "request_id": requestID, "data": data])
    }

    func broadcast(_ channel: String, _ data: TestValue) {
        send("broadcast", ["channel": .string(channel), "event": "e", "data": data])
    }

    func respond(to caller: String, _ requestID: TestValue, data: TestValue = "answer") {
        send("response", ["target_id": .string(caller), "request_id": requestID, "data": data])
    }

    // MARK: Receiving

    func got(_ bytes: ByteBuffer) {
        chunks.append(bytes)
        receivedByteCount += bytes.readableBytes
        space = max(0, space - bytes.readableBytes)
        if space == 0 { takesMore = false }
        stream.writeImmutableBuffer(bytes)
        do {
            while let frame = try stream.readFrame() { received.append(frame) }
            stream.discardReadBytes()
        } catch {
            Issue.record("client \(id) got a frame that it cannot read")
        }
    }

    /// Takes what came since the last time.
    @discardableResult
    func take() -> [TestValue] {
        defer {
            received = []
            chunks = []
        }
        return received
    }

    /// Takes the one frame that came; anything else is an issue.
    func takeOne(_ location: SourceLocation = #_sourceLocation) -> TestValue {
        let frames = take()
        #expect(frames.count == 1, "client \(id) got \(frames)", sourceLocation: location)
        return frames.first ?? nil
    }

    /// Takes what came, and returns the `data` of the frames that have some.
    func takeData() -> [TestValue] { take().compactMap { $0["data"] } }

    // MARK: A socket that fills

    private(set) var takesMore = true

    /// The socket takes nothing more.
    func stopTaking() {
        takesMore = false
        test.writabilityChanged(self, false)
    }

    /// The socket takes at least `byteCount` bytes, in whole pieces, and is full again then.
    func goOnTaking(_ byteCount: Int = .max) {
        takesMore = true
        space = byteCount
        test.writabilityChanged(self, true)
        if !takesMore { test.writabilityChanged(self, false) }
    }
}
