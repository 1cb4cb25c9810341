import Federation
import MQTTProtocol
import NIOCore

/// A message that waits, as it came, until it is clear which bridge carries it.
struct UndecidedMessage {
    /// Topic, properties and payload, one behind the other.
    let bytes: [UInt8]
    let source: Side
    let rule: Int
    let packetID: UInt16
    let epoch: UInt32
    private let topicEnd: Int
    private let propertiesEnd: Int
    private let qos: QoS
    private let isRetained: Bool
    let expiresAt: NIODeadline?

    init(_ message: ReceivedMessage, from source: Side) {
        var bytes: [UInt8] = []
        topicEnd = message.topic.count
        propertiesEnd = topicEnd + message.properties.count
        bytes.reserveCapacity(propertiesEnd + message.payload.count)
        bytes.append(contentsOf: message.topic)
        bytes.append(contentsOf: message.properties)
        bytes.append(contentsOf: message.payload)
        self.bytes = bytes
        self.source = source
        rule = message.rule
        packetID = message.packetID
        epoch = message.epoch
        qos = message.qos
        isRetained = message.isRetained
        expiresAt = message.expiresAt
    }

    func withMessage<Result>(_ body: (ReceivedMessage) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            body(
                ReceivedMessage(
                    topic: UnsafeRawBufferPointer(rebasing: bytes[..<topicEnd]),
                    properties: UnsafeRawBufferPointer(rebasing: bytes[topicEnd..<propertiesEnd]),
                    payload: UnsafeRawBufferPointer(rebasing: bytes[propertiesEnd...]),
                    qos: qos,
                    isRetained: isRetained,
                    expiresAt: expiresAt,
                    rule: rule,
                    packetID: packetID,
                    epoch: epoch
                )
            )
        }
    }
}
