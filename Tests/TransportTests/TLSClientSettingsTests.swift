import Testing
import Transport

@Suite("TLS settings of a client")
struct TLSClientSettingsTests {
    private func refusal(_ settings: TLSClientSettings) -> String? {
        do {
            _ = try settings.prepared()
            return nil
        } catch {
            return error.description
        }
    }

    @Test("name the file that is missing, or is no such thing")
    func files() async throws {
        try await withCertificates { certificates in
            let directory = certificates.directory
            try certificates.authority.issue().write("a", into: directory)
            try certificates.authority.issue().write("b", into: directory)
            try writeFile("\(directory)/text", "no certificate\n")

            let missing = refusal(TLSClientSettings(authorityFile: "\(directory)/none"))
            #expect(missing == "cannot read the TLS CA \(directory)/none: No such file or directory")
            let text = refusal(TLSClientSettings(authorityFile: "\(directory)/text"))
            #expect(text == "cannot use the TLS CA \(directory)/text: it holds no certificate in PEM form")

            func withClient(_ certificate: String?, _ key: String?) -> String? {
                refusal(
                    TLSClientSettings(
                        authorityFile: "\(directory)/ca.pem",
                        certificateFile: certificate.map { "\(directory)/\($0)" },
                        keyFile: key.map { "\(directory)/\($0)" }
                    )
                )
            }
            #expect(withClient("a.pem", "a.key") == nil)
            #expect(withClient("a.pem", nil) == "the TLS certificate \(directory)/a.pem needs its key beside it")
            #expect(withClient(nil, "a.key") == "the TLS key \(directory)/a.key needs its certificate beside it")
            #expect(
                withClient("a.pem", "b.key")
                    == "the TLS key \(directory)/b.key does not belong to the certificate \(directory)/a.pem"
            )
            #expect(
                withClient("a.pem", "text")
                    == "cannot use the TLS key \(directory)/text: it holds no key in PEM form, or an encrypted one"
            )
        }
    }

    @Test("take only a host name for the name to expect", arguments: ["10.0.0.1", "::1", "fe80::1%eth0"])
    func addressAsName(_ name: String) {
        #expect(
            refusal(TLSClientSettings(serverName: name))
                == "TLS can verify \(name) only where that is the address dialled: the server name is a host name"
        )
    }

    @Test("offer names of protocols that fit into the handshake")
    func applicationProtocols() {
        func refusal(_ names: [String]) -> String? { self.refusal(TLSClientSettings(applicationProtocols: names)) }
        let systemsOwn = refusal([])
        #expect(refusal(["mqtt", String(repeating: "x", count: 255)]) == systemsOwn)
        #expect(refusal([""]) == "the name of a TLS application protocol has 1 to 255 bytes, this one 0")
        let long = String(repeating: "x", count: 256)
        #expect(refusal(["mqtt", long]) == "the name of a TLS application protocol has 1 to 255 bytes, this one 256")
        let many = Array(repeating: "mqtt", count: 17)
        #expect(refusal(many) == "TLS offers at most 16 application protocols, not 17")
    }

    @Test("take no name that a certificate cannot have", arguments: ["", "a_b", "ä.example", "a b", "a\u{0}b"])
    func oddName(_ name: String) {
        #expect(
            refusal(TLSClientSettings(serverName: name))
                == "the TLS server name \(name) is not a host name of letters, digits, - and ."
        )
    }
}
