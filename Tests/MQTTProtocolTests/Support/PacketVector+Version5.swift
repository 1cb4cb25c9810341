import MQTTProtocol

extension PacketVector {
    /// What clients send in MQTT 5, and PUBLISH, laid out as its chapter 3 says; between them they have every property of these packets.
    static let version5: [PacketVector] = [
        of5("CONNECT, least", .client, "10 0D 0004 'MQTT' 05 00 0000 00 0000", .connect(ConnectPacket())),
        of5(
            "CONNECT, everything",
            .client,
            """
            10 62 0004 'MQTT' 05 EE 003C
            24 11 00000E10 21 0014 27 00010000 22 000A 19 01 17 00 26 0001 'a' 0001 'b' 15 0001 'm' 16 0002 0102
            0002 'c1'
            1F 18 00000005 01 01 02 0000003C 03 0001 't' 08 0001 'r' 09 0001 FF 26 0001 'n' 0001 'v'
            0001 'w' 0003 'bye' 0001 'u' 0002 00FF
            """,
            .connect(
                with(ConnectPacket()) {
                    $0.cleanStart = true
                    $0.keepAlive = 60
                    $0.properties = [
                        .sessionExpiryInterval(3_600), .receiveMaximum(20), .maximumPacketSize(65_536),
                        .topicAliasMaximum(10), .requestResponseInformation(1), .requestProblemInformation(0),
                        .userProperty(name: "a", value: "b"), .authenticationMethod("m"), .authenticationData([1, 2]),
                    ]
                    $0.clientID = "c1"
                    $0.will = .init(topic: "w", payload: Array("bye".utf8), qos: .atLeastOnce, isRetained: true)
                    $0.will?.properties = [
                        .willDelayInterval(5), .payloadFormatIndicator(1), .messageExpiryInterval(60),
                        .contentType("t"), .responseTopic("r"), .correlationData([0xFF]),
                        .userProperty(name: "n", value: "v"),
                    ]
                    $0.username = "u"
                    $0.password = [0x00, 0xFF]
                }
            )
        ),
        of5(
            "CONNECT with a password alone",
            .client,
            "10 11 0004 'MQTT' 05 40 0000 00 0000 0002 'pw'",
            .connect(with(ConnectPacket()) { $0.password = Array("pw".utf8) })
        ),
        of5(
            "PUBLISH, QoS 0",
            .client,
            "30 08 0003 'a/b' 00 'hi'",
            .publish(.init(topic: "a/b", payload: Array("hi".utf8)))
        ),
        of5(
            "PUBLISH, QoS 1, every property of a client",
            .client,
            """
            3B 30 0003 'a/b' 000A
            26 01 01 02 0000003C 23 0007 08 0003 'r/1' 09 0002 00FF 26 0001 'a' 0000 26 0001 'a' 0001 'b' 03 0001 't'
            'hi'
            """,
            .publish(
                with(.init(topic: "a/b", payload: Array("hi".utf8))) {
                    $0.qos = .atLeastOnce
                    $0.isRetained = true
                    $0.isDuplicate = true
                    $0.packetID = 10
                    $0.properties = [
                        .payloadFormatIndicator(1), .messageExpiryInterval(60), .topicAlias(7), .responseTopic("r/1"),
                        .correlationData([0x00, 0xFF]), .userProperty(name: "a", value: ""),
                        .userProperty(name: "a", value: "b"), .contentType("t"),
                    ]
                }
            )
        ),
        of5(
            "PUBLISH, QoS 2, by its alias",
            .client,
            "34 08 0000 0001 03 23 0007",
            .publish(
                with(.init(topic: "", payload: [])) {
                    $0.qos = .exactlyOnce
                    $0.packetID = 1
                    $0.properties = [.topicAlias(7)]
                }
            )
        ),
        of5(
            "PUBLISH with the identifiers of three subscriptions",
            .server,
            "30 0F 0001 't' 0A 0B 01 0B 8001 0B FFFFFF7F 'x'",
            .publish(
                with(.init(topic: "t", payload: [0x78])) {
                    $0.properties = [
                        .subscriptionIdentifier(1), .subscriptionIdentifier(128), .subscriptionIdentifier(268_435_455),
                    ]
                }
            )
        ),
        of5(
            "SUBSCRIBE",
            .client,
            "82 29 000A 09 0B 8001 26 0001 'a' 0000 0003 'a/b' 01 0003 'c/#' 2E 0001 '+' 18 000A '$share/g/t' 02",
            .subscribe(
                with(
                    SubscribePacket(
                        packetID: 10,
                        entries: [
                            entry("a/b") { $0.qos = .atLeastOnce },
                            entry("c/#") {
                                $0.qos = .exactlyOnce
                                $0.noLocal = true
                                $0.retainAsPublished = true
                                $0.retainHandling = .doNotSend
                            },
                            entry("+") {
                                $0.retainAsPublished = true
                                $0.retainHandling = .sendIfNew
                            },
                            entry("$share/g/t") { $0.qos = .exactlyOnce },
                        ]
                    )
                ) { $0.properties = [.subscriptionIdentifier(128), .userProperty(name: "a", value: "")] }
            )
        ),
        of5(
            "UNSUBSCRIBE",
            .client,
            "A2 14 000A 07 26 0001 'a' 0001 'b' 0003 'a/b' 0003 'c/#'",
            .unsubscribe(
                with(UnsubscribePacket(packetID: 10, filters: ["a/b", "c/#"])) {
                    $0.properties = [.userProperty(name: "a", value: "b")]
                }
            )
        ),
        of5("PINGREQ", .client, "C0 00", .pingRequest),
        of5("DISCONNECT", .client, "E0 00", .disconnectOrAuth(.init(.disconnect))),
        of5(
            "DISCONNECT with its will",
            .client,
            "E0 01 04",
            .disconnectOrAuth(.init(.disconnect, reason: .disconnectWithWill))
        ),
        of5(
            "DISCONNECT, every property of a client",
            .client,
            "E0 12 00 10 11 00000000 1F 0001 'r' 26 0001 'a' 0001 'b'",
            .disconnectOrAuth(
                with(ReasonPacket(.disconnect)) {
                    $0.properties = [
                        .sessionExpiryInterval(0), .reasonString("r"), .userProperty(name: "a", value: "b"),
                    ]
                }
            )
        ),
        of5(
            "AUTH",
            .client,
            "F0 0A 19 08 15 0001 'm' 16 0001 FF",
            .disconnectOrAuth(
                with(ReasonPacket(.auth, reason: .reauthenticate)) {
                    $0.properties = [.authenticationMethod("m"), .authenticationData([0xFF])]
                }
            )
        ),
    ]

    static func of5(_ name: String, _ sender: MQTTRole, _ text: String, _ packet: MQTTPacket) -> PacketVector {
        PacketVector(name, .v5, from: sender, text, packet)
    }

    private static func entry(
        _ filter: String,
        _ change: (inout SubscriptionOptions) -> Void
    ) -> SubscribePacket.Entry {
        .init(filter: filter, options: with(SubscriptionOptions(), change))
    }
}
