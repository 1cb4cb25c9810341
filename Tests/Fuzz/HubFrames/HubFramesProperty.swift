import Hub
import HubProtocol
import Logging
import MessagePack
import NIOCore

/// Whatever bytes a client sends, a hub does not trap, what it sends are sound frames, and they are the same
/// however reads cut the bytes.
///
/// The fuzz target and the unit test that replays its corpus both compile this file.
enum HubFramesProperty {
    /// What the first byte of an input chooses; the bytes behind it are what the client sends.
    struct Choice {
        enum Sender: UInt8, CaseIterable {
            case member, bridge, memberOfOldRelease, stranger
        }

        let sender: Sender
        /// The socket of the other client takes nothing until the fuzzed bytes are through.
        let peerReadsLate: Bool
        /// Bytes in each read of the second run; the first run has all of them in one.
        let readByteCount: Int
        /// Both clients speak stinger (docs/wire/comm-ipc.md, section 11).
        let speakStinger: Bool
        /// Errors go to everybody who watches the system channels, as the peer then does.
        let reportsErrors: Bool

        init(_ byte: UInt8) {
            sender = Sender(rawValue: byte & 0x03) ?? .member
            peerReadsLate = byte & 0x04 != 0
            readByteCount = 1 + Int(byte >> 3 & 0x07)
            speakStinger = byte & 0x40 != 0
            reportsErrors = byte & 0x80 != 0
        }
    }

    /// - Returns: how the input breaks the promise; nil when it does not.
    static func violation(by input: [UInt8]) -> String? {
        guard let first = input.first else { return nil }
        let choice = Choice(first)
        let bytes = input.dropFirst()
        do {
            let whole = FuzzScene(choice).run([ByteBuffer(bytes: bytes)])
            let reads = stride(from: bytes.startIndex, to: bytes.endIndex, by: choice.readByteCount).map {
                ByteBuffer(bytes: bytes[$0..<min($0 + choice.readByteCount, bytes.endIndex)])
            }
            let split = FuzzScene(choice).run(reads)
            for stream in whole.streams { try FrameText.check(stream) }
            if whole == split { return nil }
            // Not byte for byte the same; the same all the same, but for what has no order?
            let texts = try [whole, split].map { try $0.streams.map(FrameText.all) }
            if whole.wereClosed == split.wereClosed, texts[0] == texts[1] { return nil }
            return "in one read: \(whole.wereClosed) \(texts[0])\n"
                + "in reads of \(choice.readByteCount): \(split.wereClosed) \(texts[1])"
        } catch {
            return "a client got what is no sound frame: \(error)"
        }
    }
}

/// What the two clients got, and whether the hub ended their connections.
private struct FuzzOutcome: Equatable {
    var streams = [ByteBuffer(), ByteBuffer()]
    var wereClosed = [false, false]
}

/// A hub with two clients who know each other: each joined the channel, provides an event and has a subscription; a call is under way in
/// each direction. The first of them sends the fuzzed bytes; then time passes, and both go.
private final class FuzzScene {
    private let choice: HubFramesProperty.Choice
    private let hub: Hub
    private let sender: HubConnection
    private let peer: HubConnection
    private var outcome = FuzzOutcome()

    private static let unixSeconds = 1_700_000_000

    init(_ choice: HubFramesProperty.Choice) {
        self.choice = choice
        var settings = HubSettings(hubID: "hub")
        settings.callTimeout = .seconds(5)
        settings.errorPolicy = choice.reportsErrors ? .broadcast : .ignore
        hub = Hub(
            settings: settings,
            logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            now: .uptimeNanoseconds(1),
            unixSeconds: Self.unixSeconds
        )
        sender = hub.open(address: "fuzz", host: "fuzz")
        peer = hub.open(address: "peer", host: "peer")
    }

    func run(_ reads: [ByteBuffer]) -> FuzzOutcome {
        prepare()
        hub.writabilityChanged(peer, isWritable: !choice.peerReadsLate)
        for read in reads { feed(read, from: sender) }
        hub.writabilityChanged(peer, isWritable: true)
        settle()
        hub.advance(to: .uptimeNanoseconds(11_000_000_000), unixSeconds: Self.unixSeconds + 11)
        hub.deadlineReached()
        settle()
        hub.closed(sender)
        settle()
        hub.closed(peer)
        settle()
        precondition(hub.connectionCount == 0)
        return outcome
    }

    private func prepare() {
        feed(identify("peer", mode: "client"), from: peer)
        feed(Self.peerFrame, from: peer)
        if choice.reportsErrors {
            for frame in Self.watchFrames { feed(frame, from: peer) }
        }
        switch choice.sender {
        case .stranger: return
        case .memberOfOldRelease: feed(identify("me", mode: nil), from: sender)
        case .member: feed(identify("me", mode: "client"), from: sender)
        case .bridge: feed(identify("me", mode: "bridge"), from: sender)
        }
        for (isPeer, frame) in Self.acquaintance { feed(frame, from: isPeer ? peer : sender) }
    }

    // MARK: What the clients send at first

    private static let peerFrame = join("c")
    private static let watchFrames = ["__comm_ipc_logs", "__comm_ipc_errors", "__comm_ipc_system"].map(join)
    private static let acquaintance: [(isPeer: Bool, frame: ByteBuffer)] = [
        (false, join("c")), (false, provide("mine")), (true, provide("yours")),
        (false, subscription("add_subscription", "sub")), (true, subscription("subscribe", "sub")),
        (true, subscription("add_subscription", "bus")), (false, subscription("subscribe", "bus")),
        (true, call("mine")), (false, call("yours")),
    ]

    private func identify(_ id: String, mode: String?) -> ByteBuffer {
        Self.frame("identify", 3) {
            $0.writeEntry("client_id", id)
            if let mode { $0.writeEntry("mode", mode) } else { $0.writeNullEntry("mode") }
            if choice.speakStinger { $0.writeEntry("stinger", 1) } else { $0.writeNullEntry("stinger") }
        }
    }

    private static func join(_ channel: String) -> ByteBuffer {
        frame("register", 2) {
            $0.writeEntry("channel", channel)
            $0.writeEntry("request_id", "join")
        }
    }

    private static func provide(_ event: String) -> ByteBuffer {
        frame("register", 4) {
            $0.writeEntry("channel", "c")
            $0.writeEntry("event", event)
            $0.writeEntry("is_provider", true)
            $0.writeEntry("is_group", true)
        }
    }

    private static func subscription(_ type: String, _ name: String) -> ByteBuffer {
        frame(type, 2) {
            $0.writeEntry("channel", "c")
            $0.writeEntry("sub_name", name)
        }
    }

    private static func call(_ event: String) -> ByteBuffer {
        frame("call", 3) {
            $0.writeEntry("channel", "c")
            $0.writeEntry("event", event)
            $0.writeEntry("request_id", "r")
        }
    }

    private static func frame(_ type: String, _ count: Int, _ entries: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeFrame(count + 1) {
            $0.writeEntry("type", type)
            entries(&$0)
        }
        return frame
    }

    // MARK: Driving the hub

    private func feed(_ bytes: ByteBuffer, from client: HubConnection) {
        var rest = bytes
        while hub.receive(&rest, from: client) { settle() }
        settle()
    }

    private func settle() {
        hub.flush()
        while let output = hub.nextOutput() {
            switch output {
            case .send(let client, let bytes): outcome.streams[number(client)].writeImmutableBuffer(bytes)
            case .drain(let client):
                while let bytes = hub.nextQueued(client) { outcome.streams[number(client)].writeImmutableBuffer(bytes) }
            case .close(let client): outcome.wereClosed[number(client)] = true
            case .pauseReading, .resumeReading: break
            }
            if !hub.hasOutput { hub.flush() }
        }
    }

    private func number(_ client: HubConnection) -> Int { client === sender ? 0 : 1 }
}
