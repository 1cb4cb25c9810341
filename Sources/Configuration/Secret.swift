/// Bytes that nobody may see: no description, interpolation, dump or debugger summary shows them.
package struct Secret: Equatable, Sendable {
    /// For the proof that is made of it, and for nothing that is shown.
    package let content: [UInt8]

    package init(content: [UInt8]) { self.content = content }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
