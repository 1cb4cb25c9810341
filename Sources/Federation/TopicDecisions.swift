import MQTTProtocol

/// The rules of a bridge as they are for messages from one side.
struct TopicDecisions: Sendable {
    let ways: [TopicWay]
    private var index = TopicIndex()
    private var lastTopic: [UInt8] = []
    /// nil: there was none yet.
    private var lastMatch: TopicRules.Match?
    /// Space that is used again.
    private var found: [Int32] = []
    private var name: [UInt8] = []

    init(_ rules: [TopicRule], from side: Side) {
        ways = rules.map { TopicWay($0, from: side) }
        for (number, rule) in rules.enumerated() { index.insert(rule.filter(on: side), Int32(number)) }
    }

    mutating func match(_ topic: UnsafeRawBufferPointer, beyond far: TopicDecisions) -> TopicRules.Match {
        if let lastMatch, lastTopic.withUnsafeBytes({ $0.hasSameBytes(as: topic) }) { return lastMatch }
        var found: [Int32] = []
        var name: [UInt8] = []
        swap(&found, &self.found)
        swap(&name, &self.name)
        let match = decide(topic, beyond: far, found: &found, name: &name)
        swap(&found, &self.found)
        swap(&name, &self.name)
        lastTopic.removeAll(keepingCapacity: true)
        lastTopic.append(contentsOf: topic)
        lastMatch = match
        return match
    }

    /// - Parameters:
    ///   - found: space for numbers of rules, and `name` for a name; what they hold is lost.
    func decide(
        _ topic: UnsafeRawBufferPointer,
        beyond far: TopicDecisions,
        found: inout [Int32],
        name: inout [UInt8]
    ) -> TopicRules.Match {
        find(topic, &found)
        let isBridges = ReservedTopics.isBridges(topic)
        var stop: TopicRules.Match?
        for number in found {
            let rule = Int(number)
            guard !isBridges || ways[rule].namesBridges, ways[rule].hasPrefix(topic) else { continue }
            guard ways[rule].isAllowed else {
                stop = stop ?? .otherDirection(rule: rule)
                continue
            }
            guard ways[rule].exclude(for: topic, name: &name) == nil else { return .excluded(rule: rule) }
            guard !ways[rule].becomesReserved(topic, beyond: far.ways[rule], name: &name) else {
                stop = stop ?? .reserved
                continue
            }
            return .carried(rule: rule)
        }
        return stop ?? (isBridges || ReservedTopics.isBrokers(topic) ? .reserved : .noRule)
    }

    /// The rules whose filters match, in their order.
    func candidates(_ topic: UnsafeRawBufferPointer) -> [Int] {
        var found: [Int32] = []
        find(topic, &found)
        return found.map(Int.init).filter { ways[$0].hasPrefix(topic) }
    }

    private func find(_ topic: UnsafeRawBufferPointer, _ found: inout [Int32]) {
        found.removeAll(keepingCapacity: true)
        index.forEachMatch(topic) { found.append($0) }
        if found.count > 1 { found.sort() }
    }
}
