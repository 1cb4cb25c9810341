/// Topics that a side has not shown. They are asked for by name, because what a broker leaves out when it shows a great deal looks as if it had
/// been cleared.
package struct RetainedProof: Equatable, Sendable {
    package struct Topic: Equatable, Sendable {
        /// As it is named on the first side.
        package let name: [UInt8]
        package let rule: Int
    }

    package let side: Side
    package let topics: [Topic]
}
