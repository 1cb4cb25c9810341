/// The reason codes that a packet may carry (MQTT 5.0, table 2-6).
struct ReasonCodeSet {
    private let name: StaticString
    private let statement: StaticString
    private let codes: [UInt8]

    static let connAck = ReasonCodeSet(
        name: "CONNACK",
        statement: "MQTT-3.2.2-8",
        codes: [
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A,
            0x9B, 0x9C, 0x9D, 0x9F,
        ]
    )
    static let pubAck = ReasonCodeSet(
        name: "PUBACK",
        statement: "MQTT-3.4.2-1",
        // 0x95 is none of them, and what mosquitto 2.0 says to a message above its `message_size_limit`.
        codes: [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x95, 0x97, 0x99]
    )
    static let pubRec = ReasonCodeSet(name: "PUBREC", statement: "MQTT-3.5.2-1", codes: pubAck.codes)
    static let pubRel = ReasonCodeSet(name: "PUBREL", statement: "MQTT-3.6.2-1", codes: [0x00, 0x92])
    static let pubComp = ReasonCodeSet(name: "PUBCOMP", statement: "MQTT-3.7.2-1", codes: [0x00, 0x92])
    static let subAck = ReasonCodeSet(
        name: "SUBACK",
        statement: "MQTT-3.9.3-2",
        codes: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2]
    )
    static let subAckOf3 = ReasonCodeSet(name: "SUBACK", statement: "", codes: [0x00, 0x01, 0x02, 0x80])
    static let unsubAck = ReasonCodeSet(
        name: "UNSUBACK",
        statement: "MQTT-3.11.3-2",
        codes: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91]
    )
    /// 0x8C is among them: section 2.4 lists it for DISCONNECT, where section 3.14.2.1 forgets it.
    static let disconnect = ReasonCodeSet(
        name: "DISCONNECT",
        statement: "MQTT-3.14.2-1",
        codes: [
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96,
            0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
        ]
    )
    static let auth = ReasonCodeSet(name: "AUTH", statement: "MQTT-3.15.2-1", codes: [0x00, 0x18, 0x19])

    func check(_ code: ReasonCode) throws(MQTTProtocolError) {
        guard codes.contains(code.rawValue) else {
            let hexadecimal = String(code.rawValue, radix: 16, uppercase: true)
            throw MQTTProtocolError(
                .protocolError,
                "\(name) has no reason code 0x\(hexadecimal.count < 2 ? "0" : "")\(hexadecimal)",
                statement: "\(statement)"
            )
        }
    }
}
