import Glibc
import NIOCore

/// What the sockets of both directions, accepted and dialled, have in common.
enum ConnectionOptions {
    /// A socket that has more than the high mark waiting takes no more until it is under the low one; its owner queues meanwhile.
    static let writeMarks = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)

    /// Who has sent its last word still gets the answers to it.
    static let allowsRemoteHalfClosure = true

    /// Bytes read at once: few for a quiet socket, up to 64 KiB for a busy one.
    static var receiveAllocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 512, maximum: 64 << 10)
    }

    /// How long a closing TLS connection waits for the other side's farewell.
    static let farewellTimeout = TimeAmount.seconds(1)

    /// Milliseconds after which sent bytes that nobody acknowledged end a dialled connection (`TCP_USER_TIMEOUT`, RFC 5482): a cable that was
    /// pulled shows within them, while the system alone would go on for a quarter of an hour.
    static let unacknowledgedTimeout = 20_000

    static let userTimeout = ChannelOptions.Types.SocketOption(
        level: .tcp,
        name: NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)
    )
}
