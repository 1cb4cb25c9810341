import NIOCore
import NIOPosix
import Transport

/// A listener on a loopback port that notes what clients say, and answers when told.
final class ScriptedServer: Sendable {
    enum Event: Equatable, Sendable {
        case accepted(Int)
        case bytes(String)
        case closed(Int)
    }

    let listener: Listener
    let events: AsyncStream<Event>
    private let clients: ClientStore

    init(port: Int = 0) async throws {
        let (events, continuation) = AsyncStream<Event>.makeStream()
        let clients = ClientStore()
        self.events = events
        self.clients = clients
        listener = try await Listener.bind(
            .tcp(host: "127.0.0.1", port: port),
            on: .singleton,
            tls: nil,
            unixMode: 0o600
        ) { _ in ServerHandler(clients: clients, events: continuation) }
    }

    var address: BrokerAddress { BrokerAddress(listener.address.endpoint) }

    /// Waits for an event that begins a test's next step; nil when none comes.
    func next(_ isWanted: (Event) -> Bool) async -> Event? {
        for await event in events where isWanted(event) { return event }
        return nil
    }

    func text(_ count: Int) async -> String {
        var text = ""
        for await event in events {
            if case .bytes(let more) = event { text += more }
            if text.utf8.count >= count { break }
        }
        return text
    }

    func say(_ text: String, to client: Int) { clients[client]?.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func hangUp(_ client: Int) { clients[client]?.close(promise: nil) }
    func close() async { await listener.close() }
}

private final class ServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let clients: ClientStore
    private let events: AsyncStream<ScriptedServer.Event>.Continuation
    private var number = 0

    init(clients: ClientStore, events: AsyncStream<ScriptedServer.Event>.Continuation) {
        self.clients = clients
        self.events = events
    }

    func channelActive(context: ChannelHandlerContext) {
        number = clients.add(context.channel)
        events.yield(.accepted(number))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        events.yield(.bytes(String(buffer: unwrapInboundIn(data))))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    func channelInactive(context: ChannelHandlerContext) { events.yield(.closed(number)) }
}
