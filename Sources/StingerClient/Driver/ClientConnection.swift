import HubProtocol
import NIOCore

/// One connection to a hub: the end of its pipeline, and the session that runs over it.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How often a client that does not want to read takes a little all the same. A hub of this project holds senders back for a reader that
    /// takes something every 250 ms, and cuts it off in the end if it does not (docs/decisions/0003-slow-readers.md).
    private static let sipInterval = TimeAmount.milliseconds(150)

    private let driver: ClientDriver
    private var session: HubClientSession
    /// A hub may hang up on a client that says nothing for a minute, however much it hears.
    private let ownSilenceMaximum: TimeAmount
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var isInReadCycle = false
    private var isFlushScheduled = false
    private var lastSentAt = NIODeadline.now()
    private var isReading = true
    private var isSipScheduled = false
    private(set) var isEnded = false
    /// When the hub let us in.
    private(set) var readyAt: NIODeadline?

    init(driver: ClientDriver, settings: HubClientSettings) {
        self.driver = driver
        session = HubClientSession(settings: settings, now: .now())
        ownSilenceMaximum = settings.limits.heartbeatInterval * 2
    }

    var speaksStinger: Bool {
        if case .ready(_, let speaksStinger) = session.state { speaksStinger } else { false }
    }

    var hubID: String? {
        if case .ready(let hubID, _) = session.state { hubID } else { nil }
    }

    // MARK: From the pipeline

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(HubClientError(.linkLost, "the connection was closed"))
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        flush()
        armTimer()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnded else { return }
        let buffer = unwrapInboundIn(data)
        isInReadCycle = true
        session.received(now: .now())
        buffer.withUnsafeReadableBytes { bytes in
            var input = FrameInput(bytes)
            do throws(HubClientFailure) {
                while !isEnded, let message = try session.next(&input) {
                    if readyAt == nil, message.envelope.kind == .identified { becameReady() }
                    driver.received(message, on: self)
                }
            } catch {
                fail(error)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInReadCycle = false
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            flush()
            driver.roomToWrite()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A hub that says no more is a hub that is gone.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            end(HubClientError(.linkLost, "the hub closed the connection"))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(HubClientError(.linkLost, "the hub closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        driver.failed(self, error)
    }

    // MARK: From the driver

    /// Adds to what is sent; all of it leaves in one piece at the end of this turn of the loop.
    func send<Result>(_ write: (inout HubClientSession) -> Result) -> Result {
        let result = write(&session)
        if !isInReadCycle, !isFlushScheduled, let context {
            isFlushScheduled = true
            context.eventLoop.assumeIsolated().execute { [self] in
                isFlushScheduled = false
                flush()
            }
        }
        return result
    }

    /// Whether what is sent now leaves soon.
    func hasRoom(outputMaximum: Int) -> Bool {
        guard let context else { return false }
        return context.channel.isWritable && session.output.readableBytes < outputMaximum
    }

    func setReading(_ isReading: Bool) {
        guard self.isReading != isReading, let context, !isEnded else { return }
        self.isReading = isReading
        // Fails only on a channel that is closed already.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
        if !isReading { scheduleSip() }
    }

    private func scheduleSip() {
        guard !isSipScheduled, let context else { return }
        isSipScheduled = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.sipInterval) { [self] in
            isSipScheduled = false
            guard !isReading, !isEnded else { return }
            self.context?.read()
            scheduleSip()
        }
    }

    /// Ends the connection; what was sent before still leaves.
    func end(_ error: HubClientError, isConfigurationFault: Bool = false) {
        guard !isEnded else { return }
        flush()
        isEnded = true
        timer?.cancel()
        context?.close(promise: nil)
        driver.ended(self, error, isConfigurationFault: isConfigurationFault)
    }

    // MARK: Inside

    private func fail(_ failure: HubClientFailure) {
        let code: HubClientError.Code =
            switch failure.code {
            case .secretNeeded, .wrongSecret, .hubGaveNoProof, .wrongHubProof, .wrongHub: .unauthorized
            case .refused: .refused
            case .malformedFrame, .handshakeBroken, .handshakeTimedOut, .silent, .speaksTLS: .linkLost
            }
        end(HubClientError(code, failure.description), isConfigurationFault: failure.isConfigurationFault)
    }

    private func becameReady() {
        readyAt = .now()
        timer?.cancel()
        armTimer()
    }

    private func flush() {
        guard !isEnded, let context, session.output.readableBytes > 0 else { return }
        // A socket that takes no more is left alone: what gathers meanwhile goes in one piece later.
        guard context.channel.isWritable else { return }
        let bytes = session.output
        session.output = ByteBuffer()
        lastSentAt = .now()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// One timer for the session's deadline and for our own signs of life; it finds out when it fires whether something came in between.
    private func armTimer() {
        guard !isEnded, let context else { return }
        // The handshake has one deadline; after it, both have to be in the future, or this loop would do nothing else.
        let deadline =
            session.isReady ? min(session.nextDeadline, lastSentAt + ownSilenceMaximum) : session.nextDeadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in timerFired() }
    }

    private func timerFired() {
        let now = NIODeadline.now()
        // While we hardly read, silence says nothing about the hub.
        if !isReading { session.received(now: now) }
        do throws(HubClientFailure) {
            try session.deadlineReached(now: now)
        } catch {
            return fail(error)
        }
        if session.isReady, now >= lastSentAt + ownSilenceMaximum {
            session.output.writePing()
            // Even where the socket takes nothing: the next try is not at once.
            lastSentAt = now
        }
        flush()
        armTimer()
    }
}
