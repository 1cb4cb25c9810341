import Glibc
import NIOCore
import Testing
import Transport

@Suite("Failures of connections")
struct ConnectionFailureTests {
    private static let tcp = HubAddress.tcp(host: "::1", port: 7_400)
    private static let unix = HubAddress.unix(path: "/run/hub.sock")

    @Test(
        "of the system have words for a person",
        arguments: [
            (ECONNREFUSED, tcp, .refused, "nobody listens on tcp:[::1]:7400"),
            (EHOSTUNREACH, tcp, .unreachable, "tcp:[::1]:7400 cannot be reached: No route to host"),
            (ENETUNREACH, tcp, .unreachable, "tcp:[::1]:7400 cannot be reached: Network is unreachable"),
            (ETIMEDOUT, tcp, .timedOut, "tcp:[::1]:7400 does not answer (any more)"),
            (ECONNRESET, tcp, .hangUp, "tcp:[::1]:7400: the other side hung up (Connection reset by peer)"),
            (EPIPE, unix, .hangUp, "unix:/run/hub.sock: the other side hung up (Broken pipe)"),
            (
                EACCES, unix, .permission,
                "no permission to connect to unix:/run/hub.sock (check owner and mode of the socket and its directories)"
            ),
            (
                EPERM, tcp, .permission,
                "not allowed to connect to tcp:[::1]:7400: Operation not permitted (is it a firewall?)"
            ),
            (ENOENT, unix, .noSuchFile, "there is no unix:/run/hub.sock (is the hub running?)"),
            (EAGAIN, unix, .other, "unix:/run/hub.sock has too many clients waiting to be accepted"),
            (EMFILE, tcp, .other, "tcp:[::1]:7400: Too many open files"),
        ] as [(CInt, HubAddress, ConnectionFailure.Kind, String)]
    )
    func dialed(_ code: CInt, _ address: HubAddress, _ kind: ConnectionFailure.Kind, _ words: String) {
        let failure = ConnectionFailure(IOError(errnoCode: code, reason: "connect"), dialing: address)
        #expect(failure == ConnectionFailure(kind, words))
    }

    private static let broker = BrokerAddress.tcp(host: "broker.example", port: 1_883)
    private static let unixBroker = BrokerAddress.unix(path: "/run/broker.sock")

    @Test(
        "name a broker's address as it is written",
        arguments: [
            (ECONNREFUSED, broker, .refused, "nobody listens on mqtt://broker.example:1883"),
            (ETIMEDOUT, broker, .timedOut, "mqtt://broker.example:1883 does not answer (any more)"),
            (
                ECONNRESET, broker, .hangUp,
                "mqtt://broker.example:1883: the other side hung up (Connection reset by peer)"
            ),
            (
                ECONNREFUSED, unixBroker, .refused,
                "nobody listens on mqtt+unix:/run/broker.sock: the file is left from a broker that is gone"
            ),
            (ENOENT, unixBroker, .noSuchFile, "there is no mqtt+unix:/run/broker.sock (is the broker running?)"),
        ] as [(CInt, BrokerAddress, ConnectionFailure.Kind, String)]
    )
    func dialedBroker(_ code: CInt, _ address: BrokerAddress, _ kind: ConnectionFailure.Kind, _ words: String) {
        let failure = ConnectionFailure(IOError(errnoCode: code, reason: "connect"), dialing: address)
        #expect(failure == ConnectionFailure(kind, words))
    }

    @Test("of accepted connections stand beside their address", arguments: [ECONNRESET, EPIPE, EMFILE])
    func accepted(_ code: CInt) {
        let failure = ConnectionFailure(IOError(errnoCode: code, reason: "read"))
        #expect(failure.description == String(cString: strerror(code)))
        #expect(failure.isHangUp == (code != EMFILE))
    }

    @Test("stay what they are when they are described again")
    func again() {
        let failure = ConnectionFailure(.refused, "words")
        #expect(ConnectionFailure(failure, dialing: Self.tcp) == failure)
        #expect(ConnectionFailure(failure) == failure)
    }

    @Test("that somebody has to mend first are told apart")
    func configurationFaults() {
        let faults = ConnectionFailure.Kind.allCases.filter { ConnectionFailure($0, "").isConfigurationFault }
        #expect(
            Set(faults) == [
                .permission, .notTLS, .certificateNotTrusted, .certificateExpired, .wrongHostName,
                .certificateRequired, .clientCertificateRejected, .noApplicationProtocol,
            ]
        )
    }
}
