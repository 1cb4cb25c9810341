import NIOCore
import NIOPosix
import Transport

/// One end of a connection in a test: what happens there, in order, and what it says.
final class Peer: Sendable {
    enum Event: Equatable, Sendable {
        case active(channelBinding: [UInt8]?)
        case bytes(String)
        case failed(ConnectionFailure)
        case inputClosed
        case inactive
    }

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let greeting: String?
    private let hangsUp: Bool

    /// - Parameters:
    ///   - greeting: said as soon as the connection is there.
    ///   - hangsUp: closes as soon as anything came.
    init(greeting: String? = nil, hangsUp: Bool = false) {
        (events, continuation) = AsyncStream.makeStream()
        self.greeting = greeting
        self.hangsUp = hangsUp
    }

    /// - Parameter address: the one dialled; nil for an accepted connection.
    func makeHandler(_ channelBinding: [UInt8]?, dialing address: (any DialAddress)? = nil) -> any ChannelHandler {
        PeerHandler(
            address: address,
            channelBinding: channelBinding,
            greeting: greeting,
            hangsUp: hangsUp,
            events: continuation
        )
    }

    /// The first event that `isWanted`; nil if the connection ends before.
    func first(_ isWanted: (Event) -> Bool) async -> Event? {
        for await event in events {
            if isWanted(event) { return event }
            if event == .inactive { return nil }
        }
        return nil
    }

    /// All that came until there are as many bytes as in `text`.
    func text(_ count: Int) async -> String {
        var text = ""
        for await event in events {
            if case .bytes(let more) = event { text += more }
            if text.utf8.count >= count || event == .inactive { break }
        }
        return text
    }

    func firstFailure() async -> ConnectionFailure? {
        let event = await first { if case .failed = $0 { true } else { false } }
        guard case .failed(let failure)? = event else { return nil }
        return failure
    }
}

private final class PeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let address: (any DialAddress)?
    private let channelBinding: [UInt8]?
    private let greeting: String?
    private let hangsUp: Bool
    private let events: AsyncStream<Peer.Event>.Continuation

    init(
        address: (any DialAddress)?,
        channelBinding: [UInt8]?,
        greeting: String?,
        hangsUp: Bool,
        events: AsyncStream<Peer.Event>.Continuation
    ) {
        self.address = address
        self.channelBinding = channelBinding
        self.greeting = greeting
        self.hangsUp = hangsUp
        self.events = events
    }

    func channelActive(context: ChannelHandlerContext) {
        events.yield(.active(channelBinding: channelBinding))
        if let greeting { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        events.yield(.bytes(String(buffer: unwrapInboundIn(data))))
        if hangsUp { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return }
        events.yield(.inputClosed)
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        events.yield(.failed(address.map { ConnectionFailure(error, dialing: $0) } ?? ConnectionFailure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { events.yield(.inactive) }
}

/// Dials as `peer`.
func dial(
    _ address: some DialAddress,
    tls: PreparedTLS? = nil,
    timeout: TimeAmount = .seconds(10),
    as peer: Peer = Peer()
) async throws -> DialedConnection {
    try await Dialer.connect(
        to: address,
        on: MultiThreadedEventLoopGroup.singleton.next(),
        tls: tls,
        timeout: timeout,
        makeHandler: { peer.makeHandler($0, dialing: address) }
    ).get()
}

/// Why dialling fails; nil if it does not.
func failure(
    dialing address: some DialAddress,
    tls: PreparedTLS? = nil,
    timeout: TimeAmount = .seconds(10)
) async throws -> ConnectionFailure? {
    do {
        try await dial(address, tls: tls, timeout: timeout).channel.close()
        return nil
    } catch let failure as ConnectionFailure {
        return failure
    }
}
