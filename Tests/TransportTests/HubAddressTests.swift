import Testing
import Transport

@Suite("Addresses to listen on")
struct HubAddressTests {
    struct HostAndPort: Sendable {
        let text: String
        let host: String
        let port: Int

        init(_ text: String, _ host: String, _ port: Int) {
            self.text = text
            self.host = host
            self.port = port
        }
    }

    @Test(
        "name a host and a port",
        arguments: [
            HostAndPort("127.0.0.1:8080", "127.0.0.1", 8_080),
            HostAndPort("localhost:0", "localhost", 0),
            HostAndPort("0.0.0.0:65535", "0.0.0.0", 65_535),
            HostAndPort("[::1]:443", "::1", 443),
            HostAndPort("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
        ]
    )
    func good(_ expected: HostAndPort) throws {
        let (host, port) = try HubAddress.hostAndPort(expected.text)
        #expect(host == expected.host)
        #expect(port == expected.port)
    }

    @Test(
        "need a port from 0 to 65535",
        arguments: [
            "", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:-1", "[::1]", "a:1.5",
            "a: 1", "a:+1", "a:١",
        ]
    )
    func badPort(_ text: String) {
        #expect {
            try HubAddress.hostAndPort(text)
        } throws: {
            "\($0)" == "expected HOST:PORT with a port from 0 to 65535, not \(text)"
        }
    }

    @Test("need a host", arguments: [":80", "[]:80"])
    func noHost(_ text: String) {
        #expect {
            try HubAddress.hostAndPort(text)
        } throws: {
            "\($0)" == "expected HOST:PORT, but \(text) has no host"
        }
    }

    @Test("need brackets around IPv6, which ends nowhere without", arguments: ["::1:443", "fe80::1%eth0:443"])
    func noBrackets(_ text: String) {
        #expect {
            try HubAddress.hostAndPort(text)
        } throws: {
            "\($0)" == "expected [\(text.dropLast(4))]:443, the IPv6 address in brackets, not \(text)"
        }
    }

    @Test("have a host without blanks and the like", arguments: ["a b:1", "a\u{0}b:1", "//a:1", "[a\n]:1"])
    func oddHost(_ text: String) {
        #expect {
            try HubAddress.hostAndPort(text)
        } throws: {
            "\($0)"
                == "expected HOST:PORT, but the host of \(text) has a blank, a slash or a control character"
        }
    }

    @Test("may be a path as long as the system takes", arguments: [1, HubAddress.unixPathMaximum])
    func goodPath(_ count: Int) throws {
        let path = String(repeating: "p", count: count)
        #expect(try HubAddress.unix(parsing: path) == .unix(path: path))
    }

    @Test("may not be a path that is empty or has more bytes", arguments: [("", 1), ("p", 1), ("ä", 2)])
    func badPath(_ character: String, _ width: Int) {
        let path = String(repeating: character, count: HubAddress.unixPathMaximum / width + 1)
        #expect {
            try HubAddress.unix(parsing: path)
        } throws: {
            "\($0)" == "a Unix socket's path has 1 to \(HubAddress.unixPathMaximum) bytes, "
                + "this one \(path.utf8.count): \(path)"
        }
    }

    @Test("may not be a path that the system would cut off")
    func zeroByte() {
        #expect {
            try HubAddress.unix(parsing: "/run/a\u{0}b")
        } throws: {
            "\($0)" == "a Unix socket's path holds no zero byte"
        }
    }

    @Test(
        "are read with their kind, and shown so",
        arguments: [
            ("unix:/run/hub.sock", .unix(path: "/run/hub.sock")),
            ("unix:relative:path", .unix(path: "relative:path")),
            ("tcp:localhost:7400", .tcp(host: "localhost", port: 7_400)),
            ("tcp:0.0.0.0:0", .tcp(host: "0.0.0.0", port: 0)),
            ("tls:hub.example:7443", .tls(host: "hub.example", port: 7_443)),
            ("tls:[::1]:443", .tls(host: "::1", port: 443)),
        ] as [(String, HubAddress)]
    )
    func parsing(_ text: String, _ address: HubAddress) throws {
        #expect(try HubAddress(parsing: text) == address)
        #expect("\(address)" == text)
    }

    @Test(
        "say what would be right",
        arguments: [
            ("", "expected unix:PATH, tcp:HOST:PORT or tls:HOST:PORT, not nothing"),
            ("localhost:80", "expected unix:PATH, tcp:HOST:PORT or tls:HOST:PORT, not localhost:80"),
            ("TCP:a:80", "expected unix:PATH, tcp:HOST:PORT or tls:HOST:PORT, not TCP:a:80"),
            ("mqtt://a:80", "expected unix:PATH, tcp:HOST:PORT or tls:HOST:PORT, not mqtt://a:80"),
            ("tcp:", "expected HOST:PORT with a port from 0 to 65535, not "),
            ("tcp://a:80", "expected HOST:PORT, but the host of //a:80 has a blank, a slash or a control character"),
            ("tls:a", "expected HOST:PORT with a port from 0 to 65535, not a"),
            ("unix:", "a Unix socket's path has 1 to 107 bytes, this one 0: "),
        ]
    )
    func parsingErrors(_ text: String, _ words: String) {
        #expect {
            try HubAddress(parsing: text)
        } throws: {
            "\($0)" == words
        }
    }

    @Test("can be dialled unless the port is 0")
    func dialable() throws {
        try HubAddress.unix(path: "x").checkDialable()
        try HubAddress.tcp(host: "a", port: 1).checkDialable()
        #expect {
            try HubAddress.tls(host: "a", port: 0).checkDialable()
        } throws: {
            "\($0)" == "tls:a:0 cannot be reached: port 0 is only for listening, on any free port"
        }
    }

    @Test("are shown with their kind, and IPv6 in brackets")
    func descriptions() {
        #expect("\(HubAddress.unix(path: "/tmp/x.sock"))" == "unix:/tmp/x.sock")
        #expect("\(HubAddress.tcp(host: "localhost", port: 80))" == "tcp:localhost:80")
        #expect("\(HubAddress.tls(host: "::1", port: 443))" == "tls:[::1]:443")
    }
}
