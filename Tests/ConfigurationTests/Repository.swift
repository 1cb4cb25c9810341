import Foundation

/// The files of the project, seen from its tests.
enum Repository {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func read(_ file: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
    }

    /// The ready configurations, by name.
    static func examples() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/config").filter { $0.hasSuffix(".yaml") }.sorted()
    }
}
