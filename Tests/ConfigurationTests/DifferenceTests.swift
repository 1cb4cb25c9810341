import Testing

@testable import Configuration

/// What a reload has to touch.
@Suite struct DifferenceTests {
    private let text = """
        hubs:
          a: {listen: ["unix:/a"]}
          b: {connect: ["unix:/b"], secret: {env: S}}
          c: {listen: ["unix:/c"]}
        bridges:
          - {between: [a, b], channels: [x]}
          - {between: [a, c], channels: [x]}
        log: {level: info}
        """

    private func difference(
        _ changes: [(String, String)],
        secret: String = "s"
    ) throws -> ConfigurationDifference {
        let new = changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
        #expect(changes.isEmpty || new != text)
        return ConfigurationDifference(
            old: try taken(text, environment: ["S": "s"]),
            new: try taken(new, environment: ["S": secret])
        )
    }

    @Test func whatOnlyMovesDoesNotDiffer() throws {
        let difference = try difference([("hubs:", "\n# Words.\n\nhubs:"), ("channels: [x]", "channels:   [ \"x\" ]")])
        #expect(difference.isEmpty)
        #expect("\(difference)" == "nothing changed")
    }

    @Test(
        arguments: [
            ([("unix:/b", "unix:/d")], "hubs: b changed"),
            (
                [("  c: {listen", "  d: {listen"), ("[a, c]", "[a, d]")],
                """
                hubs: d added, c removed; bridges: a-d added, a-c removed
                """
            ),
            ([("between: [a, c], channels: [x]", "between: [a, c], channels: [x, y]")], "bridges: a-c changed"),
            ([("[a, b], channels: [x]", "[a, b], channels: [{name: x, direction: out}]")], "bridges: a-b changed"),
            ([("[a, b], channels", "[a, b], call_timeout: 5s, channels")], "bridges: a-b changed"),
            ([("[a, b]", "[b, a], id: a-b")], "bridges: a-b changed"),
            ([("level: info", "level: debug")], "log changed"),
            ([("log:", "drain_timeout: 1s\nlog:")], "drain_timeout changed"),
            ([("unix:/a", "unix:/e"), ("unix:/b", "unix:/d")], "hubs: a, b changed"),
        ] as [([(String, String)], String)]
    )
    func whatDiffersIsNamed(changes: [(String, String)], words: String) throws {
        let difference = try difference(changes)
        #expect(!difference.isEmpty)
        #expect("\(difference)" == words)
    }

    @Test func anotherSecretDiffers() throws {
        #expect(try difference([], secret: "t").hubs.changed == ["b"])
        #expect(try difference([], secret: "s").isEmpty)
    }

    @Test func aRenewedCertificateDiffers() throws {
        let folder = try TemporaryFolder()
        for name in ["c.pem", "c.key"] { try folder.write(name, "old") }
        let text = "hubs: {a: {listen: [\"tls:h:1\"], tls: {certificate: c.pem, key: c.key}}}"
        let old = try taken(text, folder: folder.path)
        #expect(ConfigurationDifference(old: old, new: try taken(text, folder: folder.path)).isEmpty)
        try folder.write("c.pem", "newer")
        let new = try taken(text, folder: folder.path)
        #expect(ConfigurationDifference(old: old, new: new).hubs.changed == ["a"])
    }
}
