import HubProtocol
import MessagePack
import NIOCore

/// Messages on channels with passwords: checked as they come, signed anew as they go, because each hub names another sender.
extension BridgeRelay {
    /// The message as a whole frame for the far hub.
    ///
    /// - Parameter channel: the far name, where it is another.
    /// - Returns: nil when the message does not prove that its sender knows the password, or cannot be signed.
    func resigned(
        _ message: HubClientSession.Message,
        _ signatures: SignatureRelay,
        _ port: RelayPort,
        channel: Name?
    ) -> ByteBuffer? {
        if let key = signatures.incoming, !key.verify(frame: message.body) { return nil }
        return signed(message, signatures.outgoing, port, channel: channel, requestID: nil)
    }

    /// Writes a call whose signature has been checked.
    ///
    /// - Returns: false when it can't be signed.
    func writeSigned(
        _ message: HubClientSession.Message,
        _ signatures: SignatureRelay,
        _ port: RelayPort,
        channel: Name?,
        call: Int
    ) -> Bool {
        var id = ByteBuffer()
        calls.writeRequestID(of: call, to: &id)
        let requestID = String(decoding: id.readableBytesView.dropFirst(), as: UTF8.self)
        guard let frame = signed(message, signatures.outgoing, port, channel: channel, requestID: requestID) else {
            return false
        }
        port.session.output.writeImmutableBuffer(frame)
        return true
    }

    private func signed(
        _ message: HubClientSession.Message,
        _ key: MessageKey?,
        _ port: RelayPort,
        channel: Name?,
        requestID: String?
    ) -> ByteBuffer? {
        guard case .map(let entries)? = try? MessagePackValue(message.body) else { return nil }
        var replaced: Set<String> = ["sender_id", "signature"]
        if requestID != nil { replaced.formUnion(["request_id", "target_id"]) }
        if channel != nil { replaced.insert("channel") }
        var kept = entries.filter { entry in
            if case .string(let key) = entry.key { return !replaced.contains(key) }
            return true
        }
        func put(_ key: String, _ value: String) { kept.append(MessagePackValue.Entry(.string(key), .string(value))) }
        put("sender_id", port.clientID)
        if let channel { put("channel", channel.text) }
        if let requestID { put("request_id", requestID) }
        if let key {
            let unsigned = MessagePackValue.map(kept).encoded
            guard let signature = unsigned.withUnsafeBytes({ key.signature(ofFrame: $0) }) else { return nil }
            put("signature", signature)
        }
        let body = MessagePackValue.map(kept).encoded
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(body.count))
        frame.writeBytes(body)
        return frame
    }
}
