/// Why a bridge did not pass a message on. The raw value is the name in logs and news.
package enum RelayDrop: String, CaseIterable, Sendable {
    /// No rule carries it.
    case notAllowed = "not_allowed"
    case loop
    /// Another bridge brings it to that hub.
    case duplicate
    case linkDown = "link_down"
    case noProvider = "no_provider"
    case overloaded
    case deadline
    case badSignature = "bad_signature"
    case malformed
    case lateAnswer = "late_answer"
}

/// What a bridge passed on and what not, since it began.
package struct RelayCounts: Sendable, Equatable {
    package private(set) var relayed: UInt64 = 0
    private var drops: [RelayDrop: UInt64] = [:]

    package subscript(drop: RelayDrop) -> UInt64 { drops[drop] ?? 0 }

    mutating func countRelayed() { relayed &+= 1 }
    mutating func count(_ drop: RelayDrop) { drops[drop, default: 0] &+= 1 }

    /// As `reason=count`, in order of declaration; empty where nothing was dropped.
    package var dropSummary: String {
        RelayDrop.allCases.filter { self[$0] > 0 }.map { "\($0.rawValue)=\(self[$0])" }.joined(separator: " ")
    }
}
