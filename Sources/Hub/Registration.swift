import HubProtocol
import MessagePack

/// What a client asks for with `register`: to join a channel, or to provide an event on it.
struct Registration {
    let channel: Name
    let event: Name?
    let isProvider: Bool
    let traits: EventTraits
    let requestID: RawValue?
    /// The answer to an earlier challenge.
    let proof: RawValue?
    let challengeID: String?

    /// A field whose value cannot be used.
    struct Fault: Error {
        let field: StaticString
        let expected: String
    }

    /// Bytes that keeping it takes, roughly.
    var byteCount: Int {
        256 + channel.utf8.count + (event?.utf8.count ?? 0) + (requestID?.bytes.count ?? 0)
            + (traits.parameterSchema?.bytes.count ?? 0) + (traits.returnSchema?.bytes.count ?? 0)
    }

    init(_ fields: MapView, _ walker: borrowing ValueWalker, nameByteMaximum: Int) throws(Fault) {
        let keys: [StaticString] = [
            "channel", "event", "is_provider", "is_stream", "is_group", "param_schema", "return_schema", "request_id",
            "proof", "challenge_id",
        ]
        let values = fields.values(keys, walker).map { value in value.flatMap { $0.isNull ? nil : $0 } }
        func present(_ key: StaticString) -> ValueView? {
            keys.firstIndex { $0.description == key.description }.flatMap { values[$0] }
        }
        func string(_ key: StaticString) throws(Fault) -> UnsafeRawBufferPointer? {
            guard let value = present(key) else { return nil }
            guard let text = value.string, text.count <= nameByteMaximum else {
                throw Fault(field: key, expected: "a string of at most \(nameByteMaximum) bytes")
            }
            return text
        }
        func bool(_ key: StaticString) throws(Fault) -> Bool {
            guard let value = present(key) else { return false }
            guard let flag = value.bool else { throw Fault(field: key, expected: "true or false") }
            return flag
        }
        guard let channel = try string("channel"), !channel.isEmpty else {
            throw Fault(field: "channel", expected: "a string of 1 to \(nameByteMaximum) bytes")
        }
        self.channel = Name(channel)
        event = try string("event").flatMap { $0.isEmpty ? nil : Name($0) }
        isProvider = try bool("is_provider")
        let isProvider = isProvider
        traits = EventTraits(
            isStream: try bool("is_stream"),
            isGroup: try bool("is_group"),
            parameterSchema: isProvider ? present("param_schema").map { RawValue($0.raw) } : nil,
            returnSchema: isProvider ? present("return_schema").map { RawValue($0.raw) } : nil
        )
        if let id = present("request_id") {
            guard id.kind == .string || id.kind == .integer, id.raw.count <= nameByteMaximum else {
                throw Fault(field: "request_id", expected: "a string or an integer")
            }
            requestID = RawValue(id.raw)
        } else {
            requestID = nil
        }
        proof = try string("proof").flatMap { $0.isEmpty ? nil : RawValue($0) }
        challengeID = try string("challenge_id").map { String(decoding: $0, as: UTF8.self) }
    }
}
