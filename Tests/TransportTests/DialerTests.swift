import Glibc
import NIOCore
import NIOPosix
import Testing
import Transport

@Suite("Dialling", .timeLimit(.minutes(1)))
struct DialerTests {
    private static let anyPort = HubAddress.tcp(host: "127.0.0.1", port: 0)

    @Test("hands over a connection with every byte from the first on", arguments: 0..<20)
    func firstBytes(_ repetition: Int) async throws {
        let hub = Peer(greeting: "welcome")
        try await withListener(Self.anyPort, peer: hub) { listener in
            let client = Peer(greeting: "hello")
            let connection = try await dial(listener.address, as: client)
            #expect(connection.peerCertificateFingerprint == nil)
            #expect(connection.channel.isActive)
            var events = client.events.makeAsyncIterator()
            #expect(await events.next() == .active(channelBinding: nil))
            #expect(await events.next() == .bytes("welcome"))
            #expect(await hub.text(5) == "hello")
            try await connection.channel.close()
        }
    }

    @Test("finds the host of a name, whichever of its addresses answers")
    func hostName() async throws {
        try await withListener(Self.anyPort, peer: Peer(greeting: "welcome")) { listener in
            guard case .tcp(_, let port) = listener.address else { return }
            // Only 127.0.0.1 listens; localhost is ::1 too on most systems.
            let client = Peer()
            let connection = try await dial(HubAddress.tcp(host: "localhost", port: port), as: client)
            #expect(await client.text(7) == "welcome")
            try await connection.channel.close()
        }
    }

    @Test("reaches Unix sockets, with paths as long as the system takes", arguments: [0, 103, 104, 107])
    func unixPath(_ byteCount: Int) async throws {
        try await withDirectory { directory in
            let path = "\(directory)/" + String(repeating: "x", count: max(1, byteCount - directory.utf8.count - 1))
            try await withListener(.unix(path: path), peer: Peer(greeting: "welcome")) { listener in
                let client = Peer()
                let connection = try await dial(listener.address, as: client)
                #expect(await client.text(7) == "welcome")
                try await connection.channel.close()
            }
        }
    }

    @Test("sets the options of a connection over the network")
    func networkOptions() async throws {
        try await withListener(Self.anyPort) { listener in
            let channel = try await dial(listener.address).channel
            #expect(try await channel.getOption(.tcpOption(.tcp_nodelay)).get() != 0)
            #expect(try await channel.getOption(.socketOption(.so_keepalive)).get() != 0)
            let userTimeout = ChannelOptions.tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT))
            #expect(try await channel.getOption(userTimeout).get() == 20_000)
            try await expectCommonOptions(channel)
            try await channel.close()
        }
    }

    /// Nagle's algorithm holds a small packet back until the one before it is acknowledged, 40 ms where that is delayed.
    @Test("lets small packets of MQTT go at once")
    func brokerOptions() async throws {
        try await withListener(Self.anyPort, peer: Peer(greeting: "welcome")) { listener in
            let client = Peer(greeting: "hello")
            let channel = try await dial(BrokerAddress(listener.address.endpoint), as: client).channel
            #expect(try await channel.getOption(.tcpOption(.tcp_nodelay)).get() != 0)
            #expect(await client.text(7) == "welcome")
            try await channel.close()
        }
    }

    @Test("sets the options of a connection over a Unix socket")
    func unixOptions() async throws {
        try await withDirectory { directory in
            try await withListener(.unix(path: "\(directory)/hub.sock")) { listener in
                let channel = try await dial(listener.address).channel
                try await expectCommonOptions(channel)
                try await channel.close()
            }
        }
    }

    private func expectCommonOptions(_ channel: any Channel) async throws {
        #expect(try await channel.getOption(.allowRemoteHalfClosure).get())
        let marks = try await channel.getOption(.writeBufferWaterMark).get()
        #expect(marks.low == 64 << 10)
        #expect(marks.high == 256 << 10)
    }

    // MARK: Failures

    @Test("says when nobody listens on the port")
    func refused() async throws {
        let address = try await withListener(.tcp(host: "127.0.0.3", port: 0)) { $0.address }
        let failure = try await failure(dialing: address)
        #expect(failure == ConnectionFailure(.refused, "nobody listens on \(address)"))
    }

    @Test("says when a socket is left over, and when it is not there")
    func noListener() async throws {
        try await withDirectory { directory in
            let address = HubAddress.unix(path: "\(directory)/hub.sock")
            let missing = try await failure(dialing: address)
            #expect(missing == ConnectionFailure(.noSuchFile, "there is no \(address) (is the hub running?)"))
            #expect(makeStaleSocket("\(directory)/hub.sock"))
            let stale = try await failure(dialing: address)
            let words = "nobody listens on \(address): the file is left from a hub that is gone"
            #expect(stale == ConnectionFailure(.refused, words))
        }
    }

    @Test("names a broker as it is written")
    func noBroker() async throws {
        guard case .tcp(_, let port) = try await withListener(.tcp(host: "127.0.0.3", port: 0), { $0.address }) else {
            return
        }
        let refused = try await failure(dialing: BrokerAddress.tcp(host: "127.0.0.3", port: port))
        #expect(refused == ConnectionFailure(.refused, "nobody listens on mqtt://127.0.0.3:\(port)"))
        let secure = try await failure(dialing: BrokerAddress.tls(host: "127.0.0.1", port: 1))
        #expect(secure?.description == "mqtts://127.0.0.1:1 needs TLS settings")
    }

    @Test("says when a host has no address")
    func unknownHost() async throws {
        // A label of more than 63 bytes: refused without asking anybody.
        let host = String(repeating: "h", count: 64)
        let failure = try #require(await failure(dialing: HubAddress.tcp(host: host, port: 1)))
        #expect(failure.kind == .unknownHost)
        #expect(failure.description.hasPrefix("there is no address for the host \(host): "))
    }

    @Test("says when the port cannot be dialled", arguments: ["tcp:h:0", "tls:h:0"])
    func portZero(_ text: String) async throws {
        let failure = try await failure(dialing: HubAddress(parsing: text))
        #expect(failure?.description == "\(text) cannot be reached: port 0 is only for listening, on any free port")
    }

    @Test("gives up on a host that does not take the connection")
    func connectTimeout() async throws {
        let full = try FullListener()
        defer { full.close() }
        let address = HubAddress.tcp(host: "127.0.0.1", port: full.port)
        let failure = try await failure(dialing: address, timeout: .milliseconds(250))
        #expect(failure == ConnectionFailure(.timedOut, "\(address): no answer within 0.25 s"))
    }
}

/// Listens, and its queue of connections to accept is full: the system leaves further ones without an answer.
private struct FullListener {
    let port: Int
    private let descriptors: [CInt]

    init() throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw TransportError("no listener: \(String(cString: strerror(errno)))") }
        port = Int(UInt16(bigEndian: address.sin_port))
        descriptors =
            [listener]
            + (0..<4).map { _ in
                let filler = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
                _ = withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(filler, $0, length) }
                }
                return filler
            }
    }

    func close() { for descriptor in descriptors { _ = Glibc.close(descriptor) } }
}
