/// Which of several addresses is dialled.
package enum AddressOrder: String, CaseIterable, Sendable {
    /// The next one when one fails. A broker that was reached is kept to: when its connection is lost, it is the first to be tried again.
    case inTurn = "in_turn"
    /// Each connection takes the one after the last.
    case roundRobin = "round_robin"
    /// Each round begins with the first; while another is connected, the first is tried again and taken when it answers.
    case returnToFirst = "return_to_first"
}
