import MQTTProtocol
import TestSupport

/// Draws packets that the standard allows, with everything that they may have.
struct PacketGenerator {
    var random: SeededGenerator
    let version: MQTTVersion
    let sender: MQTTRole

    mutating func packet() -> MQTTPacket {
        let ofBoth = [publish, acknowledgement]
        let ofVersion5 = version == .v5 ? [disconnect, auth] : []
        switch sender {
        case .client: return pick(ofBoth + ofVersion5 + [connect, subscribe, unsubscribe, disconnect, ping])(&self)
        case .server: return pick(ofBoth + ofVersion5 + [connAck, subAck, unsubAck, ping])(&self)
        }
    }

    // MARK: Packets

    private typealias Draw = (inout PacketGenerator) -> MQTTPacket

    private var publish: Draw {
        { own in
            var packet = PublishPacket(topic: own.topic(), payload: own.data())
            packet.qos = own.pick(QoS.allCases)
            packet.isRetained = own.flip()
            if packet.qos != .atMostOnce {
                packet.isDuplicate = own.flip()
                packet.packetID = own.number(from: 1)
            }
            packet.properties = own.properties("PUBLISH")
            let hasAlias = packet.properties.contains { $0.id == .topicAlias }
            if hasAlias, own.flip() { packet.topic = "" }
            return .publish(packet)
        }
    }

    private var acknowledgement: Draw {
        { own in
            var packet = AcknowledgementPacket(own.pick(AcknowledgementPacket.Kind.allCases), own.number(from: 1))
            guard own.version == .v5 else { return .acknowledgement(packet) }
            switch packet.kind {
            case .pubAck, .pubRec: packet.reason = own.pick([.success, .noMatchingSubscribers, .quotaExceeded])
            case .pubRel, .pubComp: packet.reason = own.pick([.success, .packetIdentifierNotFound])
            }
            packet.properties = own.properties("PUBACK")
            return .acknowledgement(packet)
        }
    }

    private var connect: Draw {
        { own in
            var packet = ConnectPacket()
            packet.version = own.version
            packet.hasBridgeBit = own.version == .v3_1_1 && own.flip()
            packet.clientID = own.text()
            packet.cleanStart = packet.clientID.isEmpty || own.flip()
            packet.keepAlive = own.number()
            if own.flip() { packet.username = own.text() }
            if own.flip(), packet.username != nil || own.version == .v5 { packet.password = own.data() }
            packet.properties = own.properties("CONNECT")
            if own.flip() {
                packet.will = .init(
                    topic: own.topic(),
                    payload: own.data(),
                    qos: own.pick(QoS.allCases),
                    isRetained: own.flip()
                )
                packet.will?.properties = own.properties("will")
            }
            return .connect(packet)
        }
    }

    private var connAck: Draw {
        { own in
            var packet = ConnAckPacket()
            packet.reason = own.pick([.success, .notAuthorized, .serverUnavailable, .unsupportedProtocolVersion])
            packet.sessionPresent = packet.reason == .success && own.flip()
            packet.properties = own.properties("CONNACK")
            return .connAck(packet)
        }
    }

    private var subscribe: Draw {
        { own in
            let entries = (0..<own.count(from: 1)).map { _ in
                var options = SubscriptionOptions()
                options.qos = own.pick(QoS.allCases)
                let filter = own.filter()
                if own.version == .v5 {
                    options.noLocal = !SharedSubscription.isShared(filter) && own.flip()
                    options.retainAsPublished = own.flip()
                    options.retainHandling = own.pick(SubscriptionOptions.RetainHandling.allCases)
                }
                return SubscribePacket.Entry(filter: filter, options: options)
            }
            var packet = SubscribePacket(packetID: own.number(from: 1), entries: entries)
            packet.properties = own.properties("SUBSCRIBE")
            return .subscribe(packet)
        }
    }

    private var unsubscribe: Draw {
        { own in
            let filters = (0..<own.count(from: 1)).map { _ in own.filter() }
            var packet = UnsubscribePacket(packetID: own.number(from: 1), filters: filters)
            packet.properties = own.properties("UNSUBSCRIBE")
            return .unsubscribe(packet)
        }
    }

    private var subAck: Draw {
        { own in
            let refusals: [ReasonCode] = own.version == .v5 ? [.notAuthorized, .topicFilterInvalid] : []
            let known = [.success, .grantedQoS1, .grantedQoS2, .unspecifiedError] + refusals
            let codes = (0..<own.count(from: 1)).map { _ in own.pick(known) }
            var packet = SubscriptionAckPacket(.subAck, packetID: own.number(from: 1), codes: codes)
            packet.properties = own.properties("SUBACK")
            return .subscriptionAck(packet)
        }
    }

    private var unsubAck: Draw {
        { own in
            let count = own.version == .v5 ? own.count(from: 1) : 0
            let codes = (0..<count).map { _ in own.pick([ReasonCode.success, .noSubscriptionExisted, .notAuthorized]) }
            var packet = SubscriptionAckPacket(.unsubAck, packetID: own.number(from: 1), codes: codes)
            packet.properties = own.properties("UNSUBACK")
            return .subscriptionAck(packet)
        }
    }

    private var ping: Draw { { $0.sender == .client ? .pingRequest : .pingResponse } }

    private var disconnect: Draw {
        { own in
            var packet = ReasonPacket(.disconnect)
            guard own.version == .v5 else { return .disconnectOrAuth(packet) }
            packet.reason = own.pick([.success, .disconnectWithWill, .serverMoved, .protocolError])
            packet.properties = own.properties("DISCONNECT")
            return .disconnectOrAuth(packet)
        }
    }

    private var auth: Draw {
        { own in
            var packet = ReasonPacket(.auth, reason: own.pick([.success, .continueAuthentication, .reauthenticate]))
            packet.properties = own.properties("AUTH")
            if !packet.properties.contains(where: { $0.id == .authenticationMethod }) {
                packet.properties.append(.authenticationMethod(own.text()))
            }
            return .disconnectOrAuth(packet)
        }
    }

    // MARK: Properties

    private mutating func properties(_ carrier: String) -> [MQTTProperty] {
        guard version == .v5, flip(),
            let carrier = PropertyCarrier.all.first(where: { $0.name == carrier && $0.sender == sender })
        else { return [] }
        // A set has another order in each process; a seed means one order.
        var ids = carrier.allowed.sorted { $0.rawValue < $1.rawValue }.filter { _ in flip() }
        for id in carrier.allowedOften.sorted(by: { $0.rawValue < $1.rawValue }) where flip() {
            ids += Array(repeating: id, count: count(from: 0))
        }
        if carrier.name == "CONNECT", ids.contains(.authenticationData), !ids.contains(.authenticationMethod) {
            ids.append(.authenticationMethod)
        }
        return ids.shuffled(using: &random).map { property($0) }
    }

    private mutating func property(_ id: PropertyID) -> MQTTProperty {
        switch id {
        case .payloadFormatIndicator: .payloadFormatIndicator(bit())
        case .messageExpiryInterval: .messageExpiryInterval(number())
        case .contentType: .contentType(text())
        case .responseTopic: .responseTopic(topic())
        case .correlationData: .correlationData(data())
        case .subscriptionIdentifier: .subscriptionIdentifier(number(from: 1) as UInt32 % 268_435_455 + 1)
        case .sessionExpiryInterval: .sessionExpiryInterval(number())
        case .assignedClientIdentifier: .assignedClientIdentifier(text())
        case .serverKeepAlive: .serverKeepAlive(number())
        case .authenticationMethod: .authenticationMethod(text())
        case .authenticationData: .authenticationData(data())
        case .requestProblemInformation: .requestProblemInformation(bit())
        case .willDelayInterval: .willDelayInterval(number())
        case .requestResponseInformation: .requestResponseInformation(bit())
        case .responseInformation: .responseInformation(text())
        case .serverReference: .serverReference(text())
        case .reasonString: .reasonString(text())
        case .receiveMaximum: .receiveMaximum(number(from: 1))
        case .topicAliasMaximum: .topicAliasMaximum(number())
        case .topicAlias: .topicAlias(number(from: 1))
        case .maximumQoS: .maximumQoS(bit())
        case .retainAvailable: .retainAvailable(bit())
        case .userProperty: .userProperty(name: text(), value: text())
        case .maximumPacketSize: .maximumPacketSize(number(from: 1))
        case .wildcardSubscriptionAvailable: .wildcardSubscriptionAvailable(bit())
        case .subscriptionIdentifierAvailable: .subscriptionIdentifierAvailable(bit())
        case .sharedSubscriptionAvailable: .sharedSubscriptionAvailable(bit())
        }
    }

    // MARK: Values

    private mutating func flip() -> Bool { Bool.random(using: &random) }

    private mutating func bit() -> UInt8 { flip() ? 1 : 0 }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &random)]
    }

    private mutating func count(from least: Int) -> Int { Int.random(in: least...4, using: &random) }

    private mutating func number<Number: FixedWidthInteger & UnsignedInteger>(from least: Number = 0) -> Number {
        pick([least, 1, .max, Number.random(in: least...(.max), using: &random)])
    }

    /// Also such that lengths of properties and packets take two bytes.
    private mutating func length() -> Int {
        Int.random(in: 0...pick([0, 1, 2, 7, 9, 12, 140, 300]), using: &random)
    }

    private mutating func data() -> [UInt8] {
        (0..<length()).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// Also with the byte order mark, which is no mark here (MQTT-1.5.4-3), and accents of their own.
    private mutating func text() -> String {
        let letters = ["a", "Z", "/", " ", "$", "\u{FEFF}", "e\u{301}", "é", "水", "🜁", "\u{10FFFF}"]
        return (0..<length()).map { _ in pick(letters) }.joined()
    }

    private mutating func topic() -> String { text() + "/t" }

    private mutating func filter() -> String {
        let filter = pick(["#", "+", "a/+/b", "/", "$SYS/#", topic(), topic() + "/#"])
        return version == .v5 && flip() && flip() ? "$share/g\u{301}/\(filter)" : filter
    }
}
