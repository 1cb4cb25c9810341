import MQTTProtocol
import Testing

@Suite("A session connects") struct SessionConnectTests {
    private static func refusal(_ code: ReasonCode, _ properties: MQTTProperty...) -> MQTTPacket {
        var packet = ConnAckPacket()
        packet.reason = code
        packet.properties = properties
        return .connAck(packet)
    }

    @Test("MQTT-3.1.0-1: CONNECT is first, with what was set") func connectIsFirst() throws {
        let script = SessionScript {
            $0.keepAlive = 30
            $0.receiveMaximum = 7
            $0.packetByteMaximum = 1000
            $0.topicAliasMaximum = 3
            $0.username = "u"
            $0.password = [1]
        }
        let connect = try #require(script.dial())
        #expect(connect.clientID == "bridge")
        #expect(connect.version == .v5)
        #expect(!connect.cleanStart)
        #expect(connect.keepAlive == 30)
        #expect(connect.username == "u")
        #expect(connect.password == [1])
        let wanted: [MQTTProperty] = [
            .sessionExpiryInterval(3600), .receiveMaximum(7), .maximumPacketSize(1000), .topicAliasMaximum(3),
        ]
        #expect(Set(connect.properties) == Set(wanted))
    }

    @Test("3.1.1: the bridge bit, a clean session where none is kept, no password without a name")
    func connectOfVersion3() throws {
        let kept = SessionScript(.v3_1_1) { $0.hasBridgeBit = true }
        let keeping = try #require(kept.dial())
        #expect(keeping.hasBridgeBit && !keeping.cleanStart && keeping.properties.isEmpty)
        let unkept = SessionScript(.v3_1_1) {
            $0.sessionExpiry = 0
            $0.password = [1]
        }
        let clean = try #require(unkept.dial())
        #expect(!clean.hasBridgeBit && clean.cleanStart)
        #expect(clean.username == "")
    }

    // MARK: Falling back

    @Test("falls back to 3.1.1 for good when the version is refused, in either form", arguments: [false, true])
    func fallsBack(inFormOf3: Bool) throws {
        let script = SessionScript { $0.fallsBack = true }
        script.dial()
        if inFormOf3 {
            script.hears(hex("20 02 00 01"))
        } else {
            try script.hears(Self.refusal(.unsupportedProtocolVersion))
        }
        let failure = try #require(script.client.failures.first)
        #expect(failure.kind == .refused(.unsupportedProtocolVersion))
        #expect(failure.willFallBack && !failure.isConfigurationFault)
        for _ in 1...3 {
            script.lose()
            #expect(script.dial(.v3_1_1)?.version == .v3_1_1)
        }
    }

    @Test("a version refused without leave to fall back, or in 3.1.1 too, is for a person to settle")
    func versionRefused() throws {
        let script = SessionScript()
        script.dial()
        script.hears(hex("20 02 00 01"))
        #expect(script.client.failures.map(\.isConfigurationFault) == [true])
        #expect(script.client.failures.map(\.willFallBack) == [false])
        script.lose()
        #expect(script.dial()?.version == .v5)

        let old = SessionScript(.v3_1_1) { $0.fallsBack = true }
        old.dial()
        old.hears(hex("20 02 00 01"))
        #expect(old.client.failures.map(\.isConfigurationFault) == [true])
    }

    @Test("a broker that hangs up on CONNECT is tried with each version in turn, until one is accepted")
    func hungUp() throws {
        let script = SessionScript { $0.fallsBack = true }
        var versions: [MQTTVersion?] = []
        for version in [MQTTVersion.v5, .v3_1_1, .v5] {
            versions.append(script.dial(version)?.version)
            script.lose()
        }
        #expect(script.dial(.v3_1_1)?.version == .v3_1_1)
        script.hears(hex("20 02 00 00"))
        #expect(script.client.connections.map(\.version) == [.v3_1_1])
        script.lose()
        script.dial(.v3_1_1)
        script.lose()
        versions.append(script.dial(.v3_1_1)?.version)
        #expect(versions == [.v5, .v3_1_1, .v5, .v3_1_1])
    }

    // MARK: Refusals

    @Test(
        "MQTT-4.13.2-1: a refusal ends the connection, says why, and whether trying again is of use",
        arguments: [
            (0x80, "without saying why", false), (0x85, "client identifier not valid", true),
            (0x86, "wrong user name or password", true), (0x87, "not authorised", true),
            (0x88, "server unavailable", false), (0x89, "server busy", false), (0x8A, "banned", true),
            (0x8C, "authentication method not supported", true), (0x97, "quota exceeded", false),
            (0x9B, "QoS not supported", true), (0x9F, "connection rate exceeded", false),
        ] as [(UInt8, String, Bool)]
    )
    func refused(code: UInt8, words: String, isFault: Bool) throws {
        let script = SessionScript()
        script.dial()
        let sent = try script.hears(Self.refusal(ReasonCode(rawValue: code), .reasonString("try\u{7} later")))
        #expect(sent.isEmpty)
        let failure = try #require(script.client.failures.first)
        #expect(failure.kind == .refused(ReasonCode(rawValue: code)))
        #expect(failure.isConfigurationFault == isFault)
        #expect("\(failure)".contains(words))
        #expect("\(failure)".hasSuffix(#": "try\u{7} later""#))
        #expect(!script.client.session.isConnected)
    }

    @Test(
        "3.1.1: return codes are refusals too, also to a CONNECT of version 5",
        arguments: [(2, 0x85), (3, 0x88), (4, 0x86), (5, 0x87)] as [(UInt8, UInt8)],
        MQTTVersion.allCases
    )
    func returnCodes(_ pair: (code: UInt8, reason: UInt8), version: MQTTVersion) {
        let script = SessionScript(version)
        script.dial()
        script.hears([0x20, 2, 0, pair.code])
        #expect(script.client.failures.map(\.kind) == [.refused(ReasonCode(rawValue: pair.reason))])
    }

    @Test("a broker that keeps no retained messages refuses a retained will, and is left none") func noRetainedWill()
        throws
    {
        let script = SessionScript {
            $0.will = ConnectPacket.Will(topic: "t", payload: [0], qos: .atLeastOnce, isRetained: true)
        }
        #expect(script.dial()?.will != nil)
        var answer = ConnAckPacket()
        answer.reason = .retainNotSupported
        try script.hears(.connAck(answer))
        #expect(script.client.failures.map(\.isConfigurationFault) == [false])
        script.lose()
        let second = try #require(script.dial())
        #expect(second.will == nil)
        // That it is refused once more has another cause.
        try script.hears(.connAck(answer))
        #expect(script.client.failures.map(\.isConfigurationFault) == [false, true])
    }

    @Test("another server that a refusal names is told") func anotherServer() throws {
        let script = SessionScript()
        script.dial()
        try script.hears(Self.refusal(.useAnotherServer, .serverReference("b.example:1883")))
        #expect(script.client.failures.map(\.serverReference) == ["b.example:1883"])
        #expect("\(script.client.failures)".contains("it names another server: b.example:1883"))
    }

    // MARK: Sessions and names

    @Test("MQTT-3.2.2-2, MQTT-3.2.2-4: a session that is present after a clean start is refused")
    func presentAfterCleanStart() throws {
        let script = SessionScript { $0.cleanStart = true }
        let sent = try script.connect(sessionPresent: true)
        #expect(sent == [.disconnect(.protocolError)])
        #expect(script.client.connections.isEmpty)
        #expect(script.client.failures.count == 1)
    }

    @Test("MQTT-3.1.3-2, MQTT-3.2.2-16: a client id that the broker has chosen is kept") func assignedName() throws {
        let script = SessionScript { $0.clientID = "" }
        try script.connect(granting: [.assignedClientIdentifier("n1")])
        #expect(script.client.connections.map(\.isClientIDAssigned) == [true])
        script.lose()
        #expect(script.dial()?.clientID == "n1")
    }

    @Test("what the broker grants is told") func grants() throws {
        let script = SessionScript()
        try script.connect(granting: [
            .sessionExpiryInterval(60), .receiveMaximum(5), .maximumQoS(1), .retainAvailable(0),
            .maximumPacketSize(100), .topicAliasMaximum(9), .wildcardSubscriptionAvailable(0),
            .subscriptionIdentifierAvailable(0), .sharedSubscriptionAvailable(0), .serverKeepAlive(9),
        ])
        let granted = try #require(script.client.connections.first)
        #expect(granted.sessionExpiry == 60 && granted.keepAlive == 9)
        #expect(granted.receiveMaximum == 5 && granted.packetByteMaximum == 100 && granted.topicAliasMaximum == 9)
        #expect(granted.maximumQoS == .atLeastOnce && !granted.isRetainAvailable)
        #expect(!granted.hasWildcardSubscriptions && !granted.hasSharedSubscriptions)
        #expect(!granted.hasSubscriptionIdentifiers)
    }
}
