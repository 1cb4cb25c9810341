import MQTTProtocol
import NIOCore
import Testing

@Suite("What cannot be written")
struct PacketEncodingTests {
    private static func expectRefusal(
        _ packet: MQTTPacket,
        _ version: MQTTVersion,
        from sender: MQTTRole? = nil,
        _ code: ReasonCode,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var output = ByteBuffer(bytes: [1, 2, 3])
        let failure = #expect(throws: MQTTProtocolError.self, sourceLocation: sourceLocation) {
            try packet.encode(into: &output, version: version, from: sender)
        }
        #expect(failure?.code == code, sourceLocation: sourceLocation)
        #expect(output == ByteBuffer(bytes: [1, 2, 3]), sourceLocation: sourceLocation)
    }

    private static let longest = String(repeating: "x", count: 65_535)
    private static let tooLong = String(repeating: "x", count: 65_536)
    private static let tooMuch = [UInt8](repeating: 0, count: 65_536)

    @Test("a field of more than 65,535 bytes; one of so many can")
    func lengths() throws {
        let entry = SubscribePacket.Entry(filter: Self.tooLong, options: .init())
        let packets: [MQTTPacket] = [
            .publish(.init(topic: Self.tooLong, payload: [])),
            .connect(with(ConnectPacket()) { $0.clientID = Self.tooLong }),
            .connect(with(ConnectPacket()) { $0.username = Self.tooLong }),
            .connect(with(ConnectPacket()) { $0.password = Self.tooMuch }),
            .connect(with(ConnectPacket()) { $0.will = .init(topic: Self.tooLong, payload: []) }),
            .connect(with(ConnectPacket()) { $0.will = .init(topic: "w", payload: Self.tooMuch) }),
            .subscribe(.init(packetID: 1, entries: [entry])),
            .unsubscribe(.init(packetID: 1, filters: [Self.tooLong])),
        ]
        for packet in packets { Self.expectRefusal(packet, .v5, .packetTooLarge) }
        let properties: [MQTTProperty] = [
            .contentType(Self.tooLong), .responseTopic(Self.tooLong), .correlationData(Self.tooMuch),
            .userProperty(name: Self.tooLong, value: ""), .userProperty(name: "", value: Self.tooLong),
        ]
        for property in properties { Self.expectRefusal(Self.publish(property), .v5, .packetTooLarge) }
        let long: MQTTPacket = .publish(
            with(.init(topic: Self.longest, payload: Self.tooMuch)) {
                $0.properties = [.userProperty(name: Self.longest, value: Self.longest), .responseTopic(Self.longest)]
            }
        )
        #expect(try MQTTPacket.decode(try long.bytes(.v5), version: .v5, from: nil) == long)
    }

    private static func publish(_ property: MQTTProperty) -> MQTTPacket {
        .publish(with(.init(topic: "t", payload: [])) { $0.properties = [property] })
    }

    @Test("a subscription identifier of more than four bytes")
    func subscriptionIdentifier() throws {
        Self.expectRefusal(Self.publish(.subscriptionIdentifier(268_435_456)), .v5, .packetTooLarge)
        #expect(
            try Self.publish(.subscriptionIdentifier(268_435_455)).bytes(.v5) == hex("30 09 0001 't' 05 0B FFFFFF7F")
        )
    }

    @Test("what would be refused when it is read")
    func rules() {
        Self.expectRefusal(.publish(.init(topic: "a/#", payload: [])), .v5, .protocolError)
        Self.expectRefusal(.publish(.init(topic: "", payload: [])), .v5, .protocolError)
        Self.expectRefusal(.publish(.init(topic: "a\0", payload: [])), .v3_1_1, .malformedPacket)
        Self.expectRefusal(.publish(with(.init(topic: "t", payload: [])) { $0.packetID = 1 }), .v5, .protocolError)
        Self.expectRefusal(
            .publish(with(.init(topic: "t", payload: [])) { $0.isDuplicate = true }),
            .v5,
            .malformedPacket
        )
        Self.expectRefusal(
            .publish(with(.init(topic: "t", payload: [])) { $0.qos = .atLeastOnce }),
            .v5,
            .protocolError
        )
        Self.expectRefusal(Self.publish(.receiveMaximum(1)), .v5, .malformedPacket)
        Self.expectRefusal(Self.publish(.topicAlias(0)), .v5, .topicAliasInvalid)
        Self.expectRefusal(Self.publish(.subscriptionIdentifier(1)), .v5, from: .client, .protocolError)
        for version in MQTTVersion.allCases {
            for kind in AcknowledgementPacket.Kind.allCases {
                Self.expectRefusal(.acknowledgement(.init(kind, 0)), version, .protocolError)
            }
            Self.expectRefusal(.subscribe(.init(packetID: 1, entries: [])), version, .protocolError)
            Self.expectRefusal(.unsubscribe(.init(packetID: 1, filters: [])), version, .protocolError)
            Self.expectRefusal(.subscriptionAck(.init(.subAck, packetID: 1, codes: [])), version, .protocolError)
        }
        Self.expectRefusal(.acknowledgement(.init(.pubAck, 1, reason: .malformedPacket)), .v5, .protocolError)
        Self.expectRefusal(.disconnectOrAuth(.init(.auth, reason: .continueAuthentication)), .v5, .protocolError)
    }

    @Test("a packet of the other end, or of the other version")
    func wrongEnd() {
        Self.expectRefusal(.pingResponse, .v5, from: .client, .protocolError)
        Self.expectRefusal(.pingRequest, .v5, from: .server, .protocolError)
        Self.expectRefusal(.connect(ConnectPacket()), .v5, from: .server, .protocolError)
        Self.expectRefusal(.connAck(ConnAckPacket()), .v3_1_1, from: .client, .protocolError)
        Self.expectRefusal(.disconnectOrAuth(.init(.disconnect)), .v3_1_1, from: .server, .protocolError)
        Self.expectRefusal(.disconnectOrAuth(.init(.auth)), .v3_1_1, .protocolError)
        let refused: MQTTPacket = .connAck(with(ConnAckPacket()) { $0.reason = .quotaExceeded })
        Self.expectRefusal(refused, .v3_1_1, .implementationSpecificError)
    }

    @Test("3.1.1 leaves out what it has no place for")
    func leftOut() throws {
        let text = MQTTProperty.userProperty(name: "a", value: "b")
        func bytes(_ packet: MQTTPacket) throws -> [UInt8] { try packet.bytes(.v3_1_1) }
        #expect(try bytes(Self.publish(text)) == hex("30 03 0001 't'"))
        let refusal = with(AcknowledgementPacket(.pubAck, 1, reason: .notAuthorized)) { $0.properties = [text] }
        #expect(try bytes(.acknowledgement(refusal)) == hex("40 02 0001"))
        let goodbye = with(ReasonPacket(.disconnect, reason: .protocolError)) { $0.properties = [text] }
        #expect(try bytes(.disconnectOrAuth(goodbye)) == hex("E0 00"))
        let options = with(SubscriptionOptions()) {
            $0.qos = .atLeastOnce
            $0.noLocal = true
            $0.retainAsPublished = true
            $0.retainHandling = .doNotSend
        }
        let entry = SubscribePacket.Entry(filter: "t", options: options)
        #expect(try bytes(.subscribe(.init(packetID: 1, entries: [entry]))) == hex("82 06 0001 0001 't' 01"))
        let codes = SubscriptionAckPacket(.subAck, packetID: 1, codes: [.grantedQoS1, .notAuthorized])
        #expect(try bytes(.subscriptionAck(codes)) == hex("90 04 0001 01 80"))
    }
}
