/// Reads the fields of one packet one after another, never behind its end.
struct PacketCursor {
    let bytes: UnsafeRawBufferPointer
    let type: ControlPacketType
    let version: MQTTVersion
    private(set) var at: Int

    /// - Parameter bytes: a whole packet; reading starts behind its fixed header.
    init(_ bytes: UnsafeRawBufferPointer, _ header: FixedHeader, version: MQTTVersion) {
        self.bytes = bytes
        self.version = version
        type = header.type
        at = header.byteCount
    }

    /// Goes on where another cursor stands, by the rules of another version.
    init(_ other: PacketCursor, version: MQTTVersion) {
        bytes = other.bytes
        type = other.type
        at = other.at
        self.version = version
    }

    var remaining: Int { bytes.count - at }

    mutating func readByte() throws(MQTTProtocolError) -> UInt8 { bytes[try take(1).lowerBound] }

    mutating func readTwoByteInteger() throws(MQTTProtocolError) -> UInt16 {
        bytes.bigEndian(UInt16.self, at: try take(2).lowerBound)
    }

    mutating func readPacketID() throws(MQTTProtocolError) -> UInt16 {
        let packetID = try readTwoByteInteger()
        guard packetID != 0 else { throw zeroPacketID }
        return packetID
    }

    private var zeroPacketID: MQTTProtocolError {
        MQTTProtocolError(.protocolError, "\(type.name) with packet identifier 0", statement: "MQTT-2.2.1-3")
    }

    /// The bytes of a field that begins with its length in two bytes.
    mutating func readCounted() throws(MQTTProtocolError) -> UnsafeRawBufferPointer {
        let count = Int(try readTwoByteInteger())
        return UnsafeRawBufferPointer(rebasing: bytes[try take(count)])
    }

    mutating func readBinary() throws(MQTTProtocolError) -> [UInt8] { Array(try readCounted()) }

    mutating func readString(_ what: StaticString) throws(MQTTProtocolError) -> String {
        let text = try readCounted()
        try EncodedText.check(text, what)
        return String(decoding: text, as: UTF8.self)
    }

    mutating func readTopicName(
        _ what: StaticString,
        wildcardStatement: String
    ) throws(MQTTProtocolError) -> String {
        let text = try readCounted()
        try EncodedText.checkTopicName(text, what, wildcardStatement: wildcardStatement)
        guard !text.isEmpty else {
            throw MQTTProtocolError(.protocolError, "\(what) is empty", statement: "MQTT-4.7.3-1")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: where they lie, without their length; empty in 3.1.1, which has none.
    mutating func takeProperties() throws(MQTTProtocolError) -> Range<Int> {
        guard version == .v5 else { return at..<at }
        guard let count = try VariableByteInteger.read(bytes, &at, end: bytes.count, mustBeShortest: true) else {
            throw cut
        }
        return try take(count)
    }

    mutating func readProperties(in place: PropertyPlace) throws(MQTTProtocolError) -> [MQTTProperty] {
        var walker = PropertyWalker(bytes, try takeProperties(), in: place)
        var properties: [MQTTProperty] = []
        while let item = try walker.next() { properties.append(MQTTProperty(item, in: bytes)) }
        return properties
    }

    func finish() throws(MQTTProtocolError) {
        guard at == bytes.count else {
            throw MQTTProtocolError(.malformedPacket, "\(type.name) has \(remaining) bytes behind its last field")
        }
    }

    private mutating func take(_ count: Int) throws(MQTTProtocolError) -> Range<Int> {
        guard remaining >= count else { throw cut }
        let start = at
        at += count
        return start..<at
    }

    private var cut: MQTTProtocolError {
        MQTTProtocolError(.malformedPacket, "\(type.name) ends within a field")
    }
}
