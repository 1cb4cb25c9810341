/// The bytes of an outgoing message where they lie; valid for the call that they are given to.
struct PublishParts {
    let topic: UnsafeRawBufferPointer
    /// Encoded properties of MQTT 5 without their length, topic alias, message expiry and subscription identifier.
    let properties: UnsafeRawBufferPointer
    let payload: UnsafeRawBufferPointer

    /// Whether the topic may stand in a PUBLISH: 1 to 65,535 bytes without wildcards and zero characters (MQTT 5.0, 3.3.2.1 and 4.7).
    var hasTopicName: Bool {
        guard !topic.isEmpty, topic.count <= 65_535 else { return false }
        var bad: UInt8 = 0
        for byte in topic {
            // No early exit: the loop runs on whole vectors.
            bad |= byte == UInt8(ascii: "#") ? 1 : 0
            bad |= byte == UInt8(ascii: "+") ? 1 : 0
            bad |= byte == 0 ? 1 : 0
        }
        return bad == 0
    }

    /// The bytes of the PUBLISH that carries all of its topic and no alias.
    @inline(__always)
    func packetByteCount(qos: QoS, hasExpiry: Bool, version: MQTTVersion) -> Int {
        PublishSize(
            topicByteCount: topic.count,
            hasTopicAlias: false,
            propertyByteCount: properties.count,
            hasMessageExpiry: hasExpiry,
            payloadByteCount: payload.count,
            qos: qos,
            version: version
        ).byteCount
    }
}
