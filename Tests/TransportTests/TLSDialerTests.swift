import NIOCore
import NIOPosix
import Testing
import Transport

@Suite("Dialling with TLS", .timeLimit(.minutes(1)))
struct TLSDialerTests {
    private static let anyPort = HubAddress.tls(host: "127.0.0.1", port: 0)
    private static let plainPort = HubAddress.tcp(host: "127.0.0.1", port: 0)

    /// The listener's port under another host.
    private func address(_ listener: Listener, host: String = "127.0.0.1") -> HubAddress {
        switch listener.address {
        case .tcp(_, let port), .tls(_, let port): .tls(host: host, port: port)
        case .unix: listener.address
        }
    }

    @Test("hands over a verified connection, and both ends know the same certificate", arguments: 0..<10)
    func verified(_ repetition: Int) async throws {
        try await withCertificates { certificates in
            let identity = certificates.authority.issue(hosts: ["127.0.0.1"])
            let settings = try certificates.server(identity)
            #expect(try settings.certificateFingerprint() == identity.fingerprint)
            let hub = Peer(greeting: "welcome")
            try await withListener(Self.anyPort, tls: settings, peer: hub) { listener in
                let client = Peer(greeting: "hello")
                let tls = try certificates.client().prepared()
                let connection = try await dial(listener.address, tls: tls, as: client)
                #expect(connection.peerCertificateFingerprint == identity.fingerprint)
                var events = client.events.makeAsyncIterator()
                #expect(await events.next() == .active(channelBinding: identity.fingerprint))
                #expect(await events.next() == .bytes("welcome"))
                var hubEvents = hub.events.makeAsyncIterator()
                #expect(await hubEvents.next() == .active(channelBinding: identity.fingerprint))
                #expect(await hubEvents.next() == .bytes("hello"))
                try await connection.channel.close()
            }
        }
    }

    @Test(
        "verifies the name that was dialled, or the one that is to be expected",
        arguments: [
            Names(in: ["localhost"], dialed: "localhost"),
            Names(in: ["LOCALHOST"], dialed: "localhost"),
            Names(in: ["a.example", "127.0.0.1"], dialed: "127.0.0.1"),
            Names(in: ["hub.example"], dialed: "127.0.0.1", expected: "hub.example"),
            Names(in: ["*.example"], dialed: "localhost", expected: "hub.example"),
            Names(in: ["hub.example"], dialed: "localhost", expected: "hub.example."),
        ]
    )
    func rightName(_ names: Names) async throws {
        try await withCertificates { certificates in
            let settings = try certificates.server(certificates.authority.issue(hosts: names.certificate))
            try await withListener(Self.anyPort, tls: settings) { listener in
                let tls = try certificates.client(serverName: names.expected).prepared()
                #expect(try await failure(dialing: address(listener, host: names.dialed), tls: tls) == nil)
            }
        }
    }

    @Test(
        "refuses a certificate for other names, and says which",
        arguments: [
            (Names(in: ["a.example"], dialed: "localhost"), "a.example"),
            (Names(in: ["localhost", "127.0.0.2"], dialed: "127.0.0.1"), "localhost, 127.0.0.2"),
            (Names(in: ["localhost"], dialed: "localhost", expected: "hub.example"), "localhost"),
            (Names(in: ["*.example"], dialed: "localhost", expected: "a.b.example"), "*.example"),
            (Names(in: ["a", "b", "c", "d", "e", "f"], dialed: "localhost"), "a, b, c, d and 2 more"),
            // The address that "localhost" leads to is not what was asked for.
            (Names(in: ["127.0.0.1"], dialed: "localhost"), "127.0.0.1"),
            (Names(in: ["127.0.0.1", "*.example"], dialed: "localhost", expected: "example"), "127.0.0.1, *.example"),
            // An address to the resolver, a name to certificates.
            (Names(in: ["127.0.0.1"], dialed: "127.1"), "127.0.0.1"),
            (Names(in: ["a\nb"], dialed: "localhost"), "other names"),
            (Names(in: [], dialed: "localhost"), "other names"),
        ]
    )
    func wrongName(_ names: Names, _ shown: String) async throws {
        try await withCertificates { certificates in
            let settings = try certificates.server(certificates.authority.issue(hosts: names.certificate))
            try await withListener(Self.anyPort, tls: settings) { listener in
                let address = address(listener, host: names.dialed)
                let tls = try certificates.client(serverName: names.expected).prepared()
                let failure = try #require(await failure(dialing: address, tls: tls))
                #expect(failure.kind == .wrongHostName)
                let place = "\(address)".dropFirst("tls:".count)
                let name = names.expected ?? names.dialed
                let wanted = name == "127.0.0.1" ? "" : ", not for \(name)"
                #expect(
                    failure.description
                        == "certificate of \(place) is for \(shown)\(wanted) (check the address, or tls.server_name)"
                )
            }
        }
    }

    struct Names: Sendable {
        let certificate: [String]
        let dialed: String
        let expected: String?

        init(in certificate: [String], dialed: String, expected: String? = nil) {
            self.certificate = certificate
            self.dialed = dialed
            self.expected = expected
        }
    }

    @Test("refuses what no trusted authority has signed")
    func untrusted() async throws {
        try await withCertificates { certificates in
            // The same name, another key.
            let stranger = TestAuthority(certificates.authority.name).issue(hosts: ["127.0.0.1"])
            let hub = Peer()
            try await withListener(Self.anyPort, tls: try certificates.server(stranger), peer: hub) { listener in
                let failure = try await failure(dialing: listener.address, tls: try certificates.client().prepared())
                let place = "\(listener.address)".dropFirst("tls:".count)
                let words = "certificate of \(place) is not signed by a trusted authority (check tls.ca)"
                #expect(failure == ConnectionFailure(.certificateNotTrusted, words))
                let seen = await hub.firstFailure()
                #expect(seen?.description.hasPrefix("the client does not accept this hub's certificate: ") == true)
            }
        }
    }

    @Test("trusts the system's authorities when none is named, who do not know ours")
    func systemAuthorities() async throws {
        try await withCertificates { certificates in
            let settings = try certificates.server(certificates.authority.issue(hosts: ["127.0.0.1"]))
            try await withListener(Self.anyPort, tls: settings) { listener in
                do {
                    let tls = try TLSClientSettings().prepared()
                    #expect(try await failure(dialing: listener.address, tls: tls)?.kind == .certificateNotTrusted)
                } catch let error as TransportError {
                    #expect(error.description.contains("no trusted authorities of its own"))
                }
            }
        }
    }

    @Test("says when a certificate has expired")
    func expired() async throws {
        let end = 1_700_000_000
        let failure = try await failureWithCertificate(valid: end - TestAuthority.day..<end)
        #expect(failure?.kind == .certificateExpired)
        #expect(failure?.description.hasSuffix(" expired on 2023-11-14 22:13 UTC (renew it)") == true)
    }

    @Test("says when a certificate is not valid yet, since clocks can be wrong")
    func notYetValid() async throws {
        let start = 2_000_000_000
        let failure = try await failureWithCertificate(valid: start..<start + TestAuthority.day)
        #expect(failure?.kind == .certificateExpired)
        let words = try #require(failure?.description)
        #expect(words.contains(" is valid only from 2033-05-18 03:33 UTC, and here it is 20"))
        #expect(words.hasSuffix(" UTC (is this device's clock right?)"))
    }

    private func failureWithCertificate(valid times: Range<Int>) async throws -> ConnectionFailure? {
        try await withCertificates { certificates in
            let identity = certificates.authority.issue(hosts: ["127.0.0.1"], times: times)
            return try await withListener(Self.anyPort, tls: try certificates.server(identity)) { listener in
                try await failure(dialing: listener.address, tls: try certificates.client().prepared())
            }
        }
    }

    // MARK: Client certificates

    @Test("proves itself with a certificate where the hub asks for one")
    func clientCertificate() async throws {
        try await withCertificates { certificates in
            let clients = TestAuthority("clients")
            let identity = certificates.authority.issue(hosts: ["127.0.0.1"])
            let settings = try certificates.server(identity, clientAuthority: clients)
            try await withListener(Self.anyPort, tls: settings, peer: Peer(greeting: "welcome")) { listener in
                let client = Peer()
                let tls = try certificates.client(clients.issue("bridge")).prepared()
                let connection = try await dial(listener.address, tls: tls, as: client)
                #expect(await client.text(7) == "welcome")
                try await connection.channel.close()
            }
        }
    }

    @Test("hears of a missing client certificate right after the handshake")
    func noClientCertificate() async throws {
        let (client, hub) = try await failures(withClientCertificate: nil)
        #expect(client?.kind == .certificateRequired)
        #expect(
            client?.description.hasSuffix(
                " lets in only clients with a certificate (give tls.certificate and tls.key)"
            ) == true
        )
        #expect(
            hub == ConnectionFailure(.certificateRequired, "the client has no certificate, and needs one here")
        )
    }

    @Test("hears when its certificate is not accepted", arguments: ["stranger", "expired"])
    func wrongClientCertificate(_ kind: String) async throws {
        let (client, hub) = try await failures { clients in
            kind == "expired"
                ? clients.issue(times: 1_600_000_000..<1_700_000_000) : TestAuthority("strangers").issue()
        }
        #expect(client?.kind == .clientCertificateRejected)
        let alert = kind == "expired" ? "certificate expired" : "unknown ca"
        #expect(
            client?.description.hasSuffix(" does not accept our certificate: \(alert) (check tls.certificate)") == true,
            "\(client?.description ?? "")"
        )
        #expect(hub?.kind == .certificateNotTrusted)
    }

    /// What both sides are told when the hub lets in only clients of an authority.
    private func failures(
        withClientCertificate makeIdentity: ((TestAuthority) -> TestIdentity)?
    ) async throws -> (client: ConnectionFailure?, hub: ConnectionFailure?) {
        try await withCertificates { certificates in
            let clients = TestAuthority("clients")
            let identity = certificates.authority.issue(hosts: ["127.0.0.1"])
            let settings = try certificates.server(identity, clientAuthority: clients)
            let hub = Peer()
            return try await withListener(Self.anyPort, tls: settings, peer: hub) { listener in
                let client = Peer(greeting: "hello")
                let tls = try certificates.client(makeIdentity?(clients)).prepared()
                _ = try await dial(listener.address, tls: tls, as: client)
                return (await client.firstFailure(), await hub.firstFailure())
            }
        }
    }

    // MARK: Peers without TLS

    @Test("says when the other side talks, but not TLS")
    func plainServer() async throws {
        try await withCertificates { certificates in
            let tls = try certificates.client().prepared()
            try await withListener(Self.plainPort, peer: Peer(greeting: "220 not TLS\r\n")) { listener in
                let address = address(listener)
                let failure = try await failure(dialing: address, tls: tls)
                #expect(
                    failure == ConnectionFailure(.notTLS, "\(address) does not speak TLS (is it \(listener.address)?)")
                )
            }
        }
    }

    @Test("says when the other side hangs up at the sight of TLS")
    func hangUp() async throws {
        try await withCertificates { certificates in
            let tls = try certificates.client().prepared()
            try await withListener(Self.plainPort, peer: Peer(hangsUp: true)) { listener in
                let address = address(listener)
                let failure = try #require(await failure(dialing: address, tls: tls))
                #expect(failure.kind == .hangUp)
                #expect(failure.description.hasPrefix("\(address)") && failure.description.contains("hung up"))
            }
        }
    }

    @Test("says of a broker without TLS what its address would be")
    func plainBroker() async throws {
        try await withCertificates { certificates in
            let tls = try certificates.client().prepared()
            try await withListener(Self.plainPort, peer: Peer(greeting: "220 not TLS\r\n")) { listener in
                let place = "\(listener.address)".dropFirst("tcp:".count)
                let failure = try await failure(dialing: BrokerAddress(address(listener).endpoint), tls: tls)
                let words = "mqtts://\(place) does not speak TLS (is it mqtt://\(place)?)"
                #expect(failure == ConnectionFailure(.notTLS, words))
            }
        }
    }

    // MARK: Application protocols

    @Test("offers the protocols it was given", arguments: [[], ["mqtt"], ["x-amzn-mqtt-ca", "mqtt"]])
    func applicationProtocols(_ names: [String]) async throws {
        // RFC 7301, 3.1: extension 16, the bytes that follow, the bytes of the list, each name after its length.
        let list = names.map { "\(byte($0.utf8.count))\($0)" }.joined()
        let offer = "\u{0}\u{10}\u{0}\(byte(list.utf8.count + 2))\u{0}\(byte(list.utf8.count))\(list)"
        try await withCertificates { certificates in
            let tls = try certificates.client(applicationProtocols: names).prepared()
            let hub = Peer(hangsUp: true)
            try await withListener(Self.plainPort, peer: hub) { listener in
                _ = try await failure(dialing: address(listener), tls: tls)
                let hello = await hub.text(200)
                #expect(hello.contains(offer) == !names.isEmpty)
            }
        }
    }

    private func byte(_ value: Int) -> Character { Character(UnicodeScalar(UInt8(value))) }

    @Test("does without an answer to its offer")
    func unansweredOffer() async throws {
        try await withCertificates { certificates in
            let settings = try certificates.server(certificates.authority.issue(hosts: ["127.0.0.1"]))
            let tls = try certificates.client(applicationProtocols: ["mqtt"]).prepared()
            try await withListener(Self.anyPort, tls: settings) { listener in
                let failure = try await failure(dialing: listener.address, tls: tls)
                #expect(failure == nil)
            }
        }
    }

    @Test("says when its offer is refused")
    func refusedOffer() async throws {
        try await withCertificates { certificates in
            let tls = try certificates.client(applicationProtocols: ["mqtt"]).prepared()
            // A fatal alert, no_application_protocol (RFC 7301, 3.2).
            let alert = Peer(greeting: "\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{78}")
            try await withListener(Self.plainPort, peer: alert) { listener in
                let address = address(listener)
                let failure = try await failure(dialing: address, tls: tls)
                let words = "takes none of the protocols offered in the TLS handshake (check tls.alpn)"
                #expect(failure == ConnectionFailure(.noApplicationProtocol, "\(address) \(words)"))
            }
        }
    }

    @Test("gives up on a peer that says nothing, and closes the socket")
    func silence() async throws {
        try await withCertificates { certificates in
            let tls = try certificates.client().prepared()
            let hub = Peer()
            try await withListener(Self.plainPort, peer: hub) { listener in
                let address = address(listener)
                let failure = try await failure(dialing: address, tls: tls, timeout: .milliseconds(250))
                let words = "did not finish the TLS handshake within 0.25 s (does it speak TLS there?)"
                #expect(failure == ConnectionFailure(.timedOut, "\(address) \(words)"))
                #expect(await hub.first { $0 == .inputClosed || $0 == .inactive } != nil)
            }
        }
    }

    @Test("tells a TLS listener that a client does not speak it")
    func plainClient() async throws {
        try await withCertificates { certificates in
            let settings = try certificates.server(certificates.authority.issue(hosts: ["127.0.0.1"]))
            let hub = Peer()
            try await withListener(Self.anyPort, tls: settings, peer: hub) { listener in
                guard case .tls(let host, let port) = listener.address else { return }
                _ = try await dial(HubAddress.tcp(host: host, port: port), as: Peer(greeting: "hello, is it TLS?"))
                #expect(
                    await hub.firstFailure()
                        == ConnectionFailure(.notTLS, "the client does not speak TLS, which it must here")
                )
            }
        }
    }

    @Test("needs settings")
    func noSettings() async throws {
        let failure = try await failure(dialing: HubAddress.tls(host: "127.0.0.1", port: 1))
        #expect(failure?.description == "tls:127.0.0.1:1 needs TLS settings")
    }

    @Test("ends when the hub says farewell")
    func farewell() async throws {
        try await withCertificates { certificates in
            let settings = try certificates.server(certificates.authority.issue(hosts: ["127.0.0.1"]))
            try await withListener(Self.anyPort, tls: settings, peer: Peer(hangsUp: true)) { listener in
                let client = Peer(greeting: "bye")
                _ = try await dial(listener.address, tls: try certificates.client().prepared(), as: client)
                var events = client.events.makeAsyncIterator()
                _ = await events.next()
                #expect(await events.next() == .inactive)
            }
        }
    }
}
