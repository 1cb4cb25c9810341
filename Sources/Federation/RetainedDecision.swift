/// What a reading of both sides' retained messages has found to be done.
package struct RetainedDecision: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        /// On the side that the passage goes to, retained.
        case publish(RetainedMessage)
        /// There, by a retained message without a payload.
        case clear
    }

    package let action: Action
    /// As it is named on the first side.
    package let topic: [UInt8]
    package let rule: Int
    /// Both sides had changed since they last agreed, and the rule has chosen the one that the passage comes from.
    package let isConflict: Bool
    package let passage: RetainedPassage
}
