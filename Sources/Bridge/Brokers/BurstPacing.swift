import NIOCore

/// When a broker's next messages are given a moment to gather.
///
/// A broker writes each message by itself, and a bridge that is woken for each spends several times as long on that as on the messages. So where
/// many come, reading pauses after each read, for less time than anybody notices at such a rate; where few come, each passes at once.
struct BurstPacing {
    /// Messages of QoS 0 since the last read ended. Others are not to come later: their source waits for the acknowledgement.
    var messageCount = 0
    private var lastReadAt = NIODeadline.uptimeNanoseconds(0)

    static let pause = TimeAmount.microseconds(500)
    /// Reads that are nearer to each other than this are many: 10,000 a second.
    private static let readInterval = TimeAmount.microseconds(100)
    /// As many messages in one read are a burst, however long ago the last one was.
    private static let burstMinimum = 4
    /// So many fill a read by themselves.
    private static let burstMaximum = 256

    /// - Returns: how long the next read is to wait; nil: not at all.
    mutating func readEnded(now: NIODeadline) -> TimeAmount? {
        let interval = now - lastReadAt
        let count = messageCount
        lastReadAt = now
        messageCount = 0
        guard count > 0, count < Self.burstMaximum else { return nil }
        return count >= Self.burstMinimum || interval < Self.readInterval ? Self.pause : nil
    }
}
