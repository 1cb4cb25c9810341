import Foundation
import TestSupport
import Testing

@testable import Configuration

/// The ready configurations hold, and whatever becomes of them, the reader answers.
@Suite struct ExampleTests {
    static let names = [
        "broker-to-cloud-tls.yaml", "device-to-remote-tls.yaml", "many-rules.yaml", "quickstart.yaml",
        "two-brokers.yaml",
        "two-remote-hubs.yaml",
    ]

    @Test func theseAreAllExamples() throws {
        #expect(try Repository.examples() == Self.names)
    }

    /// With stand-ins for the development certificates, which only have to be there.
    @Test(arguments: names) func anExampleHolds(name: String) throws {
        let folder = try TemporaryFolder()
        for folderName in ["config", "certs", "certs/dev"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(folderName)",
                withIntermediateDirectories: true
            )
        }
        for file in ["ca.pem", "client.pem", "client.key"] { try folder.write("certs/dev/\(file)", "") }
        let file = try folder.write("config/\(name)", try Repository.read("config/\(name)"))
        let (configuration, found) = BridgeConfiguration.load(
            file: file,
            environment: ["PLANT_SECRET": "x", "CLOUD_PASSWORD": "x"]
        )
        #expect(found == [])
        let taken = try #require(configuration)
        #expect(taken.failedExpectations() == [])
        #expect(!taken.summary().isEmpty)
    }

    @Test func whatTheQuickstartPromises() throws {
        let configuration = try taken(try Repository.read("config/quickstart.yaml"))
        #expect(
            configuration.summary() == [
                "hub device: hosted at unix:/tmp/stinger-device.sock; no secret",
                "hub plant: hosted at unix:/tmp/stinger-plant.sock; no secret",
                "bridge device-plant: between device and plant; calls end after 1m",
                "  sensors: both ways",
                "  motor.*: both ways",
                "  alarms: from device to plant only",
            ]
        )
    }

    // MARK: Damage

    private static let secret = "hunter2secret"

    @Test(arguments: names) func everyBeginningIsAnswered(name: String) throws {
        let bytes = Array(try Repository.read("config/\(name)").utf8)
        for count in 0...bytes.count { checkAnswer(Array(bytes[..<count])) }
    }

    @Test(arguments: names, 1...UInt64(4)) func everyDamageIsAnswered(name: String, seed: UInt64) throws {
        let text = try Repository.read("config/\(name)").replacing("{env: PLANT_SECRET}", with: Self.secret)
            .replacing("{env: CLOUD_PASSWORD}", with: Self.secret)
        let original = Array(text.utf8)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &random) { damage(&bytes, &random) }
            checkAnswer(bytes)
        }
    }

    private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let tokens = [
            "*", "&a ", "*a", "!", "<<: ", "? ", "- ", ": ", "[", "]", "{", "}", "\"", "'", "|", ">", "#", "%", "@",
            "\t",
            "\n", "\r", "---\n", "...\n", "\0", "\u{E02A}", "\u{F0000}", "é", "null", "listen: ", "secret: ", "name: ",
        ]
        let place = Int.random(in: 0...bytes.count, using: &random)
        let length = min(Int.random(in: 0...12, using: &random), bytes.count - place)
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes.removeSubrange(place..<place + length)
        case 1: bytes.insert(contentsOf: Array(tokens.randomElement(using: &random)!.utf8), at: place)
        case 2:
            bytes.insert(
                contentsOf: Array(bytes[place..<place + length]),
                at: Int.random(in: 0...bytes.count, using: &random)
            )
        case 3 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        default:
            // A line to another place.
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            guard let line = lines.randomElement(using: &random) else { return }
            bytes.insert(contentsOf: line + [UInt8(ascii: "\n")], at: place)
        }
    }

    /// A configuration or an error, each finding with a place in the file, in order, and no secret.
    private func checkAnswer(_ bytes: [UInt8]) {
        let (configuration, found) = BridgeConfiguration.parse(
            bytes: bytes,
            file: "c.yaml",
            environment: ["PLANT_SECRET": Self.secret],
            baseFolder: "/nowhere"
        )
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect((configuration == nil) == found.contains { $0.severity == .error }, "\(text)")
        #expect(found.allSatisfy { (1...lines.count + 1).contains($0.line) && $0.column >= 1 }, "\(found) of \(text)")
        #expect(zip(found, found.dropFirst()).allSatisfy { ($0.line, $0.column) <= ($1.line, $1.column) }, "\(text)")
        #expect(Set(found.map(\.description)).count == found.count, "\(text)")
        #expect(!found.contains { $0.description.contains(Self.secret) }, "\(found) of \(text)")
        if let configuration {
            #expect(!configuration.summary().joined().contains(Self.secret))
            #expect(
                configuration.hubs.flatMap { configuration.explain(from: $0.name, .channel("sensors", event: nil)) }
                    .allSatisfy {
                        !$0.isEmpty
                    }
            )
        }
    }
}
