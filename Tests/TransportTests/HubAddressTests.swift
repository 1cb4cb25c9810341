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
            HostAndPort("::1:443", "::1", 443),
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
            "a: 1",
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

    @Test("are shown with their kind, and IPv6 in brackets")
    func descriptions() {
        #expect("\(HubAddress.unix(path: "/tmp/x.sock"))" == "unix:/tmp/x.sock")
        #expect("\(HubAddress.tcp(host: "localhost", port: 80))" == "tcp:localhost:80")
        #expect("\(HubAddress.tls(host: "::1", port: 443))" == "tls:[::1]:443")
    }
}
