import Federation
import MQTTProtocol
import NIOCore

/// The connection that reads the stored messages of one side: it subscribes, waits for a message of its own behind them, and ends.
struct RetainedReader {
    enum Phase: Equatable {
        case connecting
        /// SUBSCRIBE is under way: so many packets are not answered yet.
        case subscribing(Int)
        /// The mark is under way, and stored messages come before it.
        case reading
        /// The mark has come. A broker may still be sending what it holds: some read their store beside the message flow.
        case settling(until: NIODeadline)
        case over
    }

    /// After the mark, and each time that one more message has come since.
    static let settlingTime = TimeAmount.milliseconds(100)

    var session: MQTTClientSession
    var phase = Phase.connecting

    /// - Parameter version: what the main connection has found that the broker speaks.
    init(_ settings: MQTTClientSession.Settings, version: MQTTVersion) {
        var settings = settings
        settings.version = version
        settings.fallsBack = false
        if !settings.clientID.isEmpty { settings.clientID += "-retained" }
        settings.cleanStart = true
        settings.sessionExpiry = 0
        settings.will = nil
        // The bridge's mark would have live messages come with the flag.
        settings.hasBridgeBit = false
        session = MQTTClientSession(settings: settings)
    }
}

/// A reading of both sides that is going on.
struct RetainedReadingPass {
    private var first: RetainedReader?
    private var second: RetainedReader?
    /// For all of it.
    let deadline: NIODeadline

    init(deadline: NIODeadline) { self.deadline = deadline }

    subscript(side: Side) -> RetainedReader? {
        get {
            switch side {
            case .first: first
            case .second: second
            }
        }
        set {
            switch side {
            case .first: first = newValue
            case .second: second = newValue
            }
        }
    }
}
