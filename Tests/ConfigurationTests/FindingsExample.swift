import Testing

@testable import Configuration

/// A configuration and everything that is found in it, by place.
struct FindingsExample: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let isTaken: Bool
    /// `LINE:COLUMN: severity: words`, one a line.
    let findings: String

    init(_ description: String, _ text: String, isTaken: Bool = false, _ findings: String) {
        testDescription = description
        self.text = text
        self.isTaken = isTaken
        self.findings = findings
    }

    func check() {
        let (configuration, found) = parse(text, environment: ["S": "hunter2"])
        #expect(found.map { String($0.description.dropFirst("c.yaml:".count)) }.joined(separator: "\n") == findings)
        #expect((configuration != nil) == isTaken)
        #expect(!found.contains { $0.description.contains("hunter2") })
    }
}

/// Where no relative path leads to a file.
func parse(
    _ text: String,
    environment: [String: String] = [:],
    folder: String = "/nowhere"
) -> (configuration: BridgeConfiguration?, diagnostics: [Diagnostic]) {
    BridgeConfiguration.parse(text: text, file: "c.yaml", environment: environment, baseFolder: folder)
}

/// A configuration in which nothing is wrong.
func taken(
    _ text: String,
    environment: [String: String] = [:],
    folder: String = "/nowhere",
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> BridgeConfiguration {
    let (configuration, found) = parse(text, environment: environment, folder: folder)
    #expect(found.filter { $0.severity == .error } == [], sourceLocation: sourceLocation)
    return try #require(configuration, sourceLocation: sourceLocation)
}
