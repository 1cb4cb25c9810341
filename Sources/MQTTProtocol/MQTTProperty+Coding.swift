package import NIOCore

extension MQTTProperty {
    /// - Parameter item: out of a walk over the same bytes, which has checked it.
    package init(_ item: PropertyWalker.Item, in bytes: UnsafeRawBufferPointer) {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let number = item.number
        self =
            switch item.id {
            case .payloadFormatIndicator: .payloadFormatIndicator(UInt8(truncatingIfNeeded: number))
            case .messageExpiryInterval: .messageExpiryInterval(number)
            case .contentType: .contentType(text(item.value))
            case .responseTopic: .responseTopic(text(item.value))
            case .correlationData: .correlationData(Array(bytes[item.value]))
            case .subscriptionIdentifier: .subscriptionIdentifier(number)
            case .sessionExpiryInterval: .sessionExpiryInterval(number)
            case .assignedClientIdentifier: .assignedClientIdentifier(text(item.value))
            case .serverKeepAlive: .serverKeepAlive(UInt16(truncatingIfNeeded: number))
            case .authenticationMethod: .authenticationMethod(text(item.value))
            case .authenticationData: .authenticationData(Array(bytes[item.value]))
            case .requestProblemInformation: .requestProblemInformation(UInt8(truncatingIfNeeded: number))
            case .willDelayInterval: .willDelayInterval(number)
            case .requestResponseInformation: .requestResponseInformation(UInt8(truncatingIfNeeded: number))
            case .responseInformation: .responseInformation(text(item.value))
            case .serverReference: .serverReference(text(item.value))
            case .reasonString: .reasonString(text(item.value))
            case .receiveMaximum: .receiveMaximum(UInt16(truncatingIfNeeded: number))
            case .topicAliasMaximum: .topicAliasMaximum(UInt16(truncatingIfNeeded: number))
            case .topicAlias: .topicAlias(UInt16(truncatingIfNeeded: number))
            case .maximumQoS: .maximumQoS(UInt8(truncatingIfNeeded: number))
            case .retainAvailable: .retainAvailable(UInt8(truncatingIfNeeded: number))
            case .userProperty: .userProperty(name: text(item.name), value: text(item.value))
            case .maximumPacketSize: .maximumPacketSize(number)
            case .wildcardSubscriptionAvailable: .wildcardSubscriptionAvailable(UInt8(truncatingIfNeeded: number))
            case .subscriptionIdentifierAvailable: .subscriptionIdentifierAvailable(UInt8(truncatingIfNeeded: number))
            case .sharedSubscriptionAvailable: .sharedSubscriptionAvailable(UInt8(truncatingIfNeeded: number))
            }
    }

    package var id: PropertyID {
        switch self {
        case .payloadFormatIndicator: .payloadFormatIndicator
        case .messageExpiryInterval: .messageExpiryInterval
        case .contentType: .contentType
        case .responseTopic: .responseTopic
        case .correlationData: .correlationData
        case .subscriptionIdentifier: .subscriptionIdentifier
        case .sessionExpiryInterval: .sessionExpiryInterval
        case .assignedClientIdentifier: .assignedClientIdentifier
        case .serverKeepAlive: .serverKeepAlive
        case .authenticationMethod: .authenticationMethod
        case .authenticationData: .authenticationData
        case .requestProblemInformation: .requestProblemInformation
        case .willDelayInterval: .willDelayInterval
        case .requestResponseInformation: .requestResponseInformation
        case .responseInformation: .responseInformation
        case .serverReference: .serverReference
        case .reasonString: .reasonString
        case .receiveMaximum: .receiveMaximum
        case .topicAliasMaximum: .topicAliasMaximum
        case .topicAlias: .topicAlias
        case .maximumQoS: .maximumQoS
        case .retainAvailable: .retainAvailable
        case .userProperty: .userProperty
        case .maximumPacketSize: .maximumPacketSize
        case .wildcardSubscriptionAvailable: .wildcardSubscriptionAvailable
        case .subscriptionIdentifierAvailable: .subscriptionIdentifierAvailable
        case .sharedSubscriptionAvailable: .sharedSubscriptionAvailable
        }
    }
}

extension ByteBuffer {
    /// Writes the identifier and the value; whether it may stand there is asked when the packet is.
    ///
    /// - Throws: when a string or data has more than 65,535 bytes, or a subscription identifier more than four.
    package mutating func writeProperty(_ property: MQTTProperty) throws(MQTTProtocolError) {
        writeInteger(property.id.rawValue)
        switch property {
        case .payloadFormatIndicator(let byte), .requestProblemInformation(let byte),
            .requestResponseInformation(let byte), .maximumQoS(let byte), .retainAvailable(let byte),
            .wildcardSubscriptionAvailable(let byte), .subscriptionIdentifierAvailable(let byte),
            .sharedSubscriptionAvailable(let byte):
            writeInteger(byte)
        case .serverKeepAlive(let number), .receiveMaximum(let number), .topicAliasMaximum(let number),
            .topicAlias(let number):
            writeInteger(number)
        case .messageExpiryInterval(let number), .sessionExpiryInterval(let number), .willDelayInterval(let number),
            .maximumPacketSize(let number):
            writeInteger(number)
        case .subscriptionIdentifier(let number): try writeVariableByteInteger(Int(number))
        case .contentType(let text), .responseTopic(let text), .assignedClientIdentifier(let text),
            .authenticationMethod(let text), .responseInformation(let text), .serverReference(let text),
            .reasonString(let text):
            try writeCounted(text)
        case .correlationData(let data), .authenticationData(let data): try writeCounted(data)
        case .userProperty(let name, let value):
            try writeCounted(name)
            try writeCounted(value)
        }
    }

    /// Writes properties behind their length (MQTT 5.0, 2.2.2).
    mutating func writeProperties(_ properties: [MQTTProperty]) throws(MQTTProtocolError) {
        guard !properties.isEmpty else {
            writeInteger(UInt8(0))
            return
        }
        var encoded = ByteBuffer()
        for property in properties { try encoded.writeProperty(property) }
        try writeVariableByteInteger(encoded.readableBytes)
        writeImmutableBuffer(encoded)
    }

    mutating func writeVariableByteInteger(_ value: Int) throws(MQTTProtocolError) {
        guard value <= VariableByteInteger.maximum else {
            throw MQTTProtocolError(.packetTooLarge, "\(value) is too large for a variable byte integer")
        }
        var rest = value
        while rest >= 0x80 {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(rest))
    }

    mutating func writeCounted(_ text: String) throws(MQTTProtocolError) {
        try writeCount(text.utf8.count)
        writeString(text)
    }

    mutating func writeCounted(_ data: [UInt8]) throws(MQTTProtocolError) {
        try writeCount(data.count)
        writeBytes(data)
    }

    private mutating func writeCount(_ count: Int) throws(MQTTProtocolError) {
        guard let short = UInt16(exactly: count) else {
            throw MQTTProtocolError(.packetTooLarge, "a field of \(count) bytes; at most 65535 can be sent")
        }
        writeInteger(short)
    }
}
