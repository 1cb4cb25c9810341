import Logging
import NIOCore

/// The end of a client's pipeline: hands what comes to the driver, and what the driver sends to the socket.
final class HubConnectionHandler: ChannelInboundHandler, HubClientEnd {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a client has to take its last bytes and hang up, once the hub has.
    private static let lingerTimeout = TimeAmount.seconds(1)

    private let driver: HubDriver
    private let channelBinding: [UInt8]?
    private(set) var connection: HubConnection?
    private var context: ChannelHandlerContext?
    private var isClosing = false

    init(driver: HubDriver, channelBinding: [UInt8]?) {
        self.driver = driver
        self.channelBinding = channelBinding
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        let address = context.channel.remoteAddress
        connection = driver.opened(
            self,
            address: address.map { $0.pathname == nil ? "\($0.ipAddress ?? "?"):\($0.port ?? 0)" : "unix" }
                ?? "unknown",
            host: address?.ipAddress ?? "unix",
            binding: channelBinding
        )
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection, !isClosing else { return }
        driver.received(unwrapInboundIn(data), from: connection)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        driver.readCycleEnded()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if let connection { driver.writabilityChanged(connection, isWritable: context.channel.isWritable) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            if isClosing { context.close(promise: nil) } else if let connection { driver.inputClosed(connection) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let connection { driver.closed(connection) }
        connection = nil
        context.fireChannelInactive()
    }

    /// A reset, a failed TLS handshake: the connection's own affair.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        driver.failed(connection, error)
        context.close(promise: nil)
    }

    // MARK: What the driver wants

    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func setReading(_ isReading: Bool) {
        guard let context, !isClosing else { return }
        // Fails only on a channel that is closed already.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    /// Closes our side after all that was written; then the client has a moment to read it and to close its own. A socket that is
    /// closed with unread bytes in it would take the last words back.
    func closeAfterWriting() {
        guard let context, !isClosing else { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
        isClosing = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            channel.close(mode: .output).whenFailure { _ in channel.close(promise: nil) }
        }
        context.eventLoop.scheduleTask(in: Self.lingerTimeout) { channel.close(promise: nil) }
    }
}
