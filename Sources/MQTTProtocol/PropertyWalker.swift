/// Walks over encoded properties where they lie (MQTT 5.0, 2.2.2), without building any.
package struct PropertyWalker {
    /// One property. Ranges are offsets into the walker's bytes.
    package struct Item: Equatable {
        package let id: PropertyID
        /// All of it, identifier included: these bytes can be passed on as they are.
        package let encoded: Range<Int>
        /// The name of a user property; empty for all others.
        package let name: Range<Int>
        /// A string or binary data without its length, or the bytes of a number.
        package let value: Range<Int>
        /// The value of a number; 0 for all others.
        package let number: UInt32
    }

    private let bytes: UnsafeRawBufferPointer
    private let place: PropertyPlace?
    private var at: Int
    private let end: Int
    /// A bit for each property that has come.
    private var seen: UInt64 = 0

    /// - Parameters:
    ///   - range: where the properties lie in `bytes`, without their length.
    ///   - place: whose rules hold; nil for properties that have been checked before: then only their form is looked at.
    package init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, in place: PropertyPlace?) {
        self.bytes = bytes
        self.place = place
        at = range.lowerBound
        end = range.upperBound
    }

    /// - Returns: nil at the end.
    package mutating func next() throws(MQTTProtocolError) -> Item? {
        guard at < end else { return nil }
        let start = at
        guard let id = PropertyID(rawValue: bytes[start]) else { throw Self.unknown(bytes[start]) }
        at += 1
        if let place { try admit(id, in: place) }
        var name = at..<at
        var value = at..<at
        var number: UInt32 = 0
        switch id.dataType {
        case .byte:
            value = try take(1, id)
            number = UInt32(bytes[value.lowerBound])
        case .twoByteInteger:
            value = try take(2, id)
            number = UInt32(bytes.bigEndian(UInt16.self, at: value.lowerBound))
        case .fourByteInteger:
            value = try take(4, id)
            number = bytes.bigEndian(UInt32.self, at: value.lowerBound)
        case .variableByteInteger:
            let first = at
            guard let integer = try VariableByteInteger.read(bytes, &at, end: end, mustBeShortest: true) else {
                throw Self.cut(id)
            }
            value = first..<at
            number = UInt32(integer)
        case .utf8String:
            value = try takeCounted(id)
            if place != nil { try checkText(value, id) }
        case .binaryData: value = try takeCounted(id)
        case .utf8StringPair:
            name = try takeCounted(id)
            value = try takeCounted(id)
            if place != nil {
                try checkText(name, id)
                try checkText(value, id)
            }
        }
        if place != nil { try id.check(number) }
        return Item(id: id, encoded: start..<at, name: name, value: value, number: number)
    }

    @inline(__always)
    private mutating func admit(_ id: PropertyID, in place: PropertyPlace) throws(MQTTProtocolError) {
        guard place.allows(id) else { throw place.refusal(of: id) }
        guard seen & id.bit == 0 || place.allowsMany(id) else {
            throw MQTTProtocolError(.protocolError, "\(place.name) has the property \(id.name) more than once")
        }
        seen |= id.bit
    }

    @inline(__always)
    private mutating func take(_ count: Int, _ id: PropertyID) throws(MQTTProtocolError) -> Range<Int> {
        guard end - at >= count else { throw Self.cut(id) }
        let start = at
        at += count
        return start..<at
    }

    @inline(__always)
    private mutating func takeCounted(_ id: PropertyID) throws(MQTTProtocolError) -> Range<Int> {
        let length = try take(2, id)
        return try take(Int(bytes.bigEndian(UInt16.self, at: length.lowerBound)), id)
    }

    @inline(__always)
    private func checkText(_ range: Range<Int>, _ id: PropertyID) throws(MQTTProtocolError) {
        let text = UnsafeRawBufferPointer(rebasing: bytes[range])
        switch id {
        case .responseTopic:
            try EncodedText.checkTopicName(text, "a response topic", wildcardStatement: "MQTT-3.3.2-14")
            guard !text.isEmpty else {
                throw MQTTProtocolError(.protocolError, "an empty response topic", statement: "MQTT-4.7.3-1")
            }
        case .userProperty: try EncodedText.check(text, "a user property")
        case .contentType, .assignedClientIdentifier, .authenticationMethod, .responseInformation, .serverReference,
            .reasonString, .payloadFormatIndicator, .messageExpiryInterval, .correlationData, .subscriptionIdentifier,
            .sessionExpiryInterval, .serverKeepAlive, .authenticationData, .requestProblemInformation,
            .willDelayInterval, .requestResponseInformation, .receiveMaximum, .topicAliasMaximum, .topicAlias,
            .maximumQoS, .retainAvailable, .maximumPacketSize, .wildcardSubscriptionAvailable,
            .subscriptionIdentifierAvailable, .sharedSubscriptionAvailable:
            try EncodedText.check(text, "a property")
        }
    }

    private static func unknown(_ byte: UInt8) -> MQTTProtocolError {
        byte < 0x80
            ? MQTTProtocolError(.malformedPacket, "there is no property \(byte)")
            : MQTTProtocolError(.malformedPacket, "a property identifier of more than one byte")
    }

    private static func cut(_ id: PropertyID) -> MQTTProtocolError {
        MQTTProtocolError(.malformedPacket, "the property \(id.name) is longer than the properties")
    }
}

extension PropertyID {
    /// Refuses numbers that the standard gives no meaning.
    @inline(__always)
    fileprivate func check(_ number: UInt32) throws(MQTTProtocolError) {
        switch self {
        case .payloadFormatIndicator, .requestProblemInformation, .requestResponseInformation, .maximumQoS,
            .retainAvailable, .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable,
            .sharedSubscriptionAvailable:
            guard number > 1 else { return }
            throw MQTTProtocolError(.protocolError, "the property \(name) is \(number), not 0 or 1")
        case .receiveMaximum, .maximumPacketSize, .subscriptionIdentifier:
            guard number == 0 else { return }
            throw MQTTProtocolError(.protocolError, "the property \(name) is 0")
        case .topicAlias:
            guard number == 0 else { return }
            throw MQTTProtocolError(.topicAliasInvalid, "the topic alias is 0", statement: "MQTT-3.3.2-8")
        case .messageExpiryInterval, .contentType, .responseTopic, .correlationData, .sessionExpiryInterval,
            .assignedClientIdentifier, .serverKeepAlive, .authenticationMethod, .authenticationData, .willDelayInterval,
            .responseInformation, .serverReference, .reasonString, .topicAliasMaximum, .userProperty:
            return
        }
    }
}
