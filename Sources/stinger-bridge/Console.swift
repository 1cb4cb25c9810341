import Bridge
import Configuration
import Glibc

/// Lines for the person at the terminal.
enum Console {
    static func say(_ line: String) { write(line, STDOUT_FILENO) }

    static func warn(_ line: String) { write(line, STDERR_FILENO) }

    /// A whole text, however long.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    static func fail(_ words: String, _ status: Int32) -> Never {
        warn("stinger-bridge: \(words)")
        Glibc.exit(status)
    }

    private static func write(_ line: String, _ descriptor: Int32) {
        var line = line + "\n"
        line.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    /// The environment of this process, for the secrets that the configuration takes from it.
    static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }

    /// Reads and checks a configuration, with the expectations in it and the certificates that it names.
    static func load(_ file: String) -> (configuration: BridgeConfiguration?, findings: [Finding]) {
        let (configuration, diagnostics) = BridgeConfiguration.load(file: file, environment: environment())
        let findings = diagnostics.map { Finding(severity: $0.severity, text: "\($0)") }
        guard let configuration else { return (nil, findings) }
        let failures =
            configuration.failedExpectations().map { "\($0)" }
            + configuration.certificateFaults().map { "\(file): error: \($0)" }
        return (
            failures.isEmpty ? configuration : nil, findings + failures.map { Finding(severity: .error, text: $0) }
        )
    }

    /// What a configuration is found to be, for the terminal or the log.
    struct Finding {
        let severity: Diagnostic.Severity
        let text: String
    }

    /// The same, and the end of the process where the configuration cannot be used.
    static func loadOrExit(_ file: String) -> BridgeConfiguration {
        let (configuration, findings) = load(file)
        for finding in findings { warn(finding.text) }
        guard let configuration else { Glibc.exit(EX_CONFIG) }
        return configuration
    }
}
