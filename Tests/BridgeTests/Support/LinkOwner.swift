import Logging
import NIOCore
import NIOPosix
import Transport

@testable import Bridge

/// A broker link with everything that it tells, driven from a test.
final class LinkOwner: BrokerLinkDelegate {
    enum Event: Equatable, Sendable {
        case connected
        case bytes(String)
        case writable(Bool)
        case disconnected(String)
        case dialFailed(String)
        /// By the test.
        case marked
    }

    private let events: AsyncStream<Event>.Continuation
    private var link: BrokerLink?

    private init(_ events: AsyncStream<Event>.Continuation) { self.events = events }

    struct Handle: Sendable {
        let events: AsyncStream<Event>
        let loop: any EventLoop
        fileprivate let owner: NIOLoopBound<LinkOwner>

        /// Runs on the loop.
        func run(_ body: @escaping @Sendable (BrokerLink) -> Void) async throws {
            try await loop.submit { if let link = owner.value.link { body(link) } }.get()
        }

        /// Puts an event among those of the link.
        func mark() async throws {
            try await loop.submit { _ = owner.value.events.yield(.marked) }.get()
        }

        func stop() async throws {
            let owner = owner
            try await loop.flatSubmit { owner.value.link?.stop() ?? owner.eventLoop.makeSucceededVoidFuture() }.get()
        }

        func next() async -> Event? {
            var iterator = events.makeAsyncIterator()
            return await iterator.next()
        }

        func next(_ isWanted: (Event) -> Bool) async -> Event? {
            for await event in events where isWanted(event) { return event }
            return nil
        }
    }

    static func start(
        _ addresses: [BrokerAddress],
        first: TimeAmount = .milliseconds(10),
        redials: Bool = true
    ) async throws -> Handle {
        let (events, continuation) = AsyncStream<Event>.makeStream()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let owner = try await loop.submit {
            let owner = LinkOwner(continuation)
            let link = BrokerLink(
                name: "broker",
                plan: .toBroker(addresses, first: first),
                tls: nil,
                redials: redials,
                loop: loop,
                delegate: owner,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            owner.link = link
            link.start()
            return NIOLoopBound(owner, eventLoop: loop)
        }.get()
        return Handle(events: events, loop: loop, owner: owner)
    }

    func connected(_ link: BrokerLink) { events.yield(.connected) }
    func received(_ bytes: ByteBuffer, on link: BrokerLink) { events.yield(.bytes(String(buffer: bytes))) }
    func readCycleEnded(_ link: BrokerLink) {}
    func writabilityChanged(_ link: BrokerLink, isWritable: Bool) { events.yield(.writable(isWritable)) }
    func disconnected(_ link: BrokerLink, because reason: String) { events.yield(.disconnected(reason)) }
    func dialFailed(_ link: BrokerLink, because reason: String) { events.yield(.dialFailed(reason)) }
}
