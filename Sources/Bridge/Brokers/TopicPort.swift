package import Federation

/// One connection of a bridge to a broker.
package struct TopicPort: Hashable, Sendable {
    package let side: Side
    /// It reads the stored retained messages and ends; the other one carries messages.
    package let isReading: Bool

    package init(_ side: Side, isReading: Bool = false) {
        self.side = side
        self.isReading = isReading
    }

    static let all = Side.allCases.flatMap { [TopicPort($0), TopicPort($0, isReading: true)] }
}
