/// The upper half of a packet's first byte (MQTT 5.0, 2.1.2).
enum ControlPacketType: UInt8, CaseIterable {
    case connect = 0x10
    case connAck = 0x20
    case publish = 0x30
    case pubAck = 0x40
    case pubRec = 0x50
    case pubRel = 0x60
    case pubComp = 0x70
    case subscribe = 0x80
    case subAck = 0x90
    case unsubscribe = 0xA0
    case unsubAck = 0xB0
    case pingRequest = 0xC0
    case pingResponse = 0xD0
    case disconnect = 0xE0
    case auth = 0xF0

    /// The flags that all but PUBLISH must have (MQTT 5.0, 2.1.3).
    var reservedFlags: UInt8 {
        switch self {
        case .pubRel, .subscribe, .unsubscribe: 0x02
        case .connect, .connAck, .publish, .pubAck, .pubRec, .pubComp, .subAck, .unsubAck, .pingRequest, .pingResponse,
            .disconnect, .auth:
            0x00
        }
    }

    /// The conformance statement about the flags.
    var flagsStatement: String {
        switch self {
        case .pubRel: "MQTT-3.6.1-1"
        case .subscribe: "MQTT-3.8.1-1"
        case .unsubscribe: "MQTT-3.10.1-1"
        case .disconnect: "MQTT-3.14.1-1"
        case .auth: "MQTT-3.15.1-1"
        case .connect, .connAck, .publish, .pubAck, .pubRec, .pubComp, .subAck, .unsubAck, .pingRequest, .pingResponse:
            "MQTT-2.1.3-1"
        }
    }

    func isSent(by sender: MQTTRole, _ version: MQTTVersion) -> Bool {
        switch self {
        case .publish, .pubAck, .pubRec, .pubRel, .pubComp: true
        case .connect, .subscribe, .unsubscribe, .pingRequest: sender == .client
        case .connAck, .subAck, .unsubAck, .pingResponse: sender == .server
        case .disconnect: sender == .client || version == .v5
        case .auth: version == .v5
        }
    }

    /// As the standard writes it.
    var name: String {
        switch self {
        case .connect: "CONNECT"
        case .connAck: "CONNACK"
        case .publish: "PUBLISH"
        case .pubAck: "PUBACK"
        case .pubRec: "PUBREC"
        case .pubRel: "PUBREL"
        case .pubComp: "PUBCOMP"
        case .subscribe: "SUBSCRIBE"
        case .subAck: "SUBACK"
        case .unsubscribe: "UNSUBSCRIBE"
        case .unsubAck: "UNSUBACK"
        case .pingRequest: "PINGREQ"
        case .pingResponse: "PINGRESP"
        case .disconnect: "DISCONNECT"
        case .auth: "AUTH"
        }
    }
}
