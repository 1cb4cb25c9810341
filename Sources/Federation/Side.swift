/// One of the two ends of a bridge, in the order in which `between` names them.
package enum Side: Hashable, Sendable, CaseIterable {
    case first, second

    package var other: Side {
        switch self {
        case .first: .second
        case .second: .first
        }
    }
}

/// Which way a rule lets messages start: calls, sends, broadcasts and publications. Answers always come back.
package enum Direction: String, CaseIterable, Sendable {
    /// From the first side to the second.
    case out
    /// From the second side to the first.
    case `in`
    case both

    package func allows(from side: Side) -> Bool {
        switch self {
        case .both: true
        case .out: side == .first
        case .in: side == .second
        }
    }
}
