import MQTTProtocol

extension PacketVector {
    /// Acknowledgements of MQTT 5 in each length they may have (3.4 to 3.7).
    static let acknowledgements5: [PacketVector] = [
        of5("PUBACK", .client, "40 02 000A", .acknowledgement(.init(.pubAck, 10))),
        of5("PUBACK refused", .client, "40 03 000A 87", .acknowledgement(.init(.pubAck, 10, reason: .notAuthorized))),
        of5(
            "PUBACK, every property",
            .server,
            "40 0F 000A 10 0B 1F 0001 'r' 26 0001 'a' 0001 'b'",
            .acknowledgement(
                with(.init(.pubAck, 10, reason: .noMatchingSubscribers)) {
                    $0.properties = [.reasonString("r"), .userProperty(name: "a", value: "b")]
                }
            )
        ),
        of5("PUBREC", .server, "50 02 000A", .acknowledgement(.init(.pubRec, 10))),
        of5("PUBREC refused", .server, "50 03 000A 97", .acknowledgement(.init(.pubRec, 10, reason: .quotaExceeded))),
        of5("PUBREL", .client, "62 02 000A", .acknowledgement(.init(.pubRel, 10))),
        of5(
            "PUBREL of an unknown packet",
            .server,
            "62 03 000A 92",
            .acknowledgement(.init(.pubRel, 10, reason: .packetIdentifierNotFound))
        ),
        of5("PUBCOMP", .server, "70 02 000A", .acknowledgement(.init(.pubComp, 10))),
        of5(
            "PUBCOMP of an unknown packet",
            .client,
            "70 08 000A 92 04 1F 0001 'r'",
            .acknowledgement(
                with(.init(.pubComp, 10, reason: .packetIdentifierNotFound)) { $0.properties = [.reasonString("r")] }
            )
        ),
        PacketVector(
            "PUBACK, success spelled out",
            .v5,
            from: .server,
            "40 03 000A 00",
            .acknowledgement(.init(.pubAck, 10)),
            isShortest: false
        ),
        PacketVector(
            "PUBREC, success and no properties spelled out",
            .v5,
            from: .server,
            "50 04 000A 00 00",
            .acknowledgement(.init(.pubRec, 10)),
            isShortest: false
        ),
    ]

    /// What servers send in MQTT 5, but PUBLISH and acknowledgements; between them they have every property of these packets.
    static let ofServer5: [PacketVector] = [
        of5("CONNACK", .server, "20 03 00 00 00", .connAck(ConnAckPacket())),
        of5(
            "CONNACK, everything",
            .server,
            """
            20 40 01 00 3D
            11 00000E10 21 0014 24 01 25 00 27 00010000 12 0001 'c' 22 000A 1F 0001 'r' 26 0001 'a' 0001 'b'
            28 00 29 01 2A 00 13 003C 1A 0001 'i' 1C 0003 'h:1' 15 0001 'm' 16 0000
            """,
            .connAck(
                with(ConnAckPacket()) {
                    $0.sessionPresent = true
                    $0.properties = [
                        .sessionExpiryInterval(3_600), .receiveMaximum(20), .maximumQoS(1), .retainAvailable(0),
                        .maximumPacketSize(65_536), .assignedClientIdentifier("c"), .topicAliasMaximum(10),
                        .reasonString("r"), .userProperty(name: "a", value: "b"), .wildcardSubscriptionAvailable(0),
                        .subscriptionIdentifierAvailable(1), .sharedSubscriptionAvailable(0), .serverKeepAlive(60),
                        .responseInformation("i"), .serverReference("h:1"), .authenticationMethod("m"),
                        .authenticationData([]),
                    ]
                }
            )
        ),
        of5(
            "CONNACK that sends elsewhere",
            .server,
            "20 09 00 9D 06 1C 0003 'h:1'",
            .connAck(
                with(ConnAckPacket()) {
                    $0.reason = .serverMoved
                    $0.properties = [.serverReference("h:1")]
                }
            )
        ),
        PacketVector(
            "CONNACK of a server that knows 3.1.1 alone",
            .v5,
            from: .server,
            "20 02 00 01",
            .connAck(with(ConnAckPacket()) { $0.reason = .unsupportedProtocolVersion }),
            isShortest: false
        ),
        of5(
            "SUBACK",
            .server,
            "90 0A 000A 04 1F 0001 'r' 00 01 9E",
            .subscriptionAck(
                with(
                    .init(
                        .subAck,
                        packetID: 10,
                        codes: [.success, .grantedQoS1, .sharedSubscriptionsNotSupported]
                    )
                ) { $0.properties = [.reasonString("r")] }
            )
        ),
        of5(
            "UNSUBACK",
            .server,
            "B0 0C 000A 07 26 0001 'a' 0001 'b' 00 11",
            .subscriptionAck(
                with(.init(.unsubAck, packetID: 10, codes: [.success, .noSubscriptionExisted])) {
                    $0.properties = [.userProperty(name: "a", value: "b")]
                }
            )
        ),
        of5("PINGRESP", .server, "D0 00", .pingResponse),
        of5(
            "DISCONNECT, every property of a server",
            .server,
            "E0 11 9C 0F 1C 0001 'h' 1F 0001 'r' 26 0001 'a' 0001 'b'",
            .disconnectOrAuth(
                with(ReasonPacket(.disconnect, reason: .useAnotherServer)) {
                    $0.properties = [
                        .serverReference("h"), .reasonString("r"), .userProperty(name: "a", value: "b"),
                    ]
                }
            )
        ),
        of5("AUTH, success", .server, "F0 00", .disconnectOrAuth(.init(.auth))),
        of5(
            "AUTH, every property",
            .server,
            "F0 15 18 13 15 0001 'm' 16 0001 FF 1F 0001 'r' 26 0001 'a' 0001 'b'",
            .disconnectOrAuth(
                with(ReasonPacket(.auth, reason: .continueAuthentication)) {
                    $0.properties = [
                        .authenticationMethod("m"), .authenticationData([0xFF]), .reasonString("r"),
                        .userProperty(name: "a", value: "b"),
                    ]
                }
            )
        ),
        PacketVector(
            "DISCONNECT, success and no properties spelled out",
            .v5,
            from: .server,
            "E0 02 00 00",
            .disconnectOrAuth(.init(.disconnect)),
            isShortest: false
        ),
    ]
}
