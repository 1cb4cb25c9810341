import Crypto
import Glibc
import Transport

/// A certificate with its key.
struct TestIdentity {
    let certificate: DER
    let key: P256.Signing.PrivateKey

    /// SHA-256 of the certificate's DER form, by way of neither NIOSSL nor the code under test.
    var fingerprint: [UInt8] { Array(SHA256.hash(data: certificate.bytes)) }

    /// Writes `NAME.pem` and `NAME.key`.
    func write(_ name: String, into directory: String) throws {
        try writeFile("\(directory)/\(name).pem", certificate.pem("CERTIFICATE"))
        try writeFile("\(directory)/\(name).key", key.pemRepresentation + "\n")
    }
}

/// Signs certificates for a test.
struct TestAuthority {
    /// Seconds since 1970.
    static let now = Int(time(nil))
    static let day = 86_400

    let name: String
    private let key = P256.Signing.PrivateKey()

    init(_ name: String = "test authority") { self.name = name }

    var certificate: DER {
        sign(subject: name, key.publicKey, Self.now - Self.day..<Self.now + Self.day, [Self.isAuthority])
    }

    /// - Parameters:
    ///   - hosts: host names and IPv4 addresses.
    ///   - times: when it is valid, seconds since 1970.
    func issue(
        _ subject: String = "test",
        hosts: [String] = [],
        times: Range<Int> = now - day..<now + day
    ) -> TestIdentity {
        let key = P256.Signing.PrivateKey()
        let extensions = hosts.isEmpty ? [] : [Self.names(hosts)]
        return TestIdentity(certificate: sign(subject: subject, key.publicKey, times, extensions), key: key)
    }

    private func sign(
        subject: String,
        _ publicKey: P256.Signing.PublicKey,
        _ times: Range<Int>,
        _ extensions: [DER]
    ) -> DER {
        var parts: [DER] = [
            .tagged(0, .integer(2)), .integer(.random(in: 1...127)), .signatureAlgorithm, .name(name),
            .sequence(.time(times.lowerBound), .time(times.upperBound)), .name(subject),
            DER(raw: Array(publicKey.derRepresentation)),
        ]
        if !extensions.isEmpty { parts.append(.tagged(3, .sequence(extensions))) }
        let content = DER.sequence(parts)
        // Signing fails only for keys that the library did not make.
        let signature = try! key.signature(for: content.bytes)
        return .sequence(content, .signatureAlgorithm, .bits(Array(signature.derRepresentation)))
    }

    private static let isAuthority = DER.sequence(.identifier(0x55, 0x1D, 0x13), .yes, .octets(.sequence(.yes)))

    private static func names(_ hosts: [String]) -> DER {
        let names = hosts.map { host in
            var address = in_addr()
            guard inet_pton(AF_INET, host, &address) == 1 else { return DER.tagged(2, plain: Array(host.utf8)) }
            return .tagged(7, plain: withUnsafeBytes(of: address) { Array($0) })
        }
        return .sequence(.identifier(0x55, 0x1D, 0x11), .octets(.sequence(names)))
    }
}

/// A directory with the certificates that most tests need.
struct TestCertificates {
    let directory: String
    let authority = TestAuthority()

    /// `ca.pem`.
    init(in directory: String) throws {
        self.directory = directory
        try writeFile("\(directory)/ca.pem", authority.certificate.pem("CERTIFICATE"))
    }

    /// Settings of a hub with this certificate.
    func server(_ identity: TestIdentity, clientAuthority: TestAuthority? = nil) throws -> TLSServerSettings {
        try identity.write("hub", into: directory)
        if let clientAuthority {
            try writeFile("\(directory)/clients.pem", clientAuthority.certificate.pem("CERTIFICATE"))
        }
        return TLSServerSettings(
            certificateFile: "\(directory)/hub.pem",
            keyFile: "\(directory)/hub.key",
            clientAuthorityFile: clientAuthority.map { _ in "\(directory)/clients.pem" }
        )
    }

    /// Settings of a client that trusts `authority`.
    func client(
        _ identity: TestIdentity? = nil,
        serverName: String? = nil,
        applicationProtocols: [String] = []
    ) throws -> TLSClientSettings {
        try identity?.write("client", into: directory)
        return TLSClientSettings(
            authorityFile: "\(directory)/ca.pem",
            certificateFile: identity.map { _ in "\(directory)/client.pem" },
            keyFile: identity.map { _ in "\(directory)/client.key" },
            serverName: serverName,
            applicationProtocols: applicationProtocols
        )
    }
}

func withCertificates<Result>(_ body: (TestCertificates) async throws -> Result) async throws -> Result {
    try await withDirectory { try await body(TestCertificates(in: $0)) }
}
