import MessagePack
package import NIOCore

/// Copies a message into an outgoing frame with the hub's marks on it; every other byte stays as it came.
///
/// The marks (docs/wire/comm-ipc.md, section 4): `sender_id` is the sending client, the hub's id ends `path`, and `timestamp` and
/// `origin_server_id` are added where the key is absent.
package final class FrameSplicer {
    /// What the path of a message says about forwarding it.
    package enum Passage: Equatable, Sendable {
        case open
        /// The message has been at this hub before.
        case looped
        /// The path is not a list of strings, or longer than any route.
        case malformed
    }

    /// Hub ids that a path may name before this hub adds its own.
    package static let pathLengthMaximum = 64

    private let hubID: Name
    private let encodedHubID: OwnedBytes
    private let pathEntry: OwnedBytes
    private let originEntry: OwnedBytes
    private var timestampEntry: OwnedBytes
    /// The three entries in one, for a message that has none of them, as most have.
    private var freshEntries: OwnedBytes
    private var stampedSecond: Int

    /// - Parameter unixSeconds: what messages are stamped with, in seconds since 1970.
    package init(hubID: Name, unixSeconds: Int) {
        self.hubID = hubID
        encodedHubID = OwnedBytes(Self.encoded { $0.writeMessagePack(utf8: hubID.utf8) })
        pathEntry = OwnedBytes(
            Self.encoded {
                $0.writeMessagePack(EnvelopeKey.path.wireName)
                $0.writeArrayHead(1)
                $0.writeMessagePack(utf8: hubID.utf8)
            }
        )
        originEntry = OwnedBytes(
            Self.encoded {
                $0.writeMessagePack(EnvelopeKey.originServerID.wireName)
                $0.writeMessagePack(utf8: hubID.utf8)
            }
        )
        timestampEntry = Self.timestampEntry(unixSeconds)
        freshEntries = Self.joined(pathEntry, originEntry, timestampEntry)
        stampedSecond = unixSeconds
    }

    private static func encoded(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var buffer = ByteBuffer()
        write(&buffer)
        return Array(buffer.readableBytesView)
    }

    private static func timestampEntry(_ unixSeconds: Int) -> OwnedBytes {
        OwnedBytes(
            encoded {
                $0.writeMessagePack(EnvelopeKey.timestamp.wireName)
                $0.writeMessagePack(unixSeconds)
            }
        )
    }

    private static func joined(_ parts: OwnedBytes...) -> OwnedBytes { OwnedBytes(parts.flatMap { Array($0.bytes) }) }

    /// The `sender_id` entry of every message from one client; made once, when it identifies itself.
    package static func senderEntry(_ id: Name) -> OwnedBytes {
        OwnedBytes(
            encoded {
                $0.writeMessagePack(EnvelopeKey.senderID.wireName)
                $0.writeMessagePack(utf8: id.utf8)
            }
        )
    }

    /// Sets the second that messages are stamped with (seconds since 1970).
    package func setTime(unixSeconds: Int) {
        guard unixSeconds != stampedSecond else { return }
        stampedSecond = unixSeconds
        timestampEntry = Self.timestampEntry(unixSeconds)
        freshEntries = Self.joined(pathEntry, originEntry, timestampEntry)
    }

    /// Reads the path of a message, if it has one.
    package func passage(of envelope: Envelope, in body: UnsafeRawBufferPointer) -> Passage {
        guard envelope.path.isPresent else { return .open }
        do {
            var at = Int(envelope.path.valueStart)
            let array = try ValueHead(at: at, in: body)
            guard array.kind == .array, array.contentCount <= Self.pathLengthMaximum else { return .malformed }
            at = array.contentStart
            for _ in 0..<array.contentCount {
                let id = try ValueHead(at: at, in: body)
                guard id.kind == .string else { return .malformed }
                at = id.contentStart + id.contentCount
                if hubID.equals(UnsafeRawBufferPointer(rebasing: body[id.contentStart..<at])) { return .looped }
            }
            return .open
        } catch {
            return .malformed
        }
    }

    /// Appends the message, as one frame, to `output`.
    ///
    /// - Parameters:
    ///   - envelope: of `body`, whose passage is open.
    ///   - senderEntry: of the client that sent it.
    package func forward(
        _ body: UnsafeRawBufferPointer,
        _ envelope: Envelope,
        senderEntry: UnsafeRawBufferPointer,
        to output: inout ByteBuffer
    ) {
        let fresh = freshEntries.bytes
        let markBytes = senderEntry.count + fresh.count + encodedHubID.bytes.count + 16
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: body.count + markBytes) { space in
            var writer = RawWriter(space)
            writer.skip(4)
            let added = (envelope.senderID.isPresent ? 0 : 1) + (envelope.path.isPresent ? 0 : 1)
            let stamps = (envelope.timestamp.isPresent ? 0 : 1) + (envelope.originServerID.isPresent ? 0 : 1)
            writer.mapHead(envelope.entryCount + added + stamps)
            writer.bytes(senderEntry)
            if envelope.path.isPresent {
                extendPath(of: envelope, in: body, &writer)
                if !envelope.timestamp.isPresent { writer.bytes(timestampEntry.bytes) }
                if !envelope.originServerID.isPresent { writer.bytes(originEntry.bytes) }
            } else if stamps == 2 {
                writer.bytes(fresh)
            } else {
                writer.bytes(pathEntry.bytes)
                if !envelope.timestamp.isPresent { writer.bytes(timestampEntry.bytes) }
                if !envelope.originServerID.isPresent { writer.bytes(originEntry.bytes) }
            }
            copyRest(of: envelope, in: body, &writer)
            space.storeBytes(of: UInt32(writer.offset - 4).bigEndian, as: UInt32.self)
            return writer.offset
        }
    }

    private func extendPath(of envelope: Envelope, in body: UnsafeRawBufferPointer, _ writer: inout RawWriter) {
        guard let array = try? ValueHead(at: Int(envelope.path.valueStart), in: body) else { return }
        writer.staticString(EnvelopeKey.path.wireName)
        writer.arrayHead(array.contentCount + 1)
        writer.bytes(body, from: array.contentStart, to: Int(envelope.path.end))
        writer.bytes(encodedHubID.bytes)
    }

    /// Everything but the old sender and path, in the order it came.
    private func copyRest(of envelope: Envelope, in body: UnsafeRawBufferPointer, _ writer: inout RawWriter) {
        var first = envelope.senderID
        var second = envelope.path
        if second.keyStart < first.keyStart { swap(&first, &second) }
        var from = envelope.entriesStart
        if first.isPresent {
            writer.bytes(body, from: from, to: Int(first.keyStart))
            from = Int(first.end)
        }
        if second.isPresent {
            writer.bytes(body, from: from, to: Int(second.keyStart))
            from = Int(second.end)
        }
        writer.bytes(body, from: from, to: body.count)
    }
}

/// Writes into memory that is known to be large enough.
private struct RawWriter {
    private let space: UnsafeMutableRawBufferPointer
    private(set) var offset = 0

    init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

    @inline(__always)
    mutating func skip(_ count: Int) { offset += count }

    @inline(__always)
    private mutating func byte(_ value: UInt8) {
        space[offset] = value
        offset += 1
    }

    @inline(__always)
    mutating func bytes(_ source: UnsafeRawBufferPointer) {
        bytes(source, from: 0, to: source.count)
    }

    @inline(__always)
    mutating func bytes(_ source: UnsafeRawBufferPointer, from: Int, to end: Int) {
        guard end > from, let start = source.baseAddress else { return }
        precondition(offset + end - from <= space.count, "the space for a frame was reckoned too small")
        (space.baseAddress! + offset).copyMemory(from: start + from, byteCount: end - from)
        offset += end - from
    }

    /// A str of at most 31 bytes.
    mutating func staticString(_ text: StaticString) {
        byte(Format.fixString | UInt8(text.utf8CodeUnitCount))
        bytes(
            UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount),
            from: 0,
            to: text.utf8CodeUnitCount
        )
    }

    mutating func mapHead(_ count: Int) { head(count, Format.fixMap, Format.map16, Format.map32) }

    mutating func arrayHead(_ count: Int) { head(count, Format.fixArray, Format.array16, Format.array32) }

    @inline(__always)
    private mutating func head(_ count: Int, _ fix: UInt8, _ wide16: UInt8, _ wide32: UInt8) {
        if count <= 15 {
            byte(fix | UInt8(count))
        } else if count <= 0xFFFF {
            byte(wide16)
            byte(UInt8(count >> 8))
            byte(UInt8(count & 0xFF))
        } else {
            byte(wide32)
            for shift in [24, 16, 8, 0] { byte(UInt8(count >> shift & 0xFF)) }
        }
    }
}
