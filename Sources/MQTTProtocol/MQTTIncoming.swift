/// What `MQTTPacketReader` hands out.
package enum MQTTIncoming: Equatable, Sendable {
    /// Lies in the reader's bytes until it is asked for the next packet.
    case publish(PublishView)
    /// Never a PUBLISH.
    case packet(MQTTPacket)
}
