/// Where the parts of a PUBLISH lie among the bytes of a buffer, as offsets from the start of the packet (its first byte); nothing is copied.
package struct PublishView: Equatable, Sendable {
    /// Empty where a topic alias stands for it.
    package var topic: Range<Int>
    /// The properties without their length; empty in 3.1.1.
    package var properties: Range<Int>
    package var payload: Range<Int>
    package var qos: QoS
    package var isRetained: Bool
    package var isDuplicate: Bool
    /// 0 with QoS 0.
    package var packetID: UInt16
    /// 0: none.
    package var topicAlias: UInt16
    /// Seconds; nil: none.
    package var messageExpiry: UInt32?
    /// Bytes of the whole packet.
    package var byteCount: Int
}
