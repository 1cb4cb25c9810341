import HubProtocol
import NIOCore
import Transport

/// The end of a dialled connection's pipeline: hands what comes to the link, and what the link sends to the socket.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let port: RelayPort
    private let address: HubAddress
    private let link: DialedLink
    private var context: ChannelHandlerContext?
    /// Why it ends, where that is known.
    private(set) var failure: (any Error)?
    private(set) var isConfigurationFault = false
    private var isClosing = false

    /// How long a connection that is to end waits for the hub to take what was written.
    private static let lastWordTimeout = TimeAmount.seconds(2)

    init(port: RelayPort, address: HubAddress, link: DialedLink) {
        self.port = port
        self.address = address
        self.link = link
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        link.opened(self)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        link.received(unwrapInboundIn(data), from: port)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        link.readCycleEnded()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        link.writabilityChanged(port, isWritable: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    /// A hub that says farewell reads no more: there is nothing to wait for.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.closed(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason = ConnectionFailure(error, dialing: address)
        if failure == nil {
            failure = reason
            isConfigurationFault = reason.isConfigurationFault
        }
        context.close(promise: nil)
    }

    // MARK: What the link wants

    func note(_ failure: HubClientFailure) {
        self.failure = failure
        isConfigurationFault = failure.isConfigurationFault
    }

    func write(_ bytes: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }

    func setReading(_ isReading: Bool) {
        // Fails only on a channel that is closed already.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    /// Sends nothing more, and listens until the hub closes too.
    func finish() {
        guard !isClosing, let context else { return }
        let channel = context.channel
        channel.close(mode: .output).whenFailure { _ in channel.close(promise: nil) }
        context.eventLoop.scheduleTask(in: Self.lastWordTimeout) { channel.close(promise: nil) }
    }

    func close() {
        guard !isClosing else { return }
        isClosing = true
        context?.close(promise: nil)
    }

    /// - Returns: succeeds when the connection is gone; nil where it is already.
    func closeAfterWriting() -> EventLoopFuture<Void>? {
        guard let context else { return nil }
        let channel = context.channel
        guard !isClosing else { return channel.closeFuture }
        isClosing = true
        let timer = context.eventLoop.scheduleTask(in: Self.lastWordTimeout) { channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            timer.cancel()
            channel.close(promise: nil)
        }
        return channel.closeFuture
    }
}
