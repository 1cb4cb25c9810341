/// Why a file cannot be used. Its description is one line for the person who named the file.
package struct FileFault: Error, Equatable, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) { self.description = description }
}
