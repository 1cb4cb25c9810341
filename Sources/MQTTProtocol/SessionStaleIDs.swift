/// Identifiers that a session from before this process's life may still hold at the broker.
///
/// A QoS 2 message under one of them would be taken for a repetition and lost. So the broker is told to release all that we may use, before
/// the first message of QoS 2: it answers each PUBREL with a PUBCOMP, whether it knew the identifier or not (MQTT 5.0, 4.3.3 and 3.7.2.1).
struct SessionStaleIDs: Sendable {
    enum State: Equatable, Sendable {
        case none
        case suspected
        case releasing
    }

    private(set) var state = State.none
    private var awaited: Set<UInt16> = []

    mutating func suspect() {
        state = .suspected
        awaited = []
    }

    mutating func ruleOut() {
        state = .none
        awaited = []
    }

    /// PUBRELs for 1 to `window` are sent now.
    mutating func begin(window: Int) {
        state = .releasing
        awaited = Set((1...window).map { UInt16($0) })
    }

    /// - Returns: whether the PUBCOMP answers one of them.
    mutating func completed(_ packetID: UInt16) -> Bool {
        guard state == .releasing, awaited.remove(packetID) != nil else { return false }
        if awaited.isEmpty { state = .none }
        return true
    }

    /// What was not answered is to be asked again.
    mutating func connectionEnded() {
        if state == .releasing { suspect() }
    }
}
