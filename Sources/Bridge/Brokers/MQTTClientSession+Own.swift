import MQTTProtocol
import NIOCore

extension MQTTClientSession {
    /// Publishes a message of the bridge itself.
    ///
    /// - Returns: false where it cannot be sent.
    mutating func publishOwn(_ topic: String, payload: [UInt8], qos: QoS, isRetained: Bool, now: NIODeadline) -> Bool {
        var topic = topic
        let outcome = topic.withUTF8 { name in
            payload.withUnsafeBytes { payload in
                publish(
                    topic: UnsafeRawBufferPointer(name),
                    properties: UnsafeRawBufferPointer(start: nil, count: 0),
                    payload: payload,
                    qos: qos,
                    isRetained: isRetained,
                    expiresAt: nil,
                    tag: MessageTag.own.rawValue,
                    now: now
                )
            }
        }
        switch outcome {
        case .written, .queued, .writtenWithoutRetain, .queuedWithoutRetain: return true
        case .refused: return false
        }
    }
}
