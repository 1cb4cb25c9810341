import MessagePack

/// A key of a message that a signature covers, in the order in which the signature text has them.
package enum SignedField: Int, CaseIterable, Sendable {
    case channel, data, event, isFinal, isStream, originServerID, requestID, senderID, subName, targetID, timestamp

    package var wireName: StaticString {
        switch self {
        case .channel: "channel"
        case .data: "data"
        case .event: "event"
        case .isFinal: "is_final"
        case .isStream: "is_stream"
        case .originServerID: "origin_server_id"
        case .requestID: "request_id"
        case .senderID: "sender_id"
        case .subName: "sub_name"
        case .targetID: "target_id"
        case .timestamp: "timestamp"
        }
    }

    /// The JSON of a key that is absent; nil where a message without it can't be verified, for the receiver would take its own clock's time.
    var absentText: StaticString? {
        switch self {
        case .channel, .event, .senderID: "\"\""
        case .data, .originServerID, .requestID, .subName, .targetID: "null"
        case .isFinal: "true"
        case .isStream: "false"
        case .timestamp: nil
        }
    }

    /// Whether a nil is read as if the key were absent.
    var takesNullAsAbsent: Bool {
        switch self {
        case .channel, .event, .senderID: true
        case .data, .isFinal, .isStream, .originServerID, .requestID, .subName, .targetID, .timestamp: false
        }
    }

    /// Whether a value of that kind can stand under the key.
    func accepts(_ kind: ValueHead.Kind) -> Bool {
        switch self {
        case .channel, .event, .senderID, .originServerID, .subName, .targetID: kind == .string || kind == .null
        case .requestID: kind == .string || kind == .null || kind == .integer
        case .isFinal, .isStream: kind == .bool
        case .timestamp: kind == .integer
        case .data: true
        }
    }
}
