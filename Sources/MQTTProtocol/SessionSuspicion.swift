/// Finds the message at which a broker hangs up. Many brokers refuse what may not be published, or what is too large for them, in no other way:
/// sent again on each connection, it would end all of them.
///
/// After some connections on which nothing was acknowledged, what is in flight is sent one by one. A message that has then ended several
/// connections in a row, with nothing else under way, is given up.
struct SessionSuspicion: Sendable {
    private var fruitlessCount = 0
    /// Messages that are still to be sent one by one.
    private var suspectCount = 0
    private var strikeCount = 0
    private var hasProgress = false

    private static let fruitlessMaximum = 3
    private static let strikeMaximum = 3

    /// One message at a time.
    var isCareful: Bool { suspectCount > 0 }

    mutating func beginConnection() { hasProgress = false }

    /// The broker has answered a PUBLISH, whatever it says.
    mutating func answered() {
        hasProgress = true
        fruitlessCount = 0
        strikeCount = 0
    }

    mutating func finished() { if suspectCount > 0 { suspectCount -= 1 } }

    /// The broker, or who knows what on the way to it, has ended the connection.
    ///
    /// - Parameters:
    ///   - unansweredCount: messages that were sent on it and not answered.
    ///   - inFlightCount: all that will be sent again.
    /// - Returns: whether the message is to be given up; it was the only one.
    mutating func connectionEnded(unansweredCount: Int, inFlightCount: Int) -> Bool {
        guard unansweredCount > 0, !hasProgress else { return false }
        guard isCareful else {
            fruitlessCount += 1
            if fruitlessCount == Self.fruitlessMaximum {
                fruitlessCount = 0
                suspectCount = inFlightCount
            }
            return false
        }
        strikeCount += 1
        guard strikeCount == Self.strikeMaximum else { return false }
        strikeCount = 0
        return true
    }
}
