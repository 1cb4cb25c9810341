import HubProtocol
import MessagePack

/// A message from another client, out of the bytes that are gone after the next one.
struct Incoming {
    let channel: String
    let event: String
    let sender: String
    let payload: [UInt8]

    /// - Returns: nil when it names no channel.
    init?(_ message: HubClientSession.Message) {
        let body = message.body
        let envelope = message.envelope
        guard !envelope.channel.isEmpty else { return nil }
        channel = String(decoding: body.slice(envelope.channel), as: UTF8.self)
        event = String(decoding: body.slice(envelope.event), as: UTF8.self)
        sender = Self.text(envelope.senderID, in: body)
        payload = envelope.data.isPresent ? Array(body.slice(envelope.data)) : [Format.null]
    }

    private static func text(_ field: Envelope.Field, in body: UnsafeRawBufferPointer) -> String {
        guard field.isPresent, let value = try? MessagePackValue(body.slice(field)) else { return "" }
        return value.string ?? ""
    }

    func call(_ answers: IncomingCall.Answers) -> IncomingCall {
        IncomingCall(channel: channel, event: event, sender: sender, payload: payload, answers: answers)
    }

    var message: HubMessage { HubMessage(channel: channel, event: event, sender: sender, payload: payload) }
}
