import Glibc
package import NIOCore
package import NIOPosix
import NIOSSL

/// A bound socket that accepts clients.
package final class Listener: Sendable {
    /// With the real port where 0 was asked for.
    package let address: HubAddress
    private let channel: any Channel

    /// Clients that may wait to be accepted.
    private static let backlog: Int32 = 1_024

    private init(address: HubAddress, channel: any Channel) {
        self.address = address
        self.channel = channel
    }

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - unixMode: permissions of a Unix socket's file.
    ///   - makeHandler: called on the loop of each accepted client, with the listener's channel binding: the SHA-256 of its certificate's DER
    ///     form, 32 bytes, which the client sees from its side (`CertificateFingerprint`); nil without TLS.
    package static func bind(
        _ address: HubAddress,
        on group: MultiThreadedEventLoopGroup,
        tls: TLSServerSettings?,
        unixMode: UInt32,
        makeHandler: @escaping @Sendable (_ channelBinding: [UInt8]?) -> any ChannelHandler
    ) async throws(TransportError) -> Listener {
        let prepared: (context: NIOSSLContext, certificateFingerprint: [UInt8])?
        if case .tls = address {
            guard let tls else { throw TransportError("\(address) needs a certificate and a key") }
            prepared = try tls.prepared()
        } else {
            prepared = nil
        }
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: ConnectionOptions.writeMarks)
            .childChannelOption(.allowRemoteHalfClosure, value: ConnectionOptions.allowsRemoteHalfClosure)
            .childChannelOption(.recvAllocator, value: ConnectionOptions.receiveAllocator)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let prepared { try pipeline.addHandler(NIOSSLServerHandler(context: prepared.context)) }
                    try pipeline.addHandler(makeHandler(prepared?.certificateFingerprint))
                }
            }
        do {
            switch address {
            case .unix(let path):
                try UnixSocketFile.makeWay(at: path)
                let channel = try await UnixSocketFile.withMode(unixMode, at: path) {
                    try await bootstrap.bind(to: SocketAddress(UnixSocketFile.address(of: path))).get()
                }
                return Listener(address: address, channel: channel)
            case .tcp(let host, let port):
                let channel = try await bootstrap.bind(host: host, port: port).get()
                return Listener(address: .tcp(host: host, port: channel.localAddress?.port ?? port), channel: channel)
            case .tls(let host, let port):
                let channel = try await bootstrap.bind(host: host, port: port).get()
                return Listener(address: .tls(host: host, port: channel.localAddress?.port ?? port), channel: channel)
            }
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError("cannot listen on \(address): \(words(for: error))")
        }
    }

    private static func words(for error: any Error) -> String {
        if error is SocketAddressError.UnknownHost { return "there is no host of that name" }
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode))
    }

    /// Stops accepting, and takes the socket's file away.
    package func close() async {
        try? await channel.close()
        if case .unix(let path) = address { UnixSocketFile.remove(path) }
    }
}
