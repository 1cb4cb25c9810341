import NIOCore

/// The first four bytes from the broker: a broker that does not know version 5 answers its CONNECT with the CONNACK of 3.1.1, which has no
/// properties and so is no CONNACK of version 5 (MQTT 5.0, 3.1.2.2).
struct SessionGreeting: Sendable {
    private var bytes: [UInt8] = []

    mutating func note(_ received: ByteBuffer) {
        let missing = 4 - bytes.count
        guard missing > 0 else { return }
        bytes.append(contentsOf: received.readableBytesView.prefix(missing))
    }

    /// The refusal in a CONNACK of 3.1.1; nil when it is none.
    var refusalOf3: ReasonCode? {
        guard bytes.count == 4, bytes[0] == 0x20, bytes[1] == 2, bytes[2] == 0 else { return nil }
        switch bytes[3] {
        case 1: return .unsupportedProtocolVersion
        case 2: return .clientIdentifierNotValid
        case 3: return .serverUnavailable
        case 4: return .badUserNameOrPassword
        case 5: return .notAuthorized
        default: return nil
        }
    }
}
