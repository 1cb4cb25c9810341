/// Why an address, a file or a listener cannot be used. Its description is one line for the person who started the program.
package struct TransportError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
