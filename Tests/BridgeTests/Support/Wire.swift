import NIOCore

@testable import Bridge
@testable import Hub

/// One connection between a bridge and a hub, in memory: bytes take `delay` to arrive, in order.
final class Wire {
    let port: RelayPort
    let client: TestClient
    let dialect: Dialect
    var delay = TimeAmount.zero
    /// Nothing arrives any more, either way, and nobody is told.
    var isCutThrough = false

    private var toHub = CircularBuffer<(at: NIODeadline, bytes: ByteBuffer)>()
    private var toBridge = CircularBuffer<(at: NIODeadline, bytes: ByteBuffer)>()

    init(port: RelayPort, client: TestClient, dialect: Dialect) {
        self.port = port
        self.client = client
        self.dialect = dialect
    }

    func send(_ bytes: ByteBuffer, now: NIODeadline) {
        let bytes = dialect.toHub(bytes)
        if bytes.readableBytes > 0 { toHub.append((now + delay, bytes)) }
    }

    /// Hands the hub what has arrived there.
    ///
    /// - Returns: whether something had.
    func arriveAtHub(now: NIODeadline) -> Bool {
        var hasMoved = false
        while let next = toHub.first, next.at <= now {
            toHub.removeFirst()
            if !isCutThrough { client.send(next.bytes) }
            hasMoved = true
        }
        return hasMoved
    }

    /// What has arrived at the bridge; nil when nothing has.
    func arriveAtBridge(now: NIODeadline) -> ByteBuffer? {
        var sent = ByteBuffer()
        for chunk in client.chunks { sent.writeImmutableBuffer(chunk) }
        client.take()
        if sent.readableBytes > 0, !isCutThrough { toBridge.append((now + delay, dialect.fromHub(sent))) }
        guard let next = toBridge.first, next.at <= now else { return nil }
        toBridge.removeFirst()
        return next.bytes
    }

    /// When something arrives next.
    var nextArrival: NIODeadline? { [toHub.first?.at, toBridge.first?.at].compactMap { $0 }.min() }
}
