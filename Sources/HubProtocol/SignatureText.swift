package import MessagePack

/// The text that the signature of a message is made over: `key:JSON` for each signed key, in order, joined by `|`
/// (docs/wire/comm-ipc.md, section 10).
///
/// It is the receiver's text, which fills in what the message leaves out. It leaves in pieces and is never whole in memory: escaped, it
/// can be six times as long as the frame.
package struct SignatureText: ~Copyable {
    /// Where the values of the signed keys lie in the body; nil for a key that is absent.
    private var values = [Range<Int>?](repeating: nil, count: SignedField.allCases.count)
    private var signature: Range<Int>?
    private let body: UnsafeRawBufferPointer
    private let walker: ValueWalker

    /// - Parameter body: of a frame, valid for as long as this lives.
    /// - Returns: nil unless the body is one sound map.
    package init?(ofFrame body: UnsafeRawBufferPointer) {
        self.body = body
        walker = ValueWalker(depthMaximum: MessagePackValue.depthMaximum)
        guard let map = try? ValueHead(at: 0, in: body), map.kind == .map else { return nil }
        var at = map.contentStart
        for _ in 0..<map.contentCount {
            guard let key = try? ValueHead(at: at, in: body), key.kind == .string else { return nil }
            let valueStart = key.contentStart + key.contentCount
            guard let end = try? walker.end(ofValueAt: valueStart, in: body, depth: 1) else { return nil }
            note(UnsafeRawBufferPointer(rebasing: body[key.contentStart..<valueStart]), valueStart..<end)
            at = end
        }
        guard at == body.count else { return nil }
    }

    private mutating func note(_ key: UnsafeRawBufferPointer, _ value: Range<Int>) {
        guard let start = key.baseAddress else { return }
        func isKey(_ name: StaticString) -> Bool {
            name.utf8CodeUnitCount == key.count && name.equals(start, byteCount: key.count)
        }
        if isKey("signature") { signature = value }
        // No signed key is longer.
        guard key.count <= 16, let field = SignedField.allCases.first(where: { isKey($0.wireName) }) else { return }
        values[field.rawValue] = value
    }

    /// The signature that the frame carries: the content of its str; nil where there is none.
    package var carriedSignature: UnsafeRawBufferPointer? {
        guard let signature else { return nil }
        guard let head = try? ValueHead(at: signature.lowerBound, in: body), head.kind == .string else { return nil }
        return UnsafeRawBufferPointer(rebasing: body[head.contentStart..<signature.upperBound])
    }

    /// Makes the text.
    ///
    /// - Parameters:
    ///   - overriding: what stands under some keys in place of the frame's own values.
    ///   - emit: gets the text, piece by piece.
    /// - Returns: false when a key has a value that no receiver takes, or the timestamp is missing; the pieces until then are void.
    package func write(overriding: [SignedField: MessagePackValue], emit: ([UInt8]) -> Void) -> Bool {
        withoutActuallyEscaping(emit) { emit in
            var writer = SignatureJSON(emit: emit)
            for field in SignedField.allCases {
                writer.write(field == .channel ? "" : "|")
                writer.write(field.wireName)
                writer.write(":")
                let isWritten: Bool
                if let value = overriding[field] {
                    isWritten = value.encoded.withUnsafeBytes { Self.write(field, $0, to: &writer) }
                } else if let range = values[field.rawValue] {
                    isWritten = Self.write(field, UnsafeRawBufferPointer(rebasing: body[range]), to: &writer)
                } else {
                    isWritten = Self.writeAbsent(field, to: &writer)
                }
                guard isWritten else { return false }
            }
            writer.flush()
            return true
        }
    }

    private static func write(
        _ field: SignedField,
        _ value: UnsafeRawBufferPointer,
        to writer: inout SignatureJSON
    ) -> Bool {
        guard let head = try? ValueHead(at: 0, in: value), field.accepts(head.kind) else { return false }
        if head.kind == .null, field.takesNullAsAbsent { return writeAbsent(field, to: &writer) }
        writer.write(value)
        return true
    }

    private static func writeAbsent(_ field: SignedField, to writer: inout SignatureJSON) -> Bool {
        guard let text = field.absentText else { return false }
        writer.write(text)
        return true
    }
}
