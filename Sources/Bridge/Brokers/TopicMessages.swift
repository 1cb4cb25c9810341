import MQTTProtocol
import NIOCore

/// What became of a message.
enum TopicRelayFate {
    /// Its destination has it, or nobody will.
    case settled
    /// It is under way.
    case underWay
    /// It stays its broker's: the bridge is about to stop.
    case left
}

/// A message as it came, and the rule that carries it. The bytes are borrowed.
struct ReceivedMessage {
    let topic: UnsafeRawBufferPointer
    let properties: UnsafeRawBufferPointer
    let payload: UnsafeRawBufferPointer
    let qos: QoS
    let isRetained: Bool
    let expiresAt: NIODeadline?
    let rule: Int
    /// 0: nobody awaits an acknowledgement.
    let packetID: UInt16
    let epoch: UInt32
}

/// A message as its destination gets it. The bytes are borrowed.
struct MessageParts {
    let topic: UnsafeRawBufferPointer
    let properties: UnsafeRawBufferPointer
    let payload: UnsafeRawBufferPointer
    let qos: QoS
    let isRetained: Bool
    let expiresAt: NIODeadline?
    let tag: MessageTag
}
