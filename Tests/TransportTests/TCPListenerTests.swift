import Testing
import Transport

@Suite("Listening on TCP")
struct TCPListenerTests {
    @Test("on port 0 tells the real one")
    func anyPort() async throws {
        try await withListener(.tcp(host: "127.0.0.1", port: 0)) { listener in
            guard case .tcp(let host, let port) = listener.address else {
                Issue.record("not TCP: \(listener.address)")
                return
            }
            #expect(host == "127.0.0.1")
            #expect((1...65_535).contains(port))
        }
    }

    @Test("says when the port is in use")
    func portInUse() async throws {
        try await withListener(.tcp(host: "127.0.0.1", port: 0)) { listener in
            let refusal = try await refusal(listener.address)
            #expect(refusal == "cannot listen on \(listener.address): Address already in use")
        }
    }

    @Test("gives the port back at the end")
    func portGivenBack() async throws {
        // An address of its own: a test beside this one could be given the port on the usual one.
        let address = try await withListener(.tcp(host: "127.0.0.2", port: 0)) { $0.address }
        let refusal = try await refusal(address)
        #expect(refusal == nil)
    }
}

@Suite("Listening with TLS")
struct TLSListenerTests {
    private static let address = HubAddress.tls(host: "127.0.0.1", port: 0)

    private func settings(
        _ directory: String,
        certificate: String = "c.pem",
        key: String = "k.pem"
    ) -> TLSServerSettings {
        TLSServerSettings(
            certificateFile: "\(directory)/\(certificate)",
            keyFile: "\(directory)/\(key)",
            clientAuthorityFile: nil
        )
    }

    @Test("needs a certificate and a key")
    func nothingGiven() async throws {
        let refusal = try await refusal(Self.address)
        #expect(refusal == "tls:127.0.0.1:0 needs a certificate and a key")
    }

    @Test("names the file that is missing")
    func missingFiles() async throws {
        try await withDirectory { directory in
            let first = try await refusal(Self.address, tls: settings(directory))
            #expect(first == "cannot read the TLS certificate \(directory)/c.pem: No such file or directory")
            try writeFile("\(directory)/c.pem", "")
            let second = try await refusal(Self.address, tls: settings(directory))
            #expect(second == "cannot read the TLS key \(directory)/k.pem: No such file or directory")
        }
    }

    @Test("names the file that holds no certificate", arguments: ["", "not a certificate\n"])
    func noCertificate(_ content: String) async throws {
        try await withDirectory { directory in
            try writeFile("\(directory)/c.pem", content)
            try writeFile("\(directory)/k.pem", content)
            let refusal = try await refusal(Self.address, tls: settings(directory))
            #expect(
                refusal?.hasPrefix("cannot use the TLS certificate \(directory)/c.pem: ") == true,
                "\(refusal ?? "")"
            )
        }
    }
}
