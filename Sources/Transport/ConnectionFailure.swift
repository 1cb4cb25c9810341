import NIOCore
import NIOPosix
import NIOSSL

/// Why dialling failed, or a connection ended: one line for a person, and a kind for the program.
package struct ConnectionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable, CaseIterable {
        /// Nobody listens at the address.
        case refused
        /// The Unix socket is not there.
        case noSuchFile
        /// The system does not let us connect.
        case permission
        /// The host's name has no address.
        case unknownHost
        /// There is no way to the host.
        case unreachable
        /// No answer within the time that there was.
        case timedOut
        /// The other side speaks, but not TLS.
        case notTLS
        /// The other side's certificate has no authority that we trust, or ours none that it trusts where it listens for us.
        case certificateNotTrusted
        /// The other side's certificate is no longer valid, or not yet.
        case certificateExpired
        /// The other side's certificate is for other names.
        case wrongHostName
        /// No client certificate was given where one is asked for.
        case certificateRequired
        /// The client certificate was given and not accepted.
        case clientCertificateRejected
        /// The other side speaks none of the protocols that were offered in the TLS handshake.
        case noApplicationProtocol
        /// The other side went without a farewell, as killed programs do.
        case hangUp
        case other
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// What ended a connection that a listener had accepted. The description stands beside the client's address and does not name it.
    package init(_ error: any Error) { self.init(error, from: .accepted) }

    /// What ended, or prevented, a connection to `address`, which the description names. For errors that a handler catches after `Dialer` has
    /// handed the connection over, too: a client certificate is refused only then (RFC 8446, 4.4.2.4 and appendix E.1).
    package init(_ error: any Error, dialing address: some DialAddress) {
        self.init(error, dialing: DialTarget(address))
    }

    init(_ error: any Error, dialing target: DialTarget) { self.init(error, from: .dialed(target, nil)) }

    init(_ error: any Error, from side: Side) {
        switch error {
        case let error as ConnectionFailure: self = error
        case let error as IOError: self = side.failure(errno: error.errnoCode)
        case let error as NIOConnectionError: self = side.failure(error)
        case let error as SocketAddressError.UnknownHost: self = side.failure(unknownHost: error)
        case ChannelError.connectTimeout(let time): self = side.noAnswer(within: time)
        case ChannelError.eof, ChannelError.inputClosed: self = side.hangUp()
        case NIOSSLError.uncleanShutdown:
            self.init(.hangUp, side.sentence("the TLS connection ended without a farewell"))
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: self = side.wrongHostName()
        case NIOSSLError.handshakeFailed(let error): self = side.failure(error, inHandshake: true)
        case let error as BoringSSLError: self = side.failure(error, inHandshake: false)
        default: self.init(.other, side.sentence("\(error)"))
        }
    }

    /// The other side went without a farewell, as killed programs do.
    package var isHangUp: Bool { kind == .hangUp }

    /// Somebody has to change something first, so trying again at once is no use: names, certificates, permissions, schemes.
    package var isConfigurationFault: Bool {
        switch kind {
        case .permission, .notTLS, .certificateNotTrusted, .certificateExpired, .wrongHostName, .certificateRequired,
            .clientCertificateRejected, .noApplicationProtocol:
            true
        case .refused, .noSuchFile, .unknownHost, .unreachable, .timedOut, .hangUp, .other:
            false
        }
    }
}

extension ConnectionFailure {
    /// Which end of the connection we are: the same event has other words at the other end.
    enum Side {
        /// We listen.
        case accepted
        /// We dialled. With the certificate that the other side showed, where that is known.
        case dialed(DialTarget, PeerCertificate?)

        /// The words, with the address in front where the reader has not got it before their eyes.
        func sentence(_ words: String) -> String {
            switch self {
            case .accepted: words
            case .dialed(let target, _): "\(target): \(words)"
            }
        }

        func hangUp() -> ConnectionFailure { ConnectionFailure(.hangUp, sentence("the other side hung up")) }
    }
}
