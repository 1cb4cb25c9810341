import MQTTProtocol

/// What a bridge does with the messages of one topic of one side.
struct TopicDecision: Sendable {
    private let isCarried: Bool
    /// The brokers, by their ids in paths, of which none may have seen the message.
    private let barred: [[UInt8]]
    /// Whether messages that began at a broker take this way. The first one of a path that is in here decides; empty, or none of them: they do.
    private let origins: [[UInt8]: Bool]

    static let standBy = TopicDecision(isCarried: false, barred: [], origins: [:])

    static func carry(unlessPassed barred: [[UInt8]], notFrom origins: [[UInt8]: Bool] = [:]) -> TopicDecision {
        TopicDecision(isCarried: true, barred: barred, origins: origins)
    }

    func carries(_ path: StingerPath?) -> Bool {
        guard isCarried else { return false }
        guard let path else { return true }
        for id in barred where id.withUnsafeBytes({ path.contains($0) }) { return false }
        guard !origins.isEmpty else { return true }
        var answer = true
        path.forEachID { id in
            guard let known = origins[Array(id)] else { return true }
            answer = known
            return false
        }
        return answer
    }
}
