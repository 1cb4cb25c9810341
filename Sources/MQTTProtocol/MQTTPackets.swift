// The packets of both versions as values (MQTT 5.0 and 3.1.1, chapter 3). `properties` is empty in 3.1.1.

package struct ConnectPacket: Equatable, Sendable {
    package var version = MQTTVersion.v5
    /// mosquitto's mark of a bridge: 0x80 added to the protocol level of 3.1.1.
    package var hasBridgeBit = false
    package var clientID = ""
    package var cleanStart = false
    /// Seconds; 0 is off.
    package var keepAlive: UInt16 = 0
    package var username: String?
    package var password: [UInt8]?
    package var will: Will?
    package var properties: [MQTTProperty] = []

    package struct Will: Equatable, Sendable {
        package var topic: String
        package var payload: [UInt8]
        package var qos = QoS.atMostOnce
        package var isRetained = false
        package var properties: [MQTTProperty] = []

        package init(topic: String, payload: [UInt8], qos: QoS = .atMostOnce, isRetained: Bool = false) {
            self.topic = topic
            self.payload = payload
            self.qos = qos
            self.isRetained = isRetained
        }
    }

    package init() {}
}

package struct ConnAckPacket: Equatable, Sendable {
    package var sessionPresent = false
    /// In 3.1.1 the return codes 1 to 5, as `ReasonCode` names their like: 0x84, 0x85, 0x88, 0x86, 0x87.
    package var reason = ReasonCode.success
    package var properties: [MQTTProperty] = []

    package init() {}
}

/// PUBACK, PUBREC, PUBREL and PUBCOMP.
package struct AcknowledgementPacket: Equatable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case pubAck = 0x40
        case pubRec = 0x50
        case pubRel = 0x60
        case pubComp = 0x70
    }

    package var kind: Kind
    package var packetID: UInt16
    package var reason = ReasonCode.success
    package var properties: [MQTTProperty] = []

    package init(_ kind: Kind, _ packetID: UInt16, reason: ReasonCode = .success) {
        self.kind = kind
        self.packetID = packetID
        self.reason = reason
    }
}

/// What a subscription asks for (MQTT 5.0, 3.8.3.1); all but the QoS is of MQTT 5.
package struct SubscriptionOptions: Equatable, Sendable {
    package enum RetainHandling: UInt8, Hashable, Sendable, CaseIterable {
        case send = 0
        case sendIfNew = 1
        case doNotSend = 2
    }

    package var qos = QoS.atMostOnce
    package var noLocal = false
    package var retainAsPublished = false
    package var retainHandling = RetainHandling.send

    package init() {}
}

package struct SubscribePacket: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var filter: String
        package var options: SubscriptionOptions

        package init(filter: String, options: SubscriptionOptions) {
            self.filter = filter
            self.options = options
        }
    }

    package var packetID: UInt16
    package var entries: [Entry]
    package var properties: [MQTTProperty] = []

    package init(packetID: UInt16, entries: [Entry]) {
        self.packetID = packetID
        self.entries = entries
    }
}

/// SUBACK and UNSUBACK: one code for each filter, in order. UNSUBACK of 3.1.1 has none.
package struct SubscriptionAckPacket: Equatable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case subAck = 0x90
        case unsubAck = 0xB0
    }

    package var kind: Kind
    package var packetID: UInt16
    package var codes: [ReasonCode]
    package var properties: [MQTTProperty] = []

    package init(_ kind: Kind, packetID: UInt16, codes: [ReasonCode]) {
        self.kind = kind
        self.packetID = packetID
        self.codes = codes
    }
}

package struct UnsubscribePacket: Equatable, Sendable {
    package var packetID: UInt16
    package var filters: [String]
    package var properties: [MQTTProperty] = []

    package init(packetID: UInt16, filters: [String]) {
        self.packetID = packetID
        self.filters = filters
    }
}

/// DISCONNECT and AUTH (MQTT 5); DISCONNECT of 3.1.1 has neither reason nor properties.
package struct ReasonPacket: Equatable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case disconnect = 0xE0
        case auth = 0xF0
    }

    package var kind: Kind
    package var reason = ReasonCode.success
    package var properties: [MQTTProperty] = []

    package init(_ kind: Kind, reason: ReasonCode = .success) {
        self.kind = kind
        self.reason = reason
    }
}

/// A PUBLISH as a value, for tests and for what is not in a hurry; the message path reads a `PublishView` in place instead.
package struct PublishPacket: Equatable, Sendable {
    package var topic: String
    package var payload: [UInt8]
    package var qos = QoS.atMostOnce
    package var isRetained = false
    package var isDuplicate = false
    /// 0 with QoS 0.
    package var packetID: UInt16 = 0
    package var properties: [MQTTProperty] = []

    package init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

package enum MQTTPacket: Equatable, Sendable {
    case connect(ConnectPacket)
    case connAck(ConnAckPacket)
    case publish(PublishPacket)
    case acknowledgement(AcknowledgementPacket)
    case subscribe(SubscribePacket)
    case subscriptionAck(SubscriptionAckPacket)
    case unsubscribe(UnsubscribePacket)
    case pingRequest
    case pingResponse
    case disconnectOrAuth(ReasonPacket)
}
