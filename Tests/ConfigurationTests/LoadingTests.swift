import Testing

@testable import Configuration

/// Files as they are found, and texts that mean harm.
@Suite struct LoadingTests {
    @Test func aFileIsReadAndItsFolderIsTheBase() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.secret", "x")
        let file = try folder.write("c.yaml", "hubs: {a: {listen: [\"unix:/a\"], secret: {file: a.secret}}}")
        let (configuration, found) = BridgeConfiguration.load(file: file, environment: [:])
        #expect(found == [])
        #expect(configuration?.file == file)
    }

    @Test func aFileThatIsNotThereIsOneLine() {
        let (configuration, found) = BridgeConfiguration.load(file: "/nowhere/c.yaml", environment: [:])
        #expect(configuration == nil)
        #expect(
            found.map(\.description) == [
                "/nowhere/c.yaml: error: cannot read the file `/nowhere/c.yaml`: No such file or directory"
            ]
        )
    }

    @Test func aFileThatNeverEndsIsOneLine() {
        let found = BridgeConfiguration.load(file: "/dev/zero", environment: [:]).diagnostics
        #expect(found.map(\.description) == ["/dev/zero: error: the file `/dev/zero` has more than 4MiB"])
    }

    @Test func bytesThatAreNoTextHaveAPlace() {
        let bytes = Array("hubs: {}\n# x".utf8) + [0xFF]
        let found = BridgeConfiguration.parse(bytes: bytes, file: "c.yaml", environment: [:], baseFolder: ".")
            .diagnostics
        #expect(found.map(\.description) == ["c.yaml:2:4: error: this is not UTF-8 text"])
    }

    @Test func aTextThatIsTooLongIsRefused() {
        let found = parse(String(repeating: "#", count: 4 << 20 + 1)).diagnostics
        #expect(found.map(\.description) == ["c.yaml: error: a configuration has at most 4MiB"])
    }

    /// Nine levels of nine aliases each would be 400 million values.
    @Test func aliasesCannotMultiplyWithoutBound() {
        var text = "a0: &a0 x\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let found = parse(text).diagnostics
        #expect(
            found.map(\.description) == [
                """
                c.yaml:7:15: error: too much: a configuration has at most 200000 values, those of aliases counted each time, \
                nested at most 32 deep
                """
            ]
        )
    }

    /// The parser would have to compare what such keys hold.
    @Test func aliasesAsKeysCannotMultiplyEither() {
        var text = "a0: &a0 x\n"
        for level in 1...40 { text += "a\(level): &a\(level) {? *a\(level - 1) : 1, ? [*a\(level - 1)] : 2}\n" }
        #expect(parse(text).configuration == nil)
    }

    @Test(arguments: ["[", "{", "- ", "? ", "[{", "{x: [", "- - ? "])
    func depthIsBounded(opening: String) {
        for count in [40, 500, 20_000, (4 << 20) / opening.utf8.count] {
            let (configuration, found) = parse("hubs: " + "\n" + String(repeating: opening, count: count))
            #expect(configuration == nil)
            #expect(!found.isEmpty)
        }
    }

    @Test func linesAsDeepAsTheyAreManyAreBounded() {
        var text = ""
        for level in 0..<1_500 { text += String(repeating: " ", count: level) + "a:\n" }
        let found = parse(text).diagnostics
        #expect(found.count == 1)
        #expect(found.first?.severity == .error)
    }

    @Test func manyFindingsAreCut() {
        let text = "hubs: {}\n" + (0..<5_000).map { "key\($0): 1\n" }.joined()
        #expect(parse(text).diagnostics.count == 1_000)
    }

    /// Each duplicate costs another parse.
    @Test func manyDuplicatesAreCut() {
        let text = "hubs: {}\n" + (0..<5_000).map { "key\($0 % 50): 1\n" }.joined()
        let found = parse(text).diagnostics
        #expect(!found.isEmpty && found.count < 200)
    }

    @Test func aLargeConfigurationIsReadInTime() throws {
        let rules = (0..<3_000).map {
            "      - {name: \"channel\($0).*\", as: \"site.channel\($0).*\", events: [a, b]}\n"
        }
        let text = """
            hubs: {a: {listen: ["unix:/a"]}, b: {listen: ["unix:/b"]}}
            bridges:
              - between: [a, b]
                channels:

            """
        let clock = ContinuousClock()
        let begin = clock.now
        let configuration = try taken(text + rules.joined())
        #expect(configuration.bridges[0].channels?.rules.rules.count == 3_000)
        #expect(clock.now - begin < .seconds(30))
    }
}
