import Federation
import MQTTProtocol
import NIOCore

/// The connection that reads the stored messages of one side, of all rules or of the topics of a proof: it subscribes, waits for messages of its
/// own behind them, and ends. Confined to the bridge's loop.
final class RetainedReader {
    enum Phase: Equatable {
        case connecting
        /// SUBSCRIBE is under way.
        case subscribing
        /// The marks are under way, and stored messages come before them.
        case reading
        /// The marks have come. A broker may still be sending what it holds: some read their store beside the message flow.
        case settling(until: NIODeadline)
        case over
    }

    /// What a filter is for.
    enum Purpose: Equatable {
        /// To hear the marks.
        case mark
        /// To see whether the broker shows what is stored to a filter with a wildcard: the link's state is.
        case sample
        /// Rules, by their indices.
        case rules([Int], filter: String)
        /// A topic of a proof.
        case topic
    }

    /// Stored messages of so many bytes find room in any socket. Of more than that a broker may leave some out: mosquitto those for which a
    /// subscriber's queue has no room.
    static let sureByteMaximum = 64 << 10
    /// A broker that leaves messages out because a queue is full leaves out one of so many marks as well.
    static let markCount = 10
    /// After the marks, and each time that one more message has come since.
    static let settlingTime = TimeAmount.milliseconds(100)
    /// After the last stored message, for marks that do not come.
    static let markTimeout = TimeAmount.seconds(5)
    /// The same in a proof, after any bytes.
    static let proofTimeout = TimeAmount.seconds(2)
    /// The same where the bridge may not hear them.
    static let deafTimeout = TimeAmount.seconds(1)

    var session: MQTTClientSession
    var phase = Phase.connecting
    /// What is asked for; nil: all of the rules.
    var proof: RetainedProof?
    /// Counts up with each time of asking.
    var askCount = 0
    /// By number: where two filters have the topic, a mark may come twice.
    var marksHeard: Set<Int> = []
    /// Of the stored messages that have come.
    var shownByteCount = 0
    /// The broker does not let the bridge hear its marks.
    var isDeaf = false
    /// SUBSCRIBE packets that are not answered, by their identifier.
    var subscribing: [UInt16: [Purpose]] = [:]
    /// When the last stored message came, or the subscriptions stood; in a proof, when anything came.
    var lastShown = NIODeadline.distantFuture
    /// The broker has granted the sample's filter, and what is stored there must come.
    var awaitsSample = false

    /// - Parameter version: the one that the link speaks.
    init(_ settings: MQTTClientSession.Settings, version: MQTTVersion, proof: RetainedProof? = nil) {
        self.proof = proof
        var settings = settings
        if !settings.clientID.isEmpty { settings.clientID += "-retained" }
        settings.version = version
        settings.fallsBack = false
        settings.cleanStart = true
        settings.sessionExpiry = 0
        settings.will = nil
        // The bridge's mark would have live messages come with the flag.
        settings.hasBridgeBit = false
        session = MQTTClientSession(settings: settings)
    }

    var isOver: Bool { phase == .over }

    var hasAllMarks: Bool { marksHeard.count >= Self.markCount }

    var markDeadline: NIODeadline {
        if isDeaf { return lastShown + Self.deafTimeout }
        return lastShown + (proof == nil ? Self.markTimeout : Self.proofTimeout)
    }
}

/// A reading that is going on: of both sides, or of one.
struct RetainedReadingPass {
    private var readers = BySide(RetainedReader?.none)
    let begin: NIODeadline
    /// When nothing has come for too long.
    var deadline: NIODeadline

    init(begin: NIODeadline, deadline: NIODeadline) {
        self.begin = begin
        self.deadline = deadline
    }

    subscript(side: Side) -> RetainedReader? {
        get { readers[side] }
        set { readers[side] = newValue }
    }
}
