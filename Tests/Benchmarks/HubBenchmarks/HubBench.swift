import Hub
import Logging
import MessagePack
import NIOCore

/// A hub without sockets: what it wants sent is dropped, as a socket that takes everything would.
final class HubBench {
    private let hub = Hub(
        settings: HubSettings(hubID: "hub"),
        logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
        now: .uptimeNanoseconds(1),
        unixSeconds: 1_800_000_000
    )

    func connect(_ id: String) -> HubConnection {
        let connection = hub.open(address: "bench", host: "bench")
        feed(Messages.frame([("type", "identify"), ("client_id", id)]), from: connection)
        return connection
    }

    func join(_ client: HubConnection, _ channel: String = "bench") {
        feed(Messages.frame([("type", "register"), ("channel", channel), ("request_id", "1")]), from: client)
    }

    func provide(_ client: HubConnection) {
        var body = ByteBuffer()
        body.writeMapHead(5)
        for (key, value) in [("type", "register"), ("channel", "bench"), ("event", "echo"), ("request_id", "1")] {
            body.writeMessagePack(key)
            body.writeMessagePack(value)
        }
        body.writeMessagePack("is_provider" as String)
        body.writeMessagePack(true)
        feed(Messages.framed(body), from: client)
    }

    /// Clients that are there, and channels that have members, but no traffic.
    func crowd(clients: Int, channels: Int) {
        let crowd = (0..<clients).map { connect("idle-\($0)") }
        for channel in 0..<channels { join(crowd[channel % clients], "channel-\(channel)") }
    }

    func feed(_ bytes: ByteBuffer, from client: HubConnection) {
        hub.advance(to: .uptimeNanoseconds(2), unixSeconds: 1_800_000_000)
        var rest = bytes
        while hub.receive(&rest, from: client) { drain() }
        hub.flush()
        drain()
    }

    private func drain() {
        while hub.nextOutput() != nil {}
    }
}

/// Messages as clients of comm-ipc send them.
enum Messages {
    private static let payload = [UInt8](repeating: 0x61, count: 128)

    static let broadcastBody = body(
        [("type", "broadcast"), ("channel", "bench"), ("event", "bench"), ("sender_id", "publisher")],
        withPayload: true
    )

    static let calls64 = calls(count: 64)
    static let answers64 = answers(count: 64, to: "caller")

    private static func calls(count: Int) -> ByteBuffer {
        joined(count) { number in
            framed(
                body(
                    [
                        ("type", "call"), ("channel", "bench"), ("event", "echo"),
                        ("request_id", "5f0c1e52-0b5c-4d8e-9a63-\(100_000_000_000 + number)"), ("sender_id", "caller"),
                    ],
                    withPayload: true
                )
            )
        }
    }

    private static func answers(count: Int, to caller: String) -> ByteBuffer {
        joined(count) { number in
            framed(
                body(
                    [
                        ("type", "response"), ("target_id", caller),
                        ("request_id", "5f0c1e52-0b5c-4d8e-9a63-\(100_000_000_000 + number)"),
                    ],
                    withPayload: true
                )
            )
        }
    }

    static func read(of body: ByteBuffer, count: Int) -> ByteBuffer { joined(count) { _ in framed(body) } }

    private static func joined(_ count: Int, _ frame: (Int) -> ByteBuffer) -> ByteBuffer {
        var read = ByteBuffer()
        for number in 0..<count { read.writeImmutableBuffer(frame(number)) }
        return read
    }

    static func frame(_ fields: [(String, String)]) -> ByteBuffer { framed(body(fields, withPayload: false)) }

    static func framed(_ body: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(body.readableBytes))
        frame.writeImmutableBuffer(body)
        return frame
    }

    private static func body(_ fields: [(String, String)], withPayload: Bool) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeMapHead(fields.count + (withPayload ? 1 : 0))
        for (key, value) in fields {
            body.writeMessagePack(key)
            body.writeMessagePack(value)
        }
        if withPayload {
            body.writeMessagePack("data" as String)
            body.writeInteger(Format.binary8)
            body.writeInteger(UInt8(payload.count))
            body.writeBytes(payload)
        }
        return body
    }
}
