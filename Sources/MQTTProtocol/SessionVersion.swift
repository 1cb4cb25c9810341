/// Which version the next CONNECT speaks.
///
/// Brokers from before MQTT 5 refuse it in different ways: with a code, or by hanging up. After a code 3.1.1 is spoken for good. Hanging up can
/// have other reasons, so the versions take turns until one is accepted.
struct SessionVersion: Sendable {
    private let mayFallBack: Bool
    private var isSettled = false
    private(set) var current: MQTTVersion

    init(wanted: MQTTVersion, fallsBack: Bool) {
        current = wanted
        mayFallBack = fallsBack && wanted == .v5
    }

    mutating func accepted() { isSettled = true }

    /// - Returns: whether the next CONNECT speaks another version.
    mutating func refused() -> Bool {
        guard mayFallBack, current == .v5 else { return false }
        current = .v3_1_1
        isSettled = true
        return true
    }

    /// The next CONNECT speaks another version if this one is not answered.
    var takesTurns: Bool { mayFallBack && !isSettled }

    mutating func closedWithoutAnswer() {
        guard takesTurns else { return }
        switch current {
        case .v5: current = .v3_1_1
        case .v3_1_1: current = .v5
        }
    }
}
