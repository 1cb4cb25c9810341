import Testing
import Transport

@Suite("Addresses of brokers")
struct BrokerAddressTests {
    @Test(
        "are read with their scheme, and shown with their port",
        arguments: [
            ("mqtt://localhost", .tcp(host: "localhost", port: 1_883), "mqtt://localhost:1883"),
            ("mqtt://broker.example:1884", .tcp(host: "broker.example", port: 1_884), "mqtt://broker.example:1884"),
            ("mqtts://broker.example", .tls(host: "broker.example", port: 8_883), "mqtts://broker.example:8883"),
            ("mqtts://10.0.0.1:65535", .tls(host: "10.0.0.1", port: 65_535), "mqtts://10.0.0.1:65535"),
            ("mqtt://[::1]", .tcp(host: "::1", port: 1_883), "mqtt://[::1]:1883"),
            ("mqtts://[fe80::1%eth0]:1", .tls(host: "fe80::1%eth0", port: 1), "mqtts://[fe80::1%eth0]:1"),
            ("mqtt+unix:/run/mosquitto.sock", .unix(path: "/run/mosquitto.sock"), "mqtt+unix:/run/mosquitto.sock"),
            ("mqtt+unix:relative:path", .unix(path: "relative:path"), "mqtt+unix:relative:path"),
        ] as [(String, BrokerAddress, String)]
    )
    func good(_ text: String, _ address: BrokerAddress, _ shown: String) throws {
        #expect(try BrokerAddress(parsing: text) == address)
        #expect("\(address)" == shown)
        #expect(try BrokerAddress(parsing: shown) == address)
    }

    private static let forms = "expected mqtt://HOST[:PORT], mqtts://HOST[:PORT] or mqtt+unix:PATH"

    @Test(
        "say what would be right",
        arguments: [
            ("", "\(forms), not nothing"),
            ("localhost:1883", "\(forms), not localhost:1883"),
            ("tcp:localhost:1883", "\(forms), not tcp:localhost:1883"),
            ("MQTT://a", "\(forms), not MQTT://a"),
            ("mqtt:a", "\(forms), not mqtt:a"),
            ("ws://a", "\(forms), not ws://a"),
            ("mqtt://", "expected mqtt://HOST[:PORT], but mqtt:// has no host"),
            ("mqtt://:1883", "expected mqtt://HOST[:PORT], but mqtt://:1883 has no host"),
            ("mqtts://[]", "expected mqtts://HOST[:PORT], but mqtts://[] has no host"),
            ("mqtt://a:", "expected mqtt://HOST[:PORT] with a port from 1 to 65535, not mqtt://a:"),
            ("mqtt://a:0", "expected mqtt://HOST[:PORT] with a port from 1 to 65535, not mqtt://a:0"),
            ("mqtts://a:65536", "expected mqtts://HOST[:PORT] with a port from 1 to 65535, not mqtts://a:65536"),
            ("mqtt://a:+1", "expected mqtt://HOST[:PORT] with a port from 1 to 65535, not mqtt://a:+1"),
            ("mqtt://a:mqtt", "expected mqtt://HOST[:PORT] with a port from 1 to 65535, not mqtt://a:mqtt"),
            ("mqtt://::1:1883", "expected mqtt://[::1]:1883, the IPv6 address in brackets, not mqtt://::1:1883"),
            (
                "mqtt://a b",
                "expected mqtt://HOST[:PORT], but the host of mqtt://a b has a blank, a slash or a control character"
            ),
            ("mqtt+unix:", "a Unix socket's path has 1 to 107 bytes, this one 0: "),
            ("mqtt+unix:/run/a\u{0}b", "a Unix socket's path holds no zero byte"),
        ]
    )
    func bad(_ text: String, _ words: String) {
        #expect(refusal(text) == words)
    }

    /// Where other programs have passwords.
    @Test(
        "do not show what may be a password",
        arguments: [
            "mqtt://user:hush@broker.example", "mqtts://hush@a:8883", "hush@broker", "mqtt+unix:user:hush@/run/a",
            "mqtt://a:1883?password=hush", "mqtts://a/hush", "mqtt://a#hush", "mqtt://a/?key=hush",
        ]
    )
    func hidden(_ text: String) throws {
        let words = try #require(refusal(text))
        #expect(!words.contains("hush"))
        if text.contains("@") {
            let reason = "a broker's address has no `@`, its user and password are given by themselves"
            #expect(words == "\(Self.forms); \(reason)")
        } else {
            #expect(words.contains("HOST[:PORT] and nothing behind it, but there is a `"))
        }
    }

    private func refusal(_ text: String) -> String? {
        do {
            _ = try BrokerAddress(parsing: text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("can be dialled")
    func dialable() throws {
        try BrokerAddress.unix(path: "x").checkDialable()
        try BrokerAddress(parsing: "mqtts://a").checkDialable()
        #expect(throws: TransportError.self) { try BrokerAddress.tcp(host: "a", port: 0).checkDialable() }
    }

    // MARK: Server references

    private static let plain = BrokerAddress.tcp(host: "a", port: 1)
    private static let secure = BrokerAddress.tls(host: "a", port: 1)

    /// The examples of MQTT 5.0, 4.11.
    @Test(
        "are read out of server references, and keep their scheme",
        arguments: [
            ("myserver.xyz.org", ["mqtt://myserver.xyz.org:1883"], ["mqtts://myserver.xyz.org:8883"]),
            ("10.10.151.22:8883", ["mqtt://10.10.151.22:8883"], ["mqtts://10.10.151.22:8883"]),
            (
                "[fe80::9610:3eff:fe1c]:1883", ["mqtt://[fe80::9610:3eff:fe1c]:1883"],
                ["mqtts://[fe80::9610:3eff:fe1c]:1883"]
            ),
            ("b:2  c:3 b:2", ["mqtt://b:2", "mqtt://c:3"], ["mqtts://b:2", "mqtts://c:3"]),
            ("b:x http://c c:3 u@d /", ["mqtt://c:3"], ["mqtts://c:3"]),
            ("", [], []),
        ]
    )
    func references(_ text: String, _ plain: [String], _ secure: [String]) {
        #expect(Self.plain.serverReferences(in: text).map { "\($0)" } == plain)
        #expect(Self.secure.serverReferences(in: text).map { "\($0)" } == secure)
        #expect(BrokerAddress.unix(path: "x").serverReferences(in: text).isEmpty)
    }

    @Test("are bounded in number and length")
    func manyReferences() {
        let many = (1...20).map { "b:\($0)" }.joined(separator: " ")
        #expect(Self.plain.serverReferences(in: many).count == BrokerAddress.referenceMaximum)
        let blanks = String(repeating: " ", count: BrokerAddress.referenceByteMaximum - 1)
        #expect(Self.plain.serverReferences(in: blanks + "b").count == 1)
        #expect(Self.plain.serverReferences(in: blanks + "bc").isEmpty)
    }
}
