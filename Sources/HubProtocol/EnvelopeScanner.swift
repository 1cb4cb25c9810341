package import MessagePack

/// Reads the envelope of a frame body in place, and checks the whole body on the way.
package struct EnvelopeScanner: ~Copyable {
    package let walker: ValueWalker

    /// - Parameter depthMaximum: levels of maps and arrays, the body's own map included.
    package init(depthMaximum: Int) { walker = ValueWalker(depthMaximum: depthMaximum) }

    /// - Throws: `.malformedFrame` unless the body is one sound map whose envelope keys stand once.
    package func scan(_ body: UnsafeRawBufferPointer) throws(HubProtocolError) -> Envelope {
        do {
            return try scanMap(body)
        } catch {
            throw HubProtocolError(.malformedFrame(error))
        }
    }

    private func scanMap(_ body: UnsafeRawBufferPointer) throws(MessagePackError) -> Envelope {
        let map = try ValueHead(at: 0, in: body)
        guard map.kind == .map else { throw MessagePackError(.notMap, at: 0) }
        var envelope = Envelope()
        envelope.entryCount = map.contentCount
        envelope.entriesStart = map.contentStart
        var seen: UInt32 = 0
        var at = map.contentStart
        for _ in 0..<map.contentCount {
            let key = try ValueHead(at: at, in: body)
            guard key.kind == .string else { throw MessagePackError(.keyNotString, at: at) }
            try ValueWalker.checkUTF8(key, in: body)
            let valueStart = key.contentStart + key.contentCount
            let value = try ValueHead(at: valueStart, in: body)
            let end = try endOfValue(value, at: valueStart, in: body)
            if let known = Self.key(key, in: body) {
                let bit: UInt32 = 1 << UInt32(known.bitIndex)
                guard seen & bit == 0 else { throw MessagePackError(.duplicateKey, at: at) }
                seen |= bit
                let field = Envelope.Field(
                    keyStart: UInt32(truncatingIfNeeded: at),
                    valueStart: UInt32(truncatingIfNeeded: valueStart),
                    end: UInt32(truncatingIfNeeded: end)
                )
                Self.note(known, value, field, body, &envelope)
            }
            at = end
        }
        guard at == body.count else { throw MessagePackError(.trailingBytes, at: at) }
        return envelope
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
            try ValueWalker.checkUTF8(head, in: body)
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
            let text = text(key, value, &envelope)
            if !text.isEmpty { envelope.kind = MessageKind(body.slice(text)) }
        case .channel: envelope.channel = text(key, value, &envelope)
        case .event: envelope.event = text(key, value, &envelope)
        case .subName: envelope.subscription = text(key, value, &envelope)
        case .targetID: envelope.targetID = text(key, value, &envelope)
        case .requestID:
            switch value.kind {
            case .string, .integer: envelope.requestID = field
            case .null: break
            case .bool, .float, .binary, .array, .map, .ext: envelope.wrongType = envelope.wrongType ?? key
            }
        case .senderID: envelope.senderID = field
        case .path:
            if value.kind != .array { envelope.wrongType = envelope.wrongType ?? key }
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
    private static func text(_ key: EnvelopeKey, _ value: ValueHead, _ envelope: inout Envelope) -> Envelope.Text {
        switch value.kind {
        case .string:
            return Envelope.Text(
                start: UInt32(truncatingIfNeeded: value.contentStart),
                count: UInt32(truncatingIfNeeded: value.contentCount)
            )
        case .null: return Envelope.Text()
        case .bool, .integer, .float, .binary, .array, .map, .ext:
            envelope.wrongType = envelope.wrongType ?? key
            return Envelope.Text()
        }
    }

    @inline(__always)
    private static func bool(
        _ key: EnvelopeKey,
        _ value: ValueHead,
        _ body: UnsafeRawBufferPointer,
        _ envelope: inout Envelope
    ) -> Bool {
        switch value.kind {
        case .bool: return body[value.contentStart] == Format.true_
        case .null: return false
        case .integer, .float, .string, .binary, .array, .map, .ext:
            envelope.wrongType = envelope.wrongType ?? key
            return false
        }
    }

    /// Tells the known keys by their length first, so that at most three are compared.
    @inline(__always)
    private static func key(_ head: ValueHead, in body: UnsafeRawBufferPointer) -> EnvelopeKey? {
        let text = UnsafeRawBufferPointer(rebasing: body[head.contentStart..<head.contentStart + head.contentCount])
        switch text.count {
        case 4: return match(text, .type) ?? match(text, .data) ?? match(text, .path)
        case 5: return match(text, .event) ?? match(text, .error)
        case 7: return match(text, .channel)
        case 8: return match(text, .isFinal) ?? match(text, .subName)
        case 9:
            return match(text, .senderID) ?? match(text, .targetID) ?? match(text, .isStream) ?? match(text, .timestamp)
        case 10: return match(text, .requestID)
        case 16: return match(text, .originServerID)
        default: return nil
        }
    }

    @inline(__always)
    private static func match(_ text: UnsafeRawBufferPointer, _ key: EnvelopeKey) -> EnvelopeKey? {
        UnsafeRawBufferPointer(start: key.wireName.utf8Start, count: text.count).elementsEqual(text) ? key : nil
    }
}

extension EnvelopeKey {
    /// Its bit in the set of keys that a scan has seen.
    @inline(__always)
    fileprivate var bitIndex: Int {
        switch self {
        case .type: 0
        case .channel: 1
        case .event: 2
        case .subName: 3
        case .targetID: 4
        case .requestID: 5
        case .senderID: 6
        case .path: 7
        case .timestamp: 8
        case .originServerID: 9
        case .data: 10
        case .error: 11
        case .isStream: 12
        case .isFinal: 13
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
