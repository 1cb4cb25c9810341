package import NIOCore
import NIOPosix
import NIOSSL

/// Connects to the address of a hub or a broker.
package enum Dialer {
    /// Resolves, connects and, over TLS, shakes hands and verifies; of a host with several addresses the first that connects is taken (RFC 8305).
    ///
    /// - Parameters:
    ///   - loop: the connection's, and the one on which everything here happens. One of a `MultiThreadedEventLoopGroup`.
    ///   - tls: needed by addresses with TLS.
    ///   - timeout: for all of it together.
    ///   - makeHandler: called once, on the loop, when the connection is ready, with the channel binding (`peerCertificateFingerprint`). The
    ///     handler's `channelActive` comes next, then all bytes of the peer from the first on, and only then does the future succeed.
    /// - Returns: fails with a `ConnectionFailure`; then the socket is closed, and no handler was made.
    package static func connect(
        to address: some DialAddress,
        on loop: any EventLoop,
        tls: PreparedTLS?,
        timeout: TimeAmount = .seconds(10),
        makeHandler: @escaping @Sendable (_ channelBinding: [UInt8]?) -> any ChannelHandler
    ) -> EventLoopFuture<DialedConnection> {
        let promise = loop.makePromise(of: DialedConnection.self)
        var target = DialTarget(address)
        if case .tls(let host, _) = target.endpoint { target.certificateName = tls?.expectedName(for: host) }
        let attempt = Attempt(target: target, tls: tls, timeout: timeout, makeHandler: makeHandler)
        loop.execute { attempt.start(on: loop, promise: promise) }
        return promise.futureResult
    }

    private struct Attempt: Sendable {
        let target: DialTarget
        let tls: PreparedTLS?
        let timeout: TimeAmount
        let makeHandler: @Sendable ([UInt8]?) -> any ChannelHandler

        func start(on loop: any EventLoop, promise: EventLoopPromise<DialedConnection>) {
            let deadline = NIODeadline.now() + timeout
            do {
                try target.checkDialable()
                if case .tls = target.endpoint, tls == nil { throw TransportError("\(target) needs TLS settings") }
            } catch {
                return promise.fail(ConnectionFailure(.other, "\(error)"))
            }
            connect(on: loop).whenComplete { result in
                switch result {
                case .success(let channel):
                    do {
                        // Still inside the call that connected the socket: nothing was read yet, so the gate is in time.
                        try channel.pipeline.syncOperations.handler(type: DialGate.self)
                            .open(to: promise, before: deadline, timeout: timeout)
                    } catch {
                        channel.close(promise: nil)
                        promise.fail(ConnectionFailure(error, dialing: target))
                    }
                case .failure(let error):
                    promise.fail(ConnectionFailure(error, dialing: target))
                }
            }
        }

        private func connect(on loop: any EventLoop) -> EventLoopFuture<any Channel> {
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(timeout)
                .channelOption(.writeBufferWaterMark, value: ConnectionOptions.writeMarks)
                .channelOption(.allowRemoteHalfClosure, value: allowsRemoteHalfClosure)
                .channelOption(.recvAllocator, value: ConnectionOptions.receiveAllocator)
                // A host with several addresses is tried at several sockets: this runs for each.
                .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try fill(channel) } }
            switch target.endpoint {
            case .unix(let path):
                // As the system's own structure: the library's would refuse paths of more than 103 bytes.
                return bootstrap.connect(to: SocketAddress(UnixSocketFile.address(of: path)))
            case .tcp(let host, let port), .tls(let host, let port):
                return
                    bootstrap
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .channelOption(.socketOption(.so_keepalive), value: 1)
                    .channelOption(ConnectionOptions.userTimeout, value: ConnectionOptions.unacknowledgedTimeout)
                    .connect(host: host, port: port)
            }
        }

        /// With half-closure the TLS library does not see the other side's farewell as the answer to its own, and every `close` takes as long as
        /// `farewellTimeout`. Without it, a hub's last word is at once followed by `channelInactive`, which costs nobody anything: a hub that has
        /// said farewell reads no more.
        private var allowsRemoteHalfClosure: Bool {
            switch target.endpoint {
            case .unix, .tcp: ConnectionOptions.allowsRemoteHalfClosure
            case .tls: false
            }
        }

        private func fill(_ channel: any Channel) throws {
            var security: DialGate.Security?
            if case .tls(let host, _) = target.endpoint, let tls {
                let handler = try tls.makeHandler(for: host)
                try channel.pipeline.syncOperations.addHandler(handler)
                security = DialGate.Security(handler: handler, expectedName: tls.expectedName(for: host))
            }
            let gate = DialGate(target: target, security: security, makeHandler: makeHandler)
            try channel.pipeline.syncOperations.addHandler(gate)
        }
    }
}
