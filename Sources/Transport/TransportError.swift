/// Why a listener cannot be had. Its description is one line for the person who started the program.
package struct TransportError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
