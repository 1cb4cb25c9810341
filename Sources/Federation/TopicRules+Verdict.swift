package import MQTTProtocol

extension TopicRules {
    /// What becomes of messages of a topic that start on one side, with its reason.
    package enum Verdict: Equatable, Sendable {
        /// They go on, under this name, by the rule at this index.
        case carried(name: String, rule: Int)
        case stopped(Stop)
    }

    package enum Stop: Equatable, Sendable {
        /// A wildcard or a zero character in it, empty, or longer than 65,535 bytes.
        case noTopicName
        /// It is, or would become, a topic of the bridges or of a broker, and no rule calls it by name.
        case reserved
        case noRule
        /// The rule at this index names it, for the other direction.
        case otherDirection(rule: Int)
        /// A filter of the rule at this index excludes it.
        case excluded(rule: Int, by: TopicFilter)
        /// The rule at this index leaves nothing of the name, or makes it longer than 65,535 bytes.
        case noNewName(rule: Int)
    }

    package func verdict(from side: Side, topic: String) -> Verdict {
        var topic = topic
        return topic.withUTF8 { verdict(from: side, topic: UnsafeRawBufferPointer($0)) }
    }

    private func verdict(from side: Side, topic: UnsafeRawBufferPointer) -> Verdict {
        guard TopicName.isValid(topic) else { return .stopped(.noTopicName) }
        var name: [UInt8] = []
        switch decide(from: side, topic: topic) {
        case .carried(let rule):
            guard rename(from: side, rule: rule, topic: topic, into: &name) else {
                return .stopped(.noNewName(rule: rule))
            }
            return .carried(name: String(decoding: name, as: UTF8.self), rule: rule)
        case .noRule: return .stopped(.noRule)
        case .otherDirection(let rule): return .stopped(.otherDirection(rule: rule))
        case .excluded(let rule):
            let number = decisions(side).ways[rule].exclude(for: topic, name: &name)
            return .stopped(.excluded(rule: rule, by: rules[rule].excludes[number ?? 0]))
        case .reserved: return .stopped(.reserved)
        }
    }
}
