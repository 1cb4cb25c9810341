import HubProtocol
import MessagePack
import NIOCore

/// A message of ours: a call, an answer, a broadcast or a send (docs/wire/comm-ipc.md, sections 4 and 10).
struct OutgoingMessage {
    enum Content {
        /// One msgpack value.
        case data([UInt8])
        case error(HubClientError)
    }

    let kind: MessageKind
    let channel: String
    let event: String
    let content: Content
    /// A whole msgpack value; nil for messages that nobody answers.
    var requestID: RawValue?
    /// Of an answer: who called.
    var targetID: String?
    var isStream = false
    var isFinal = true

    /// Who signs, and when.
    struct Signing {
        let key: MessageKey
        let senderID: String
        let hubID: String
        /// Seconds since 1970.
        let unixSeconds: Int
    }

    /// Appends the frame. Signed, it has each key that a signature covers, so that nobody on the way fills one in.
    ///
    /// - Returns: false when the message cannot be signed; then nothing is appended.
    func write(to output: inout ByteBuffer, signing: Signing?) -> Bool {
        let start = output.writerIndex
        let isError = if case .error = content { true } else { false }
        let signing = isError ? nil : signing
        let count = 6 + (requestID == nil ? 0 : 1) + (targetID == nil ? 0 : 1) + (errorReason == nil ? 0 : 1)
        output.writeFrame(count + (signing == nil ? 0 : 4)) {
            writeEntries(to: &$0, signing)
        }
        guard let signing else { return true }
        let body = start + 4..<output.writerIndex
        let signature = output.withUnsafeReadableBytes { bytes in
            let offset = output.readerIndex
            return signing.key.signature(
                ofFrame: UnsafeRawBufferPointer(rebasing: bytes[body.lowerBound - offset..<body.upperBound - offset])
            )
        }
        guard let signature, signature.utf8.count == Self.blankSignature.utf8CodeUnitCount else {
            output.moveWriterIndex(to: start)
            return false
        }
        output.setString(signature, at: output.writerIndex - signature.utf8.count)
        return true
    }

    /// As long as a signature; its place is the end of the frame.
    private static let blankSignature: StaticString = "0000000000000000000000000000000000000000000000000000000000000000"

    private var errorReason: String? {
        guard case .error(let error) = content, error.code != .failed else { return nil }
        return error.code.rawValue
    }

    private func writeEntries(to frame: inout ByteBuffer, _ signing: Signing?) {
        frame.writeEntry("type", kind.wireName)
        frame.writeEntry("channel", channel)
        frame.writeEntry("event", event)
        if let requestID { frame.writeEntry("request_id", raw: requestID) }
        if let targetID { frame.writeEntry("target_id", targetID) }
        frame.writeEntry("is_stream", isStream)
        frame.writeEntry("is_final", isFinal)
        switch content {
        case .data(let data):
            frame.writeMessagePack("data")
            frame.writeBytes(data)
        case .error(let error):
            frame.writeEntry("error", error.description)
            if let errorReason { frame.writeEntry("reason", errorReason) }
        }
        guard let signing else { return }
        frame.writeEntry("sender_id", signing.senderID)
        frame.writeEntry("origin_server_id", signing.hubID)
        frame.writeEntry("timestamp", signing.unixSeconds)
        frame.writeEntry("signature", Self.blankSignature)
    }
}
