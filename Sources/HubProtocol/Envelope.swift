/// Where the keys that routing needs lie in a frame body. Nothing is copied; the rest of the body has been checked, not read.
package struct Envelope: Equatable {
    /// A key's place: where the key begins, where its value begins, and where that ends. Offsets from the start of the body.
    package struct Field: Equatable {
        package var keyStart: UInt32 = 0
        package var valueStart: UInt32 = 0
        package var end: UInt32 = 0

        package var isPresent: Bool { end != 0 }
    }

    /// The content of a str value; `count` 0 where the key is absent, nil, or the str is empty.
    package struct Text: Equatable {
        package var start: UInt32 = 0
        package var count: UInt32 = 0
        /// Where its key begins, and where its value ends: unlike its content, they are there for nil and an empty str, too.
        package var keyStart: UInt32 = 0
        package var end: UInt32 = 0

        package var isEmpty: Bool { count == 0 }
        package var isPresent: Bool { end != 0 }
    }

    package var kind = MessageKind.unknown
    package var entryCount = 0
    /// Where the first key begins.
    package var entriesStart = 0

    package var channel = Text()
    package var event = Text()
    package var subscription = Text()
    package var targetID = Text()

    /// A str or an integer.
    package var requestID = Field()
    package var senderID = Field()
    package var path = Field()
    package var timestamp = Field()
    package var originServerID = Field()
    package var data = Field()
    /// Whether an `error` key is there.
    package var hasError = false
    package var isStream = false
    package var isFinal = false
    /// The first envelope key whose value has the wrong type, and what would be right.
    package var wrongType: EnvelopeKey?
}

/// The keys that the envelope scan looks at.
package enum EnvelopeKey: UInt8, CaseIterable, Sendable {
    case type, channel, event, subName, targetID, requestID, senderID, path, timestamp, originServerID, data, error
    case isStream, isFinal

    /// Tells a key by its length and then word by word: a busy hub does this six times a message.
    @inline(__always)
    init?(at start: UnsafeRawPointer, byteCount: Int) {
        @inline(__always)
        func match(_ key: EnvelopeKey) -> EnvelopeKey? { key.wireName.equals(start, byteCount: byteCount) ? key : nil }
        let key: EnvelopeKey? =
            switch byteCount {
            case 4: match(.type) ?? match(.data) ?? match(.path)
            case 5: match(.event) ?? match(.error)
            case 7: match(.channel)
            case 8: match(.isFinal) ?? match(.subName)
            case 9: match(.senderID) ?? match(.targetID) ?? match(.isStream) ?? match(.timestamp)
            case 10: match(.requestID)
            case 16: match(.originServerID)
            default: nil
            }
        guard let key else { return nil }
        self = key
    }

    @inline(__always)
    package var wireName: StaticString {
        switch self {
        case .type: "type"
        case .channel: "channel"
        case .event: "event"
        case .subName: "sub_name"
        case .targetID: "target_id"
        case .requestID: "request_id"
        case .senderID: "sender_id"
        case .path: "path"
        case .timestamp: "timestamp"
        case .originServerID: "origin_server_id"
        case .data: "data"
        case .error: "error"
        case .isStream: "is_stream"
        case .isFinal: "is_final"
        }
    }

    /// What its value has to be, in words for the client.
    package var expected: StaticString {
        switch self {
        case .path: "a list of hub ids"
        case .isStream, .isFinal: "true or false"
        case .requestID: "a string or an integer"
        default: "a string"
        }
    }
}
