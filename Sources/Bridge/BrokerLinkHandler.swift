import NIOCore
import Transport

/// The end of the pipeline of one connection to a broker: hands what comes to the link, and what the link sends to the socket.
final class BrokerLinkHandler: ChannelInboundHandler, NIOScheduledCallbackHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let address: BrokerAddress
    private let link: BrokerLink
    private var context: ChannelHandlerContext?
    /// Why it ends, where that is known.
    private(set) var reason: String?
    private(set) var isConfigurationFault = false
    private var isClosing = false
    /// What the link wants, and whether that waits.
    private var wantsReading = true
    private var isPaused = false
    private var isReading = true

    /// How long a connection that is to end waits for the broker to take what was written.
    private static let lastWordTimeout = TimeAmount.seconds(1)

    init(address: BrokerAddress, link: BrokerLink) {
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
        link.received(unwrapInboundIn(data), on: self)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !isClosing { link.readCycleEnded(self) }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !isClosing { link.writabilityChanged(self, isWritable: context.channel.isWritable) }
        context.fireChannelWritabilityChanged()
    }

    /// A broker that says farewell reads no more: there is nothing to wait for.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.closed(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = ConnectionFailure(error, dialing: address)
        note(failure.description, isConfigurationFault: failure.isConfigurationFault)
        context.close(promise: nil)
    }

    // MARK: What the link wants

    /// The first reason is the one: what follows is its consequence.
    func note(_ reason: String, isConfigurationFault: Bool) {
        guard self.reason == nil else { return }
        self.reason = reason
        self.isConfigurationFault = isConfigurationFault
    }

    func write(_ bytes: ByteBuffer) {
        guard !isClosing else { return }
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func setReading(_ isReading: Bool) {
        wantsReading = isReading
        applyReading()
    }

    func pauseReading(for time: TimeAmount) {
        guard !isPaused, let loop = context?.eventLoop else { return }
        // Fails only on a loop that has ended.
        guard (try? loop.assumeIsolated().scheduleCallback(in: time, handler: self)) != nil else { return }
        isPaused = true
        applyReading()
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        isPaused = false
        applyReading()
    }

    private func applyReading() {
        let isReading = wantsReading && !isPaused
        guard isReading != self.isReading else { return }
        self.isReading = isReading
        // Fails only on a channel that is closed already.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    /// - Returns: succeeds when the connection is gone; nil where it is already.
    @discardableResult
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
