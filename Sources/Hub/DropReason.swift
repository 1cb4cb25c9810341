/// Why a message went nowhere, or a client away. Counted by reason; the raw value is the name in logs.
package enum DropReason: String, CaseIterable, Sendable {
    case noReceiver = "no_receiver"
    case noProvider = "no_provider"
    case providerLost = "provider_lost"
    case callerLost = "caller_lost"
    case cancelled
    case deadline
    case denied
    case readOnly = "read_only"
    case loop
    case overloaded
    case malformedFrame = "malformed_frame"
    case malformedMessage = "malformed_message"
    case unknownType = "unknown_type"
    case unaskedResponse = "unasked_response"
    case notOwner = "not_owner"
    case notBridge = "not_bridge"
    case failedProof = "failed_proof"
    case notIdentified = "not_identified"
    case slowReader = "slow_reader"
    case idle
}

/// How often each reason occurred since the hub began.
package struct DropCounts: Sendable, Equatable {
    private var counts = [UInt64](repeating: 0, count: DropReason.allCases.count)

    package init() {}

    package subscript(reason: DropReason) -> UInt64 { counts[reason.index] }

    package mutating func count(_ reason: DropReason) { counts[reason.index] &+= 1 }

    /// The reasons that occurred, as `reason=count`, in order of declaration.
    package var summary: String {
        DropReason.allCases.filter { self[$0] > 0 }.map { "\($0.rawValue)=\(self[$0])" }.joined(separator: " ")
    }
}

extension DropReason {
    fileprivate var index: Int {
        switch self {
        case .noReceiver: 0
        case .noProvider: 1
        case .providerLost: 2
        case .callerLost: 3
        case .deadline: 4
        case .denied: 5
        case .readOnly: 6
        case .loop: 7
        case .overloaded: 8
        case .malformedFrame: 9
        case .malformedMessage: 10
        case .unknownType: 11
        case .unaskedResponse: 12
        case .notOwner: 13
        case .notBridge: 14
        case .failedProof: 15
        case .notIdentified: 16
        case .slowReader: 17
        case .idle: 18
        case .cancelled: 19
        }
    }
}
