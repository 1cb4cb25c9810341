import MQTTProtocol

extension PacketVector {
    /// Every packet of MQTT 3.1.1, laid out as its chapter 3 says.
    static let version3: [PacketVector] = [
        of3(
            "CONNECT, least",
            .client,
            "10 0C 0004 'MQTT' 04 02 0000 0000",
            .connect(with(connect) { $0.cleanStart = true })
        ),
        of3(
            "CONNECT, everything",
            .client,
            "10 1D 0004 'MQTT' 04 EE 003C 0002 'c1' 0001 'w' 0003 'bye' 0001 'u' 0002 00FF",
            .connect(
                with(connect) {
                    $0.clientID = "c1"
                    $0.cleanStart = true
                    $0.keepAlive = 60
                    $0.username = "u"
                    $0.password = [0x00, 0xFF]
                    $0.will = .init(topic: "w", payload: Array("bye".utf8), qos: .atLeastOnce, isRetained: true)
                }
            )
        ),
        of3(
            "CONNECT of a bridge",
            .client,
            "10 0E 0004 'MQTT' 84 00 003C 0002 'c1'",
            .connect(
                with(connect) {
                    $0.hasBridgeBit = true
                    $0.clientID = "c1"
                    $0.keepAlive = 60
                }
            )
        ),
        of3("CONNACK", .server, "20 02 00 00", .connAck(ConnAckPacket())),
        of3(
            "CONNACK, session present",
            .server,
            "20 02 01 00",
            .connAck(with(ConnAckPacket()) { $0.sessionPresent = true })
        ),
        of3("CONNACK, return code 1", .server, "20 02 00 01", refused(.unsupportedProtocolVersion)),
        of3("CONNACK, return code 2", .server, "20 02 00 02", refused(.clientIdentifierNotValid)),
        of3("CONNACK, return code 3", .server, "20 02 00 03", refused(.serverUnavailable)),
        of3("CONNACK, return code 4", .server, "20 02 00 04", refused(.badUserNameOrPassword)),
        of3("CONNACK, return code 5", .server, "20 02 00 05", refused(.notAuthorized)),
        of3(
            "PUBLISH, QoS 0",
            .client,
            "30 07 0003 'a/b' 'hi'",
            .publish(.init(topic: "a/b", payload: Array("hi".utf8)))
        ),
        of3(
            "PUBLISH, QoS 1, retained, again",
            .server,
            "3B 09 0003 'a/b' 000A 'hi'",
            .publish(
                with(.init(topic: "a/b", payload: Array("hi".utf8))) {
                    $0.qos = .atLeastOnce
                    $0.isRetained = true
                    $0.isDuplicate = true
                    $0.packetID = 10
                }
            )
        ),
        of3(
            "PUBLISH, QoS 2, no payload",
            .client,
            "34 08 0004 '\u{1F321}' FFFF",
            .publish(
                with(.init(topic: "\u{1F321}", payload: [])) {
                    $0.qos = .exactlyOnce
                    $0.packetID = 65_535
                }
            )
        ),
        of3("PUBACK", .server, "40 02 000A", .acknowledgement(.init(.pubAck, 10))),
        of3("PUBREC", .server, "50 02 000A", .acknowledgement(.init(.pubRec, 10))),
        of3("PUBREL", .client, "62 02 000A", .acknowledgement(.init(.pubRel, 10))),
        of3("PUBCOMP", .client, "70 02 FF00", .acknowledgement(.init(.pubComp, 0xFF00))),
        of3(
            "SUBSCRIBE",
            .client,
            "82 12 000A 0003 'a/b' 01 0003 'c/#' 02 0001 '+' 00",
            .subscribe(
                SubscribePacket(
                    packetID: 10,
                    entries: [entry("a/b", .atLeastOnce), entry("c/#", .exactlyOnce), entry("+", .atMostOnce)]
                )
            )
        ),
        of3(
            "SUBACK",
            .server,
            "90 06 000A 00 01 02 80",
            .subscriptionAck(
                .init(.subAck, packetID: 10, codes: [.success, .grantedQoS1, .grantedQoS2, .unspecifiedError])
            )
        ),
        of3(
            "UNSUBSCRIBE",
            .client,
            "A2 0C 000A 0003 'a/b' 0003 'c/d'",
            .unsubscribe(UnsubscribePacket(packetID: 10, filters: ["a/b", "c/d"]))
        ),
        of3("UNSUBACK", .server, "B0 02 000A", .subscriptionAck(.init(.unsubAck, packetID: 10, codes: []))),
        of3("PINGREQ", .client, "C0 00", .pingRequest),
        of3("PINGRESP", .server, "D0 00", .pingResponse),
        of3("DISCONNECT", .client, "E0 00", .disconnectOrAuth(.init(.disconnect))),
        PacketVector(
            "PINGRESP with a length of two bytes",
            .v3_1_1,
            from: .server,
            "D0 80 00",
            .pingResponse,
            isShortest: false
        ),
    ]

    private static func of3(_ name: String, _ sender: MQTTRole, _ text: String, _ packet: MQTTPacket) -> PacketVector {
        PacketVector(name, .v3_1_1, from: sender, text, packet)
    }

    private static var connect: ConnectPacket { with(ConnectPacket()) { $0.version = .v3_1_1 } }

    private static func refused(_ reason: ReasonCode) -> MQTTPacket {
        .connAck(with(ConnAckPacket()) { $0.reason = reason })
    }

    private static func entry(_ filter: String, _ qos: QoS) -> SubscribePacket.Entry {
        .init(filter: filter, options: with(SubscriptionOptions()) { $0.qos = qos })
    }
}
