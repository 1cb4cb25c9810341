import MQTTProtocol
import NIOCore
import Testing

@Suite("A PUBLISH from its parts")
struct PublishWritingTests {
    private struct Parts {
        var topic = "a/b"
        var topicAlias: UInt16 = 0
        var properties = ""
        var messageExpiry: UInt32?
        var qos = QoS.atMostOnce
        var packetID: UInt16 = 0

        func write(to output: inout ByteBuffer, _ version: MQTTVersion) throws {
            try Array(topic.utf8).withUnsafeBytes { topic in
                try hex(properties).withUnsafeBytes { properties in
                    try Array("hi".utf8).withUnsafeBytes { payload in
                        try output.writePublish(
                            topic: topic,
                            topicAlias: topicAlias,
                            properties: properties,
                            messageExpiry: messageExpiry,
                            payload: payload,
                            qos: qos,
                            isRetained: false,
                            isDuplicate: false,
                            packetID: packetID,
                            version: version
                        )
                    }
                }
            }
        }

        func size(_ version: MQTTVersion) -> Int {
            PublishSize(
                topicByteCount: topic.utf8.count,
                hasTopicAlias: topicAlias != 0,
                propertyByteCount: hex(properties).count,
                hasMessageExpiry: messageExpiry != nil,
                payloadByteCount: 2,
                qos: qos,
                version: version
            )
            .byteCount
        }
    }

    private static func expect(_ parts: Parts, _ version: MQTTVersion, _ text: String) throws {
        var output = ByteBuffer(bytes: [0xEE])
        try parts.write(to: &output, version)
        #expect(hexText(output.readableBytesView) == hexText([0xEE] + hex(text)))
        #expect(parts.size(version) == hex(text).count)
    }

    @Test("has alias and expiry before the other properties")
    func version5() throws {
        try Self.expect(Parts(), .v5, "30 08 0003 'a/b' 00 'hi'")
        try Self.expect(Parts(topicAlias: 7), .v5, "30 0B 0003 'a/b' 03 23 0007 'hi'")
        try Self.expect(Parts(topic: "", topicAlias: 65_535), .v5, "30 08 0000 03 23 FFFF 'hi'")
        try Self.expect(Parts(messageExpiry: 0), .v5, "30 0D 0003 'a/b' 05 02 00000000 'hi'")
        try Self.expect(
            Parts(
                topicAlias: 7,
                properties: "01 01 26 0001 'n' 0000",
                messageExpiry: .max,
                qos: .exactlyOnce,
                packetID: 10
            ),
            .v5,
            "34 1A 0003 'a/b' 000A 10 23 0007 02 FFFFFFFF 01 01 26 0001 'n' 0000 'hi'"
        )
    }

    @Test("has neither in 3.1.1, nor properties")
    func version3() throws {
        let parts = Parts(topicAlias: 7, properties: "01 01", messageExpiry: 60, qos: .atLeastOnce, packetID: 10)
        try Self.expect(parts, .v3_1_1, "32 09 0003 'a/b' 000A 'hi'")
        // With QoS 0 the identifier has no place.
        try Self.expect(Parts(packetID: 10), .v3_1_1, "30 07 0003 'a/b' 'hi'")
    }

    @Test("is refused whole when a length does not fit its field")
    func tooLarge() throws {
        var output = ByteBuffer(bytes: [0xEE])
        #expect(throws: MQTTProtocolError.self) {
            try Parts(topic: String(repeating: "t", count: 65_536)).write(to: &output, .v5)
        }
        #expect(output == ByteBuffer(bytes: [0xEE]))
        // The length alone decides: what it would be about is never read.
        let topic: [UInt8] = [0x74]
        for (payloadByteCount, propertyByteCount) in [(268_435_452, 0), (0, 268_435_449)] {
            let failure = #expect(throws: MQTTProtocolError.self) {
                try topic.withUnsafeBytes { topic in
                    try output.writePublish(
                        topic: topic,
                        properties: UnsafeRawBufferPointer(start: topic.baseAddress, count: propertyByteCount),
                        messageExpiry: nil,
                        payload: UnsafeRawBufferPointer(start: topic.baseAddress, count: payloadByteCount),
                        qos: .atMostOnce,
                        isRetained: false,
                        isDuplicate: false,
                        packetID: 0,
                        version: .v5
                    )
                }
            }
            #expect(failure?.code == .packetTooLarge)
            #expect(output == ByteBuffer(bytes: [0xEE]))
        }
    }
}
