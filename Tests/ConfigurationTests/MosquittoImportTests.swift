import Federation
import Foundation
import MQTTProtocol
import TestSupport
import Testing

@testable import Configuration

/// Bridges of a mosquitto.conf become ours.
@Suite struct MosquittoImportTests {
    @Test(
        arguments: [
            (MosquittoExamples.site, MosquittoExamples.siteYAML), (MosquittoExamples.two, MosquittoExamples.twoYAML),
            (MosquittoExamples.psk, MosquittoExamples.pskYAML),
        ]
    )
    func eachLineIsCarriedOverOrExplained(conf: String, yaml: String) throws {
        let result = MosquittoImport(text: conf, file: "m.conf")
        #expect(result.diagnostics == [])
        let made = try #require(result.yaml)
        #expect(made == yaml + "\n")
        #expect(!made.contains("hunter2") && !made.contains("deadbeef"))
        try checkItIsTaken(made)
    }

    /// Our own loader takes it, once the files are there.
    private func checkItIsTaken(_ yaml: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let (_, found) = try load(yaml)
        #expect(found.filter { $0.severity == .error } == [], sourceLocation: sourceLocation)
    }

    private func load(_ yaml: String) throws -> (BridgeConfiguration?, [Diagnostic]) {
        let folder = try TemporaryFolder()
        var yaml = yaml
        for match in yaml.matches(of: #/\{file: "([^"/]*)"\}/#) { try folder.write(String(match.1), "hunter2\n") }
        for name in ["/etc/ssl/cloud-ca.pem", "/etc/mosquitto/site-4.pem", "/etc/mosquitto/site-4.key"] {
            let local = "\(folder.path)/\(name.split(separator: "/").last ?? "")"
            if yaml.contains(name) { try "".write(toFile: local, atomically: false, encoding: .utf8) }
            yaml = yaml.replacing(name, with: local)
        }
        return parse(yaml, folder: folder.path)
    }

    @Test func whatIsLoadedDoesTheSame() throws {
        let yaml = try #require(MosquittoImport(text: MosquittoExamples.site, file: "m.conf").yaml)
        let (loaded, found) = try load(yaml)
        let configuration = try #require(loaded, "\(found)")
        let cloud = try #require(configuration.hub(named: "cloud")?.broker)
        #expect(
            cloud.connect == [
                .tls(host: "mqtt.cloud.example", port: 8_883), .tls(host: "mqtt-2.cloud.example", port: 8_883),
            ]
        )
        #expect(cloud.order == .returnToFirst && cloud.clientID == "site-4" && cloud.username == "site-4")
        #expect(cloud.password?.content == Array("hunter2".utf8) && cloud.applicationProtocols == ["mqtt"])
        #expect(!cloud.cleanStart && cloud.keepAlive == .seconds(30) && cloud.version == .v5 && cloud.fallsBack)
        #expect(configuration.hub(named: "local-cloud")?.broker?.connect == [.tcp(host: "localhost", port: 1_883)])
        let bridge = try #require(configuration.bridge(withID: "cloud"))
        let rules = try #require(bridge.topics?.rules)
        #expect(rules.rules.map(\.qos) == [.atLeastOnce, .exactlyOnce, .atMostOnce, .atLeastOnce])
        #expect(rules.rules.map(\.direction) == [.out, .in, .both, .both])
        #expect(rules.verdict(from: .first, topic: "sensors/a") == .carried(name: "site-4/sensors/a", rule: 0))
        #expect(rules.verdict(from: .second, topic: "site-4/cmd/x") == .carried(name: "cmd/x", rule: 1))
        #expect(rules.verdict(from: .second, topic: "remote/x") == .carried(name: "local/x", rule: 2))
        #expect(rules.verdict(from: .first, topic: "status/here") == .carried(name: "status/site-4", rule: 3))
    }

    @Test func everythingThatIsWrongIsFound() {
        let result = MosquittoImport(text: MosquittoExamples.wrong, file: "m.conf")
        #expect(result.yaml == nil)
        #expect(result.diagnostics.map(\.description).joined(separator: "\n") == MosquittoExamples.wrongFindings)
        #expect(!result.diagnostics.contains { $0.description.contains("hunter2") })
    }

    @Test func aFileWithoutABridgeSaysSo() {
        let found = MosquittoImport(text: "listener 1883\n", file: "m.conf").diagnostics
        #expect(found.map(\.description) == ["m.conf: error: there is no `connection`: nothing here is about a bridge"])
    }

    @Test func aFileThatIsNotThereIsOneLine() {
        let found = MosquittoImport.load(file: "/nowhere/m.conf").diagnostics
        #expect(
            found.map(\.description) == [
                "/nowhere/m.conf: error: cannot read the file `/nowhere/m.conf`: No such file or directory"
            ]
        )
    }

    /// Over the network to the local broker, and with a password to a remote one without TLS.
    @Test func whatWasOpenStaysPossibleAndIsSaid() throws {
        let conf = """
            listener 1883 10.0.0.7
            connection far
            address far.example
            remote_username u
            remote_password hunter2
            local_username l
            local_password hunter2
            topic a
            """
        let yaml = try #require(MosquittoImport(text: conf, file: "it's mine.conf").yaml)
        #expect(yaml.matches(of: #/allow_plaintext: true +# as it was/#).count == 2)
        #expect(
            yaml.contains(#"'5s/^[[:space:]]*remote_password[[:space:]]*//p' 'it'\''s mine.conf' > 'far.password'"#)
        )
        #expect(yaml.contains("The listener is bound to one interface"))
        try checkItIsTaken(yaml)
    }

    @Test(
        arguments: [
            ("mqttv50", "true", ""), ("mqttv50", "false", ""), ("mqttv311", "true", "bridge_bit: true"),
            ("mqttv311", "false", "protocol: 3.1.1"),
        ]
    )
    func versionsAreKept(version: String, triesPrivate: String, line: String) throws {
        let conf = """
            connection x
            address h
            bridge_protocol_version \(version)
            try_private \(triesPrivate)
            topic a
            """
        let yaml = try #require(MosquittoImport(text: conf, file: "m.conf").yaml)
        #expect(line.isEmpty || yaml.contains("    \(line)"))
        #expect(yaml.contains("bridge_bit") == line.hasPrefix("bridge_bit"))
        #expect(!yaml.contains("fall_back"))
        try checkItIsTaken(yaml)
    }

    // MARK: Damage

    @Test func everyBeginningIsAnswered() throws {
        for conf in [MosquittoExamples.site, MosquittoExamples.two, MosquittoExamples.psk] {
            for end in conf.indices { try checkAnswer(String(conf[..<end])) }
        }
    }

    @Test(arguments: 1...UInt64(6)) func everyDamageIsAnswered(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let words = [
            "\"\"", "#", "+", "$SYS/", "{1}", "\"", "\\", ": ", "- ", "topic ", "connection ", "é", "\t", "'", "}", "]",
            "0", "true",
            "notification_topic ", "remote_clientid ", "listener ", "\u{202E}", "*a", "&b", "!c", "%",
        ]
        for conf in [MosquittoExamples.site, MosquittoExamples.two, MosquittoExamples.psk] {
            for _ in 0..<60 {
                var text = conf
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = text.index(text.startIndex, offsetBy: Int.random(in: 0..<text.count, using: &random))
                    let word = words[Int.random(in: 0..<words.count, using: &random)]
                    if Bool.random(using: &random) { text.remove(at: place) }
                    text.insert(contentsOf: word, at: place)
                }
                try checkAnswer(text)
            }
        }
    }

    /// A configuration or an error; what is made is YAML with known keys, and no password is in either.
    private func checkAnswer(_ conf: String) throws {
        let result = MosquittoImport(text: conf, file: "m.conf")
        #expect((result.yaml == nil) == result.diagnostics.contains { $0.severity == .error }, "\(conf)")
        guard let yaml = result.yaml else { return }
        let found = parse(yaml).diagnostics.filter { $0.severity == .error }
        // What a file of mosquitto's may say and ours may not is an error with its place, never a text that cannot be read.
        #expect(!found.contains { $0.path.isEmpty || $0.message.contains("unknown key") }, "\(conf)\n\(yaml)\n\(found)")
    }
}
