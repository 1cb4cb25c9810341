/// One reading of one configuration: what surrounds it, and what was found in it.
final class Reading {
    let file: String
    let environment: [String: String]
    /// Where relative paths in the file begin.
    let baseFolder: String
    var allowsInlineSecrets = false
    private(set) var diagnostics: [Diagnostic] = []
    /// Lines and columns of final errors.
    private var settled: Set<[Int]> = []

    /// Findings that are listed; a file with more has one cause.
    private static let diagnosticMaximum = 1_000

    init(file: String, environment: [String: String], baseFolder: String) {
        self.file = file
        self.environment = environment
        self.baseFolder = baseFolder
    }

    func error(_ origin: Origin, path: String = "", _ message: String) { add(.error, origin, path, message) }

    /// An error after which nothing more needs to be said of that place.
    func finalError(_ origin: Origin, _ message: String) {
        add(.error, origin, "", message)
        settled.insert([origin.line, origin.column])
    }

    func warning(_ origin: Origin, path: String, _ message: String) { add(.warning, origin, path, message) }
    func note(_ origin: Origin, path: String, _ message: String) { add(.note, origin, path, message) }

    private func add(_ severity: Diagnostic.Severity, _ origin: Origin, _ path: String, _ message: String) {
        guard !settled.contains([origin.line, origin.column]) else { return }
        guard !isFull || severity == .error && !hasErrors else { return }
        diagnostics.append(Diagnostic(severity, file: file, origin, path: path, message))
    }

    /// Further findings are not listed.
    var isFull: Bool { diagnostics.count >= Self.diagnosticMaximum }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// By place; in the order found where that is the same. What an alias repeats is listed once.
    var sorted: [Diagnostic] {
        var seen: Set<String> = []
        return diagnostics.enumerated()
            .sorted { one, other in
                if one.element.origin.isBefore(other.element.origin) { return true }
                if other.element.origin.isBefore(one.element.origin) { return false }
                return one.offset < other.offset
            }
            .map(\.element)
            .filter { seen.insert($0.description).inserted }
    }

    func resolved(_ path: String) -> String {
        path.hasPrefix("/") || baseFolder.isEmpty ? path : "\(baseFolder)/\(path)"
    }
}
