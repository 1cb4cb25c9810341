import NIOCore
import NIOSSL
import NIOTLS

/// Stands at the end of a pipeline until its connection is ready, then puts the user's handler in its own place.
///
/// It is ready once it is chosen among the sockets that were tried (`open`), connected and, over TLS, verified. No byte for the user's handler can
/// come before: a socket is not read before `channelActive`, and a TLS handler hands nothing on before it has told that the handshake is done.
final class DialGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let target: DialTarget
    private let security: Security?
    private let makeHandler: ([UInt8]?) -> any ChannelHandler
    private var context: ChannelHandlerContext?
    /// Set from `open` until the promise is kept or broken.
    private var promise: EventLoopPromise<DialedConnection>?
    private var timer: Scheduled<Void>?
    private var isReady = false

    struct Security {
        let handler: NIOSSLClientHandler
        /// Of the certificate; nil when an address was dialled.
        let expectedName: String?
    }

    init(
        target: DialTarget,
        security: Security?,
        makeHandler: @escaping ([UInt8]?) -> any ChannelHandler
    ) {
        self.target = target
        self.security = security
        self.makeHandler = makeHandler
    }

    /// This connection is the one: from here on it keeps the promise or breaks it.
    func open(to promise: EventLoopPromise<DialedConnection>, before deadline: NIODeadline, timeout: TimeAmount) {
        guard let context else { return promise.fail(ConnectionFailure(ChannelError.eof, dialing: target)) }
        self.promise = promise
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            fail(
                ConnectionFailure(
                    .timedOut,
                    "\(target) did not finish the TLS handshake within \(timeout.inSeconds) (does it speak TLS there?)"
                )
            )
        }
        if isReady { makeWay(context) }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if security == nil { becomeReady(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        if let name = security?.expectedName, let certificate = peerCertificate, !certificate.isFor(name) {
            fail(ConnectionFailure.Side.dialed(target, certificate).wrongHostName())
        } else {
            becomeReady(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(ConnectionFailure(error, from: .dialed(target, peerCertificate)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ConnectionFailure(ChannelError.eof, dialing: target))
        context.fireChannelInactive()
    }

    private var peerCertificate: PeerCertificate? { security?.handler.peerCertificate.map { PeerCertificate($0) } }

    private func becomeReady(_ context: ChannelHandlerContext) {
        isReady = true
        if promise != nil { makeWay(context) }
    }

    private func makeWay(_ context: ChannelHandlerContext) {
        guard let promise else { return }
        let fingerprint = security?.handler.peerCertificate.flatMap(CertificateFingerprint.of)
        guard security == nil || fingerprint != nil else {
            return fail(ConnectionFailure(.other, "the certificate of \(target.place) cannot be read"))
        }
        self.promise = nil
        timer?.cancel()
        let operations = context.pipeline.syncOperations
        do {
            try operations.addHandler(makeHandler(fingerprint), position: .after(self))
        } catch {
            closeAtOnce()
            return promise.fail(ConnectionFailure(error, dialing: target))
        }
        context.fireChannelActive()
        operations.removeHandler(context: context, promise: nil)
        promise.succeed(DialedConnection(channel: context.channel, peerCertificateFingerprint: fingerprint))
    }

    private func fail(_ failure: ConnectionFailure) {
        guard let promise else { return }
        self.promise = nil
        timer?.cancel()
        closeAtOnce()
        promise.fail(failure)
    }

    /// Closes the socket itself: TLS would first wait for the other side's farewell, which a dead one never sends.
    private func closeAtOnce() {
        guard let context else { return }
        if let security, let below = try? context.pipeline.syncOperations.context(handler: security.handler) {
            below.close(promise: nil)
        } else {
            context.close(promise: nil)
        }
    }
}
