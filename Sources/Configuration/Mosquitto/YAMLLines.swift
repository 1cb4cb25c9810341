/// Lines of a YAML text, each perhaps with a comment behind it.
struct YAMLLines {
    private(set) var lines: [String] = []
    private let commentColumn = 64

    mutating func add(_ line: String, comment: String? = nil) {
        guard let comment else {
            lines.append(line)
            return
        }
        let gap = String(repeating: " ", count: max(2, commentColumn - line.count))
        lines.append("\(line)\(gap)# \(comment)")
    }

    /// A comment of its own, broken where it is long.
    mutating func comment(_ text: String, indent: Int = 0) {
        let begin = String(repeating: " ", count: indent) + "#"
        var line = begin
        for word in text.split(separator: " ") {
            if line.count + word.count > 118, line != begin {
                lines.append(line)
                line = begin
            }
            line += " \(word)"
        }
        lines.append(line)
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
