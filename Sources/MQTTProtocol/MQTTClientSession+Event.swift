package import NIOCore

extension MQTTClientSession {
    package enum Event: Sendable {
        indirect case connected(Connected)
        /// Valid until the next call of `nextEvent`; one of QoS 1 or 2 is to be acknowledged.
        case message(IncomingMessage)
        /// An outgoing message of QoS 1 or 2 is done: the broker has it for good, or we have refused it, with `.packetTooLarge`, because it turned
        /// out larger than the broker takes.
        case finished(tag: UInt64, ReasonCode)
        /// An outgoing message of QoS 1 or 2 is done: the broker has refused it.
        indirect case refused(RefusedMessage)
        /// An outgoing message of QoS 1 or 2 expired before it was sent, or before a session that was lost could be replaced.
        case expired(tag: UInt64)
        /// One code for each filter, in order.
        case subscribed(packetID: UInt16, [ReasonCode])
        /// In 3.1.1 without codes.
        case unsubscribed(packetID: UInt16, [ReasonCode])
        /// The connection is over: what `takeOutput` still has is to be written, then the transport closed.
        indirect case closed(MQTTSessionFailure)
    }

    /// A message from the broker. Its bytes are reached through `withMessage`.
    package struct IncomingMessage: Equatable, Sendable {
        package let view: PublishView
        /// Of the session on the broker; an acknowledgement for an older one is nobody's.
        package let epoch: UInt32
    }

    /// A message that the broker has answered with an error; it is its owner's again.
    package struct RefusedMessage: Sendable {
        package let reason: ReasonCode
        /// The broker says nothing, and hangs up each time that it is sent.
        package let endsConnections: Bool
        private let message: SessionMessage

        init(_ message: SessionMessage, _ reason: ReasonCode, endsConnections: Bool) {
            self.message = message
            self.reason = reason
            self.endsConnections = endsConnections
        }

        package var tag: UInt64 { message.tag }
        package var qos: QoS { message.qos }
        package var isRetained: Bool { message.isRetained }
        package var expiresAt: NIODeadline? { message.expiresAt }

        package func withParts<R>(
            _ body: (
                _ topic: UnsafeRawBufferPointer, _ properties: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer
            ) -> R
        ) -> R {
            message.withParts { body($0.topic, $0.properties, $0.payload) }
        }
    }

    package enum PublishOutcome: Equatable, Sendable {
        /// It lies in the output, and is done: QoS 0, or what the broker's maximum QoS has lowered to it. No event follows.
        case written
        /// It is kept until it is done; `.finished`, `.refused` or `.expired` says so with its tag.
        case queued
        /// As `written`; but the broker has no retained messages, so the flag is cleared.
        case writtenWithoutRetain
        /// As `queued`; but the broker has no retained messages, so the flag is cleared.
        case queuedWithoutRetain
        /// Nothing is kept, and no event follows.
        case refused(PublishRefusal)
    }

    package enum PublishRefusal: Equatable, Sendable {
        /// QoS 0 is for now or never.
        case notConnected
        /// The packet would be larger than the broker takes, or than any packet can be.
        case packetTooLarge
        /// Empty, over 65,535 bytes, or with a wildcard or a zero character.
        case topicNameInvalid
    }
}
