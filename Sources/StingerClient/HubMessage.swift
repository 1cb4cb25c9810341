/// A message that came without being asked for: a broadcast, or news of a subscription.
public struct HubMessage: Sendable {
    public let channel: String
    public let event: String
    /// The client that sent it; empty where the hub did not say.
    public let sender: String
    /// One msgpack value.
    public let payload: [UInt8]

    /// Reads the payload.
    ///
    /// - Throws: `HubClientError` with `.invalidData`.
    public func decode<Value: Decodable>(_ type: Value.Type) throws(HubClientError) -> Value {
        try payload.decoded(as: type)
    }

    /// Bytes that it takes in an inbox, with what it takes to be there.
    var weight: Int { payload.count + 256 }
}

extension [UInt8] {
    func decoded<Value: Decodable>(as type: Value.Type) throws(HubClientError) -> Value {
        do {
            return try MessagePackDecoder().decode(type, from: self)
        } catch let error as DecodingError {
            throw HubClientError(.invalidData, error.words)
        } catch {
            throw HubClientError(.invalidData, "\(error)")
        }
    }
}

extension Encodable {
    func messagePack() throws(HubClientError) -> [UInt8] {
        do {
            return try MessagePackEncoder().encode(self)
        } catch let error as EncodingError {
            throw HubClientError(.invalidData, error.words)
        } catch {
            throw HubClientError(.invalidData, "\(error)")
        }
    }
}

private func words(_ path: [any CodingKey], _ text: String) -> String {
    path.isEmpty ? text : "\(path.map(\.stringValue).joined(separator: ".")): \(text)"
}

extension DecodingError {
    fileprivate var words: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            StingerClient.words(context.codingPath, context.debugDescription)
        @unknown default: "\(self)"
        }
    }
}

extension EncodingError {
    fileprivate var words: String {
        switch self {
        case .invalidValue(_, let context): StingerClient.words(context.codingPath, context.debugDescription)
        @unknown default: "\(self)"
        }
    }
}
