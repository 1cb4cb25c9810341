import MQTTProtocol
import Testing

@Suite("Properties that the standard refuses")
struct PropertyRefusalTests {
    /// What the properties of a packet must have besides the one that is looked at.
    private static func needed(_ carrier: PropertyCarrier, _ id: PropertyID) -> [UInt8] {
        let method = PropertyID.authenticationMethod
        if carrier.name == "AUTH" { return id == method ? [] : method.sample }
        return carrier.name == "CONNECT" && id == .authenticationData ? method.sample : []
    }

    private static func stream(_ carrier: PropertyCarrier, _ properties: [UInt8]) -> PacketStream {
        PacketStream(carrier.bytes(properties), .v5, from: carrier.sender)
    }

    @Test("those of other packets", arguments: PropertyCarrier.all)
    func notAllowed(_ carrier: PropertyCarrier) {
        for id in PropertyID.allCases {
            let stream = Self.stream(carrier, id.sample + Self.needed(carrier, id))
            #expect((stream.failure == nil) == carrier.allowed.contains(id), "\(id)")
            #expect(stream.packets.count == (stream.failure == nil ? 1 : 0), "\(id)")
            guard let failure = stream.failure else { continue }
            let isError = failure.code == .malformedPacket || failure.code == .protocolError
            #expect(isError, "\(id): \(failure.code)")
        }
    }

    @Test("those that come again", arguments: PropertyCarrier.all)
    func repeated(_ carrier: PropertyCarrier) {
        for id in carrier.allowed {
            let stream = Self.stream(carrier, id.sample + id.sample + Self.needed(carrier, id))
            if carrier.allowedOften.contains(id) {
                #expect(stream.packets.count == 1, "\(id)")
            } else {
                #expect(stream.packets.isEmpty && stream.failure?.code == .protocolError, "\(id)")
            }
        }
    }

    @Test("those that end within their value", arguments: PropertyCarrier.all)
    func cut(_ carrier: PropertyCarrier) {
        for id in carrier.allowed {
            for less in 1..<id.sample.count {
                let stream = Self.stream(carrier, Self.needed(carrier, id) + id.sample.dropLast(less))
                #expect(stream.failure?.code == .malformedPacket, "\(id) without its last \(less)")
            }
        }
    }

    struct Value: Sendable, CustomTestStringConvertible {
        let id: PropertyID
        let value: String
        let code: ReasonCode?
        let statement: String
        var testDescription: String { "\(id) \(value)" }

        init(_ id: PropertyID, _ value: String, _ code: ReasonCode? = .protocolError, _ statement: String = "") {
            self.id = id
            self.value = value
            self.code = code
            self.statement = statement
        }
    }

    static let values: [Value] =
        [
            .init(.receiveMaximum, "0000"),
            .init(.maximumPacketSize, "00000000"),
            .init(.subscriptionIdentifier, "00"),
            .init(.subscriptionIdentifier, "8000", .malformedPacket, "MQTT-1.5.5-1"),
            .init(.subscriptionIdentifier, "FFFFFFFF01", .malformedPacket),
            .init(.subscriptionIdentifier, "FFFFFF7F", nil),
            .init(.topicAlias, "0000", .topicAliasInvalid, "MQTT-3.3.2-8"),
            .init(.topicAlias, "FFFF", nil),
            .init(.responseTopic, "0000", .protocolError, "MQTT-4.7.3-1"),
            .init(.responseTopic, "0003 'a/#'", .protocolError, "MQTT-3.3.2-14"),
            .init(.contentType, "0001 FF", .malformedPacket, "MQTT-1.5.4-1"),
            .init(.reasonString, "0001 00", .malformedPacket, "MQTT-1.5.4-2"),
            .init(.userProperty, "0001 00 0000", .malformedPacket, "MQTT-1.5.4-2"),
            .init(.userProperty, "0000 0002 C080", .malformedPacket, "MQTT-1.5.4-1"),
            .init(.userProperty, "0000 0000", nil),
            .init(.correlationData, "0000", nil),
            .init(.correlationData, "0002 00FF", nil),
            .init(.messageExpiryInterval, "00000000", nil),
            .init(.sessionExpiryInterval, "FFFFFFFF", nil),
            .init(.willDelayInterval, "00000000", nil),
            .init(.topicAliasMaximum, "0000", nil),
            .init(.serverKeepAlive, "0000", nil),
        ]
        + [
            PropertyID.payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation, .maximumQoS,
            .retainAvailable, .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
            .sharedSubscriptionAvailable,
        ]
        .flatMap { [.init($0, "00", nil), .init($0, "02"), .init($0, "FF")] }

    @Test("those with a value that has no meaning, wherever they may stand", arguments: values)
    func outOfRange(_ value: Value) {
        let carriers = PropertyCarrier.all.filter { $0.allowed.contains(value.id) }
        #expect(!carriers.isEmpty)
        for carrier in carriers {
            let encoded = [value.id.rawValue] + hex(value.value)
            let stream = Self.stream(carrier, Self.needed(carrier, value.id) + encoded)
            #expect(stream.failure?.code == value.code, "\(carrier.testDescription)")
            #expect(stream.failure?.statement ?? "" == value.statement, "\(carrier.testDescription)")
            #expect(stream.packets.isEmpty == (value.code != nil), "\(carrier.testDescription)")
        }
    }

    @Test("identifiers that there are not", arguments: PropertyCarrier.all)
    func unknown(_ carrier: PropertyCarrier) {
        for byte in UInt8.min...UInt8.max where PropertyID(rawValue: byte) == nil {
            let stream = Self.stream(carrier, [byte, 0])
            #expect(stream.failure?.code == .malformedPacket, "\(byte)")
        }
    }

    @Test("authentication data, and AUTH, without the method")
    func methodMissing() {
        for carrier in PropertyCarrier.all where carrier.name == "CONNECT" || carrier.name == "AUTH" {
            let stream = Self.stream(carrier, PropertyID.authenticationData.sample)
            #expect(stream.failure?.code == .protocolError, "\(carrier.testDescription)")
        }
    }
}
