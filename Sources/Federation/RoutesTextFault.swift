/// Why a description of routes is not believed.
package struct RoutesTextFault: Error, Equatable, Sendable {
    /// Counted from 1; 0: the text as a whole.
    package let line: Int
    /// What is wrong, in one sentence without a full stop.
    package let words: String
}

extension RoutesTextFault: CustomStringConvertible {
    package var description: String { line == 0 ? words : "line \(line): \(words)" }
}
