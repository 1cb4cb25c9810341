import Glibc
import NIOCore
import NIOPosix

// What the system says about sockets and names.

extension ConnectionFailure.Side {
    func failure(errno code: CInt) -> ConnectionFailure {
        let words = String(cString: strerror(code))
        guard case .dialed(let target, _) = self else {
            return ConnectionFailure([ECONNRESET, EPIPE].contains(code) ? .hangUp : .other, words)
        }
        let isUnix = if case .unix = target.endpoint { true } else { false }
        switch code {
        case ECONNREFUSED where isUnix:
            return ConnectionFailure(
                .refused,
                "nobody listens on \(target): the file is left from a \(target.peerWord) that is gone"
            )
        case ECONNREFUSED:
            return ConnectionFailure(.refused, "nobody listens on \(target)")
        case ENOENT, ENOTDIR:
            return ConnectionFailure(.noSuchFile, "there is no \(target) (is the \(target.peerWord) running?)")
        case EACCES where isUnix:
            return ConnectionFailure(
                .permission,
                "no permission to connect to \(target) (check owner and mode of the socket and its directories)"
            )
        case EACCES, EPERM:
            return ConnectionFailure(.permission, "not allowed to connect to \(target): \(words) (is it a firewall?)")
        case EAGAIN where isUnix:
            return ConnectionFailure(.other, "\(target) has too many clients waiting to be accepted")
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, EADDRNOTAVAIL, EAFNOSUPPORT:
            return ConnectionFailure(.unreachable, "\(target) cannot be reached: \(words)")
        case ETIMEDOUT:
            return ConnectionFailure(.timedOut, "\(target) does not answer (any more)")
        case ECONNRESET, EPIPE, ECONNABORTED:
            return ConnectionFailure(.hangUp, sentence("the other side hung up (\(words))"))
        default:
            return ConnectionFailure(.other, sentence(words))
        }
    }

    /// A name can have several addresses, each with an error of its own. That there is no way to one of them (IPv6, as a rule) says less than
    /// what happened with the others.
    func failure(_ error: NIOConnectionError) -> ConnectionFailure {
        let failures = error.connectionErrors.map { ConnectionFailure($0.error, from: self) }
        if let failure = failures.first(where: { $0.kind != .unreachable }) ?? failures.first { return failure }
        if let error = error.dnsAError ?? error.dnsAAAAError { return ConnectionFailure(error, from: self) }
        return ConnectionFailure(.unknownHost, "the host \(error.host) has no address")
    }

    func failure(unknownHost error: SocketAddressError.UnknownHost) -> ConnectionFailure {
        ConnectionFailure(
            .unknownHost,
            "there is no address for the host \(error.host): \(error.errorDescription)"
        )
    }

    func noAnswer(within time: TimeAmount) -> ConnectionFailure {
        ConnectionFailure(.timedOut, sentence("no answer within \(time.inSeconds)"))
    }
}

extension TimeAmount {
    /// `10 s`, `0.25 s`.
    var inSeconds: String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(Double(milliseconds) / 1_000) s"
    }
}
