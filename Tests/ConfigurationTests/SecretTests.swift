import Testing

@testable import Configuration

/// Where secrets come from, and that they stay unseen.
@Suite struct SecretTests {
    private let secret = Secret(content: Array("hunter2".utf8))

    private func hub(_ secret: String) -> String {
        "hubs: {a: {listen: [\"unix:/a\"], secret: \(secret)}}"
    }

    @Test func aSecretIsNeverShown() {
        var dumped = ""
        dump(secret, to: &dumped)
        var hub = HostedHub(id: "a", listen: [])
        hub.secret = secret
        hub.channelPasswords = ["x": secret]
        dump(hub, to: &dumped)
        let texts = ["\(secret)", String(reflecting: secret), "\(hub)", String(reflecting: hub), "\([secret])", dumped]
        for text in texts {
            #expect(!text.contains("hunter2"))
            // The bytes of it.
            #expect(!text.contains("104"))
        }
        #expect("\(secret)" == "(secret)")
    }

    @Test func aSecretInTheFileItselfMustBeAllowed() throws {
        let configuration = try taken("allow_inline_secrets: true\n" + hub("hunter2"))
        guard case .hosted(let a) = configuration.hubs[0].kind else { throw Unexpected() }
        #expect(a.secret == secret)
        // Also where it stands further down.
        #expect(parse(hub("hunter2") + "\nallow_inline_secrets: true").configuration == configuration)
        #expect(
            parse(hub("\"\"") + "\nallow_inline_secrets: true").diagnostics.map(\.description) == [
                "c.yaml:1:41: error: hubs.a.secret: the secret is empty"
            ]
        )
    }

    @Test func filesAreReadFromTheConfigurationsFolder() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", "hunter2\n\r\n")
        for path in ["secret", "./secret", "\(folder.path)/secret"] {
            let (configuration, found) = parse(hub("{file: \(path)}"), folder: folder.path)
            #expect(found == [])
            guard case .hosted(let a) = configuration?.hubs[0].kind else { throw Unexpected() }
            #expect(a.secret == secret)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o644]) func aFileThatOthersCanReadIsWarnedOf(mode: Int) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("secret", "hunter2", mode: mode)
        let (configuration, found) = parse(hub("{file: secret}"), folder: folder.path)
        #expect(configuration != nil)
        #expect(
            found.map(\.description) == [
                "c.yaml:1:48: warning: hubs.a.secret.file: others can read the secret file `\(file)`; chmod 600 it"
            ]
        )
    }

    @Test func emptyAndEndlessFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("secret", "\n\n")
        #expect(
            parse(hub("{file: secret}"), folder: folder.path).diagnostics.map(\.description) == [
                "c.yaml:1:48: error: hubs.a.secret.file: the file `\(file)` is empty"
            ]
        )
        #expect(
            parse(hub("{file: /dev/zero}")).diagnostics.map(\.description) == [
                "c.yaml:1:48: error: hubs.a.secret.file: the file `/dev/zero` has more than 64KiB"
            ]
        )
    }

    @Test func anEmptyVariableIsNone() {
        let found = parse(hub("{env: S}"), environment: ["S": ""]).diagnostics
        #expect(
            found.map(\.description) == [
                """
                c.yaml:1:47: error: hubs.a.secret.env: the environment variable `S` is not set, or empty; \
                a secret is expected in it
                """
            ]
        )
    }

    @Test func theKeyOfACertificateShouldBeOnesOwn() throws {
        let folder = try TemporaryFolder()
        try folder.write("c.pem", "")
        let key = try folder.write("c.key", "", mode: 0o644)
        let text = "hubs: {a: {listen: [\"tls:h:1\"], tls: {certificate: c.pem, key: c.key}}}"
        let (configuration, found) = parse(text, folder: folder.path)
        #expect(configuration != nil)
        #expect(
            found.map(\.description) == [
                "c.yaml:1:64: warning: hubs.a.tls.key: others can read the key `\(key)`; chmod 600 it"
            ]
        )
    }
}
