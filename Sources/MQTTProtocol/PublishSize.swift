/// How many bytes a PUBLISH takes, before it is written.
package struct PublishSize: Equatable, Sendable {
    /// Of all properties together, without their length; 0 in 3.1.1.
    let propertyByteCount: Int
    let remainingLength: Int

    /// Of the whole packet, to be held against the peer's maximum packet size.
    package var byteCount: Int { 1 + VariableByteInteger.byteCount(of: remainingLength) + remainingLength }

    /// - Parameter propertyByteCount: of the encoded properties, without topic alias and message expiry interval, which are counted here.
    @inline(__always)
    package init(
        topicByteCount: Int,
        hasTopicAlias: Bool,
        propertyByteCount: Int,
        hasMessageExpiry: Bool,
        payloadByteCount: Int,
        qos: QoS,
        version: MQTTVersion
    ) {
        var remaining = 2 + topicByteCount + payloadByteCount
        if qos != .atMostOnce { remaining += 2 }
        var properties = 0
        if version == .v5 {
            properties = propertyByteCount + (hasTopicAlias ? 3 : 0) + (hasMessageExpiry ? 5 : 0)
            remaining += properties + VariableByteInteger.byteCount(of: properties)
        }
        self.propertyByteCount = properties
        remainingLength = remaining
    }
}
