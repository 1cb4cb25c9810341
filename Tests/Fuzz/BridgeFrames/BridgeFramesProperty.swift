import Bridge
import Federation
import HubProtocol
import MessagePack
import NIOCore

/// Whatever bytes a hub sends, a bridge does not trap, what it sends are sound frames, and they are the same however reads cut the bytes.
/// Once both links are gone, nothing is left of any call.
///
/// The fuzz target and the unit test that replays its corpus both compile this file.
enum BridgeFramesProperty {
    /// What the first byte of an input chooses; the bytes behind it are what the hub sends.
    struct Choice {
        enum Stage: UInt8, CaseIterable {
            /// Nothing has been said.
            case handshake
            /// The link is up, the other one is not.
            case alone
            /// Both are; each hub has an event, a subscription and a member, and a call is under way in each direction.
            case joined
            /// The same with a hub that does not know the extensions, so that there is a further connection.
            case foreign
        }

        let stage: Stage
        /// The channel is called otherwise on the other side, and only some events cross.
        let isRenamed: Bool
        /// Bytes in each read of the further runs; the first run has all of them in one.
        let readByteCount: Int
        /// The bytes come on the further connection, where there is one.
        let isOnHolder: Bool
        /// The other hub takes nothing for the time being.
        let isOtherFull: Bool

        init(_ byte: UInt8) {
            stage = Stage(rawValue: byte & 0x03) ?? .handshake
            isRenamed = byte & 0x04 != 0
            readByteCount = 1 + Int(byte >> 3 & 0x07)
            isOnHolder = byte & 0x40 != 0
            isOtherFull = byte & 0x80 != 0
        }
    }

    /// - Returns: how the input breaks the promise; nil when it does not.
    static func violation(by input: [UInt8]) -> String? {
        guard let first = input.first else { return nil }
        let choice = Choice(first)
        let bytes = input.dropFirst()
        let reads = stride(from: bytes.startIndex, to: bytes.endIndex, by: choice.readByteCount).map {
            ByteBuffer(bytes: bytes[$0..<min($0 + choice.readByteCount, bytes.endIndex)])
        }
        do {
            let whole = try BridgeScene(choice).run([ByteBuffer(bytes: bytes)], settlesBetween: false)
            let split = try BridgeScene(choice).run(reads, settlesBetween: false)
            // What a bridge registers and tells others depends on when it looks; that it is sound does not.
            _ = try BridgeScene(choice).run(reads, settlesBetween: true)
            if whole == split { return nil }
            return "in one read: \(whole)\nin reads of \(choice.readByteCount): \(split)"
        } catch {
            return "\(error)"
        }
    }
}

/// What the bridge sent and wanted: messages in their order, everything else sorted, because a bridge makes it out of what it keeps in no
/// order.
private struct BridgeOutcome: Equatable {
    var messages: [String: [String]] = [:]
    var others: [String: [String]] = [:]
    var ends: [String] = []
    var relayed: UInt64 = 0
    var drops = ""
}

/// A bridge between `near`, whose hub sends the fuzzed bytes, and `far`.
private final class BridgeScene {
    struct Fault: Error {
        let text: String
    }

    private let choice: BridgeFramesProperty.Choice
    private let relay: BridgeRelay
    private var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    /// By the order in which they came: the links' first connections, then further ones.
    private var ports: [(port: RelayPort, name: String, isOpen: Bool)] = []
    private var sent: [String: ByteBuffer] = [:]
    private var outcome = BridgeOutcome()

    init(_ choice: BridgeFramesProperty.Choice) {
        self.choice = choice
        let rule = try? ChannelRule(
            pattern: NamePattern("c"),
            rename: choice.isRenamed ? NamePattern("d") : nil,
            events: choice.isRenamed ? [NamePattern("*e*"), NamePattern("s")] : []
        )
        let all = try? ChannelRule(pattern: NamePattern("x*"))
        var settings = RelaySettings(
            id: "b",
            rules: ChannelRules([rule, all].compactMap { $0 }),
            first: EndSettings(name: "near"),
            second: EndSettings(name: "far")
        )
        settings.callTimeout = .seconds(5)
        settings.limits.callsInFlight = 16
        settings.limits.holderMaximum = 4
        relay = BridgeRelay(settings: settings, now: now)
    }

    func run(_ reads: [ByteBuffer], settlesBetween: Bool) throws -> BridgeOutcome {
        prepare()
        if choice.stage == .joined || choice.stage == .foreign, relay.callsInFlight != 2 {
            throw Fault(text: "the scene has \(relay.callsInFlight) calls under way")
        }
        sent = [:]
        let target = choice.isOnHolder ? ports.last { $0.name.hasPrefix("near") } : ports.first
        guard let port = target?.port else { throw Fault(text: "the scene has no connection") }
        if choice.isOtherFull, let far = ports.first(where: { $0.name == "far" }) { relay.setWritable(far.port, false) }
        relay.advance(to: now)
        for read in reads {
            var bytes = read
            relay.received(&bytes, from: port)
            if settlesBetween { settle() }
        }
        settle()
        for _ in 0..<6 { pass(.seconds(1)) }
        for name in ["far", "near"] { close(name) }
        pass(.seconds(2))
        guard relay.callsInFlight == 0 else { throw Fault(text: "\(relay.callsInFlight) calls outlive their links") }
        try sort()
        outcome.relayed = relay.counts.relayed
        outcome.drops = relay.counts.dropSummary
        return outcome
    }

    // MARK: What the hubs say at first

    private func prepare() {
        connect(.first, "near")
        switch choice.stage {
        case .handshake: return
        case .alone: greet("near", speaksStinger: true)
        case .joined:
            connect(.second, "far")
            greet("near", speaksStinger: true)
            greet("far", speaksStinger: true)
            populate()
        case .foreign:
            connect(.second, "far")
            greet("near", speaksStinger: false)
            greet("far", speaksStinger: true)
            populate()
        }
    }

    private func connect(_ side: Side, _ name: String) {
        ports.append((relay.connected(side, nonce: "0000000\(ports.count)", channelBinding: nil), name, true))
        settle()
    }

    /// Answers to the handshake and to what a bridge asks first; its request ids count up from r1.
    private func greet(_ name: String, speaksStinger: Bool) {
        say(name) {
            $0.writeFrame(speaksStinger ? 4 : 3) {
                $0.writeEntry("type", "identified")
                $0.writeEntry("client_id", "b")
                $0.writeEntry("server_id", name)
                if speaksStinger { $0.writeEntry("stinger", 1) }
            }
        }
        for number in 1...10 {
            say(name) { buffer in
                buffer.writeFrame(3) {
                    $0.writeEntry("type", "response")
                    $0.writeEntry("request_id", "r\(number)")
                    $0.writeMessagePack("data")
                    $0.writeMapHead(1)
                    $0.writeMessagePack("members")
                    $0.writeArrayHead(0)
                }
            }
        }
        for _ in 0..<3 { say(name) { $0.writePong() } }
        pass(.seconds(1))
    }

    private func channel(_ name: String) -> String { name == "far" && choice.isRenamed ? "d" : "c" }

    private func populate() {
        for name in ["near", "far"] {
            say(name) {
                $0.writeFrame(3) {
                    $0.writeEntry("type", "channel_sync")
                    $0.writeEntry("channel", channel(name))
                    $0.writeMessagePack("events")
                    $0.writeMapHead(0)
                }
            }
            notify(name, "event", "\(name) event")
            notify(name, "subscription", name == "near" ? "s" : "se")
            say(name) {
                $0.writeMembershipNotice(
                    channel: Name(channel(name)),
                    member: Name("\(name) m"),
                    mode: .client,
                    joined: true
                )
            }
        }
        pass(.seconds(1))
        // The further connection identifies itself.
        for entry in ports where entry.name.contains("+") {
            say(entry.name) {
                $0.writeFrame(3) {
                    $0.writeEntry("type", "identified")
                    $0.writeEntry("client_id", "h")
                    $0.writeEntry("server_id", "near")
                }
            }
        }
        pass(.seconds(1))
        call("far", "near event")
        call(ports.last { $0.name.hasPrefix("near") }?.name ?? "near", "far event")
        settle()
    }

    private func notify(_ name: String, _ kind: String, _ item: String) {
        say(name) { buffer in
            buffer.writeFrame(5) {
                $0.writeEntry("type", "metadata_update")
                $0.writeEntry("channel", channel(name))
                $0.writeEntry("name", item)
                $0.writeEntry("stype", kind)
                $0.writeEntry("owner", "\(name) program")
            }
        }
    }

    private func call(_ name: String, _ event: String) {
        say(name) { buffer in
            buffer.writeFrame(5) {
                $0.writeEntry("type", "call")
                $0.writeEntry("channel", channel(name.hasPrefix("near") ? "near" : "far"))
                $0.writeEntry("event", event)
                $0.writeEntry("request_id", "q")
                $0.writeEntry("sender_id", "\(name) caller")
            }
        }
    }

    private func say(_ name: String, _ write: (inout ByteBuffer) -> Void) {
        guard let port = ports.first(where: { $0.name == name && $0.isOpen })?.port else { return }
        var bytes = ByteBuffer()
        write(&bytes)
        relay.received(&bytes, from: port)
        settle()
    }

    // MARK: Driving the bridge

    private func pass(_ time: TimeAmount) {
        now = now + time
        relay.advance(to: now)
        if relay.nextDeadline <= now { relay.deadlineReached() }
        settle()
    }

    private func close(_ name: String) {
        for index in ports.indices where ports[index].isOpen && ports[index].name.hasPrefix(name) {
            ports[index].isOpen = false
            relay.closed(ports[index].port, because: "the end")
        }
        settle()
    }

    private func settle() {
        var rounds = 0
        repeat {
            relay.settle()
            while let output = relay.nextOutput() { carryOut(output) }
            rounds += 1
            precondition(rounds < 1_000, "the bridge never comes to rest")
        } while relay.needsSettling
    }

    private func carryOut(_ output: RelayOutput) {
        switch output {
        case .send(let port):
            let bytes = port.takeOutput()
            sent[name(of: port), default: ByteBuffer()].writeImmutableBuffer(bytes)
        case .close(let port, let failure):
            let name = name(of: port)
            outcome.ends.append("\(name): \(failure.map { "\($0)" } ?? "no more needed")")
            guard let index = ports.firstIndex(where: { $0.port === port && $0.isOpen }) else { return }
            ports[index].isOpen = false
            relay.closed(port, because: "closed")
        case .open(let port):
            ports.append((port, "near+\(ports.count)", true))
            relay.opened(port)
        case .setReading(let side, let isReading): outcome.ends.append("\(side): \(isReading)")
        case .tell(_, let news): outcome.ends.append("\(news.event): \(news.fields.map(\.value))")
        }
    }

    private func name(of port: RelayPort) -> String { ports.first { $0.port === port }?.name ?? "nobody" }

    // MARK: What came of it

    private func sort() throws {
        for (name, stream) in sent {
            try FrameText.check(stream)
            // Further connections come in no order.
            let group = name.contains("+") ? "further" : name
            for text in try FrameText.all(of: stream) {
                let isMessage = ["call", "response", "send", "publish", "broadcast"].contains {
                    text.contains("type=\($0)")
                }
                if isMessage, !text.contains("channel=__stinger"), group != "further" {
                    outcome.messages[group, default: []].append(text)
                } else {
                    outcome.others[group, default: []].append(Self.withoutRequestID(text))
                }
            }
        }
        for group in outcome.others.keys { outcome.others[group]?.sort() }
        outcome.ends.sort()
    }

    /// The bridge counts its own requests in the order in which it makes them.
    private static func withoutRequestID(_ text: String) -> String {
        guard let start = text.firstRange(of: "request_id=r") else { return text }
        let rest = text[start.upperBound...].drop { $0.isNumber }
        return String(text[..<start.lowerBound] + rest)
    }
}
