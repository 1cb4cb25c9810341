/// One finding in a configuration file, for the person who wrote it.
package struct Diagnostic: Error, Equatable, Sendable {
    package enum Severity: String, Sendable {
        /// The configuration cannot be used.
        case error
        /// It can, but hardly does what was meant.
        case warning
        /// Worth knowing.
        case note
    }

    package let severity: Severity
    package let file: String
    /// From 1; 0 when the whole file is meant.
    package let line: Int
    /// In Unicode scalars, from 1; 0 when the whole file is meant.
    package let column: Int
    /// Such as `hubs.plant.secret`; empty for the file as such.
    package let path: String
    /// What is wrong, and what would be right. Never a secret.
    package let message: String

    init(_ severity: Severity, file: String, _ origin: Origin, path: String, _ message: String) {
        self.severity = severity
        self.file = file
        line = origin.line
        column = origin.column
        self.path = path
        self.message = message
    }

    var origin: Origin { Origin(line: line, column: column) }
}

extension Diagnostic: CustomStringConvertible {
    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return "\(place): \(severity.rawValue): \(path.isEmpty ? "" : "\(path): ")\(message)"
    }
}
