/// Where the keys that routing needs lie in a frame body. Nothing is copied; the rest of the body has been checked, not read.
package struct Envelope {
    /// A key's place: where the key begins, where its value begins, and where that ends. Offsets from the start of the body.
    package struct Field {
        package var keyStart: UInt32 = 0
        package var valueStart: UInt32 = 0
        package var end: UInt32 = 0

        package var isPresent: Bool { end != 0 }
    }

    /// The content of a str value; `count` 0 where the key is absent, nil, or the str is empty.
    package struct Text {
        package var start: UInt32 = 0
        package var count: UInt32 = 0

        package var isEmpty: Bool { count == 0 }
    }

    package var kind = MessageKind.unknown
    package var entryCount = 0
    /// Where the first key begins.
    package var entriesStart = 0

    package var channel = Text()
    package var event = Text()
    package var subscription = Text()
    package var targetID = Text()

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
        func matches(_ key: EnvelopeKey) -> Bool { key.wireName.equals(start, byteCount: byteCount) }
        switch byteCount {
        case 4: if matches(.type) { self = .type } else if matches(.data) { self = .data } else if matches(.path) { self = .path } else { return nil }
        case 5: if matches(.event) { self = .event } else if matches(.error) { self = .error } else { return nil }
        case 7: if matches(.channel) { self = .channel } else { return nil }
        case 8: if matches(.isFinal) { self = .isFinal } else if matches(.subName) { self = .subName } else { return nil }
        case 9:
            if matches(.senderID) { self = .senderID } else if matches(.targetID) { self = .targetID } else if matches(.isStream) { self = .isStream } else if matches(.timestamp) { self = .timestamp } else { return nil }
        case 10: if matches(.requestID) { self = .requestID } else { return nil }
        case 16: if matches(.originServerID) { self = .originServerID } else { return nil }
        default: return nil
        }
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
