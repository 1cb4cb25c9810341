public import MessagePack

/// Any value that a message can carry, for programs that do not know its shape beforehand. Literals make one: `["speed": 3, "on": true]`.
public typealias HubValue = MessagePackValue

extension MessagePackValue: Codable {
    /// Only this library's own decoder can make one.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? ValueDecoder else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a HubValue is only in msgpack")
            )
        }
        self = try decoder.place.decode(MessagePackValue.self)
    }

    /// Only this library's own encoder takes one.
    public func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? ValueEncoder else {
            throw EncodingError.invalidValue(
                self,
                .init(codingPath: encoder.codingPath, debugDescription: "a HubValue goes only into msgpack")
            )
        }
        try encoder.node.encode(self, path: encoder.codingPath)
    }
}
