/// The bounds of what a bridge between two brokers keeps of their retained messages.
package struct RetainedLimits: Sendable {
    /// Topics that are remembered, of 64 to 128 bytes each. Those beyond are compared as if both sides had never agreed on them, so what was
    /// cleared on one side comes back from the other; they are counted.
    package var topicMaximum = 1_000_000
    /// Bytes of messages and names that wait during a reading for what the other side holds. What finds no room is read a second time, once
    /// it is known which of it has to cross.
    package var byteMaximum = 16 << 20
    /// Topics whose messages crossed each other on the way, and which wait for a reading that finds out what became of them.
    package var contestMaximum = 10_000

    package init() {}
}
