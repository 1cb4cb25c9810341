import Glibc
package import MessagePack

/// Reads the envelope of a frame body in place, and checks the whole body on the way.
package struct EnvelopeScanner: ~Copyable {
    package let walker: ValueWalker
    private let last = LastEnvelope()

    /// - Parameter depthMaximum: levels of maps and arrays, the body's own map included.
    package init(depthMaximum: Int) { walker = ValueWalker(depthMaximum: depthMaximum) }

    /// - Throws: `.malformedFrame` unless the body is one sound map whose envelope keys stand once.
    package func scan(_ body: UnsafeRawBufferPointer) throws(HubProtocolError) -> Envelope {
        do {
            if let envelope = try scanLikeLast(body) { return envelope }
            let envelope = try scanMap(body)
            last.keep(envelope, of: body)
            return envelope
        } catch {
            throw HubProtocolError(.malformedFrame(error))
        }
    }

    /// A body that is the last one but for its payload has the same envelope: only the payload is looked at.
    ///
    /// - Returns: nil when it is not, or when something is wrong with it: then the whole of it is scanned.
    @inline(__always)
    private func scanLikeLast(_ body: UnsafeRawBufferPointer) throws(MessagePackError) -> Envelope? {
        guard last.isBeginning(of: body) else { return nil }
        let start = last.beginningCount
        let end = try endOfValue(try Self.head(at: start, in: body), at: start, in: body)
        guard last.isEnding(of: body, from: end) else { return nil }
        return last.envelope(payloadEnd: end)
    }

    private func scanMap(_ body: UnsafeRawBufferPointer) throws(MessagePackError) -> Envelope {
        let map = try ValueHead(at: 0, in: body)
        guard case .map = map.kind else { throw MessagePackError(.notMap, at: 0) }
        var envelope = Envelope()
        envelope.entryCount = map.contentCount
        envelope.entriesStart = map.contentStart
        var seen: UInt32 = 0
        var at = map.contentStart
        for _ in 0..<map.contentCount {
            let key = try Self.head(at: at, in: body)
            guard case .string = key.kind else { throw MessagePackError(.keyNotString, at: at) }
            let valueStart = key.contentStart + key.contentCount
            let value = try Self.head(at: valueStart, in: body)
            let end = try endOfValue(value, at: valueStart, in: body)
            if let known = EnvelopeKey(at: body.baseAddress! + key.contentStart, byteCount: key.contentCount) {
                let bit: UInt32 = 1 << UInt32(known.rawValue)
                guard seen & bit == 0 else { throw MessagePackError(.duplicateKey, at: at) }
                seen |= bit
                let field = Envelope.Field(
                    keyStart: UInt32(truncatingIfNeeded: at),
                    valueStart: UInt32(truncatingIfNeeded: valueStart),
                    end: UInt32(truncatingIfNeeded: end)
                )
                Self.note(known, value, field, body, &envelope)
            } else {
                try Self.checkText(key, in: body)
            }
            at = end
        }
        guard at == body.count else { throw MessagePackError(.trailingBytes, at: at) }
        return envelope
    }

    /// The head of a value; of the short strings and payloads, flags and nils that most messages consist of without leaving this function.
    @inline(__always)
    private static func head(
        at offset: Int,
        in body: UnsafeRawBufferPointer
    ) throws(MessagePackError) -> ValueHead {
        guard offset < body.count, let start = body.baseAddress else { throw MessagePackError(.truncated, at: offset) }
        let first = start.load(fromByteOffset: offset, as: UInt8.self)
        if first & 0xE0 == Format.fixString, Int(first & 0x1F) < body.count - offset {
            return ValueHead(.string, offset + 1, Int(first & 0x1F))
        }
        if first == Format.string8 || first == Format.binary8, offset + 1 < body.count {
            let count = Int(start.load(fromByteOffset: offset + 1, as: UInt8.self))
            if count <= body.count - offset - 2 {
                return ValueHead(first == Format.string8 ? .string : .binary, offset + 2, count)
            }
        }
        if first & 0xFE == Format.falseByte { return ValueHead(.bool, offset, 1) }
        if first == Format.null { return ValueHead(.null, offset + 1, 0) }
        return try ValueHead(at: offset, in: body)
    }

    /// Plain ASCII, as names are, is seen here word by word.
    @inline(__always)
    private static func checkText(_ head: ValueHead, in body: UnsafeRawBufferPointer) throws(MessagePackError) {
        guard head.contentCount > 0, let start = body.baseAddress else { return }
        var at = head.contentStart
        let end = at + head.contentCount
        var bits: UInt64 = 0
        while at + 8 <= end {
            bits |= start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            at += 8
        }
        while at < end {
            bits |= UInt64(start.load(fromByteOffset: at, as: UInt8.self))
            at += 1
        }
        if bits & 0x8080_8080_8080_8080 != 0 { try ValueWalker.checkUTF8(head, in: body) }
    }

    /// Short strings and plain scalars, which envelopes consist of, end without a walk.
    @inline(__always)
    private func endOfValue(
        _ head: ValueHead,
        at offset: Int,
        in body: UnsafeRawBufferPointer
    ) throws(MessagePackError) -> Int {
        switch head.kind {
        case .null, .bool, .integer, .float, .binary: return head.contentStart + head.contentCount
        case .string:
            try Self.checkText(head, in: body)
            return head.contentStart + head.contentCount
        case .array, .map, .ext: return try walker.end(ofValueAt: offset, in: body, depth: 1)
        }
    }

    @inline(__always)
    private static func note(
        _ key: EnvelopeKey,
        _ value: ValueHead,
        _ field: Envelope.Field,
        _ body: UnsafeRawBufferPointer,
        _ envelope: inout Envelope
    ) {
        switch key {
        case .type:
            let text = text(key, value, field, &envelope)
            if !text.isEmpty { envelope.kind = MessageKind(body.slice(text)) }
        case .channel: envelope.channel = text(key, value, field, &envelope)
        case .event: envelope.event = text(key, value, field, &envelope)
        case .subName: envelope.subscription = text(key, value, field, &envelope)
        case .targetID: envelope.targetID = text(key, value, field, &envelope)
        case .requestID:
            switch value.kind {
            case .string, .integer: envelope.requestID = field
            case .null: break
            case .bool, .float, .binary, .array, .map, .ext: envelope.wrongType = envelope.wrongType ?? key
            }
        case .senderID: envelope.senderID = field
        case .path:
            if case .array = value.kind {} else { envelope.wrongType = envelope.wrongType ?? key }
            envelope.path = field
        case .timestamp: envelope.timestamp = field
        case .originServerID: envelope.originServerID = field
        case .data: envelope.data = field
        case .error: envelope.hasError = true
        case .isStream: envelope.isStream = bool(key, value, body, &envelope)
        case .isFinal: envelope.isFinal = bool(key, value, body, &envelope)
        }
    }

    /// A str or nil; any other kind is noted as wrong.
    @inline(__always)
    private static func text(
        _ key: EnvelopeKey,
        _ value: ValueHead,
        _ field: Envelope.Field,
        _ envelope: inout Envelope
    ) -> Envelope.Text {
        var text = Envelope.Text(keyStart: field.keyStart, end: field.end)
        switch value.kind {
        case .string:
            text.start = UInt32(truncatingIfNeeded: value.contentStart)
            text.count = UInt32(truncatingIfNeeded: value.contentCount)
        case .null: break
        case .bool, .integer, .float, .binary, .array, .map, .ext: envelope.wrongType = envelope.wrongType ?? key
        }
        return text
    }

    @inline(__always)
    private static func bool(
        _ key: EnvelopeKey,
        _ value: ValueHead,
        _ body: UnsafeRawBufferPointer,
        _ envelope: inout Envelope
    ) -> Bool {
        switch value.kind {
        case .bool: return body[value.contentStart] == Format.trueByte
        case .null: return false
        case .integer, .float, .string, .binary, .array, .map, .ext:
            envelope.wrongType = envelope.wrongType ?? key
            return false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a text that the envelope scan found.
    @inline(__always)
    package func slice(_ text: Envelope.Text) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: baseAddress! + Int(text.start), count: Int(text.count))
    }

    /// The bytes of a value that the envelope scan found.
    @inline(__always)
    package func slice(_ field: Envelope.Field) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: baseAddress! + Int(field.valueStart),
            count: Int(field.end) - Int(field.valueStart)
        )
    }
}

/// The envelope of the last body that was scanned, and the bytes around its payload.
///
/// A sender that fills a hub sends the same envelope over and over: comparing it costs a fraction of scanning it.
private final class LastEnvelope {
    @exclusivity(unchecked) private var envelope = Envelope()
    /// Bytes in front of the payload, 0 where there is none, and behind it. They lie one behind the other in `space`.
    @exclusivity(unchecked) private(set) var beginningCount = 0
    @exclusivity(unchecked) private var endingCount = 0
    private let space = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)

    /// Envelopes are shorter, unless names are very long.
    private static let capacity = 768

    deinit { space.deallocate() }

    @inline(__always)
    func isBeginning(of body: UnsafeRawBufferPointer) -> Bool {
        guard beginningCount > 0, body.count > beginningCount + endingCount, let start = body.baseAddress else {
            return false
        }
        return memcmp(start, space.baseAddress!, beginningCount) == 0
    }

    /// Whether what stands from `offset` on is what stood behind the last payload.
    @inline(__always)
    func isEnding(of body: UnsafeRawBufferPointer, from offset: Int) -> Bool {
        guard body.count - offset == endingCount, let start = body.baseAddress else { return false }
        return memcmp(start + offset, space.baseAddress! + beginningCount, endingCount) == 0
    }

    /// The envelope, where the payload ends elsewhere than the last one did.
    @inline(__always)
    func envelope(payloadEnd: Int) -> Envelope {
        let end = UInt32(truncatingIfNeeded: payloadEnd)
        if envelope.data.end != end { envelope.movePayloadEnd(to: end) }
        return envelope
    }

    /// Only of messages that come in rows: each call has an id of its own.
    @inline(__always)
    func keep(_ envelope: Envelope, of body: UnsafeRawBufferPointer) {
        switch envelope.kind {
        case .broadcast, .publish, .receive, .send: break
        default: return
        }
        guard envelope.data.isPresent else { return }
        let before = Int(envelope.data.valueStart)
        let behind = body.count - Int(envelope.data.end)
        guard before + behind <= Self.capacity, let start = body.baseAddress, let target = space.baseAddress else {
            return
        }
        target.copyMemory(from: start, byteCount: before)
        (target + before).copyMemory(from: start + Int(envelope.data.end), byteCount: behind)
        beginningCount = before
        endingCount = behind
        self.envelope = envelope
    }
}

extension Envelope {
    /// Moves everything behind the payload.
    fileprivate mutating func movePayloadEnd(to end: UInt32) {
        let old = data.end
        func move(_ offset: inout UInt32) { if offset >= old { offset = offset &- old &+ end } }
        func move(_ field: inout Field) {
            move(&field.keyStart)
            move(&field.valueStart)
            move(&field.end)
        }
        func move(_ text: inout Text) {
            move(&text.keyStart)
            move(&text.start)
            move(&text.end)
        }
        move(&channel)
        move(&event)
        move(&subscription)
        move(&targetID)
        move(&requestID)
        move(&senderID)
        move(&path)
        move(&timestamp)
        move(&originServerID)
        data.end = end
    }
}
