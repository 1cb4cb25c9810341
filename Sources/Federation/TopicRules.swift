import MQTTProtocol

/// The rules of one bridge between brokers. The first that matches a message and allows its direction decides.
///
/// Deciding is on the way of every message: what a topic's name asks is precomputed, and the last topic of each side is remembered with its
/// answer, so a value that answers for messages is kept as a variable.
package struct TopicRules: Sendable {
    package let rules: [TopicRule]
    private var first: TopicDecisions
    private var second: TopicDecisions

    package init(_ rules: [TopicRule]) {
        self.rules = rules
        first = TopicDecisions(rules, from: .first)
        second = TopicDecisions(rules, from: .second)
    }

    /// What the rules say of a topic.
    package enum Match: Equatable, Sendable {
        /// It goes on by the rule at this index.
        case carried(rule: Int)
        case noRule
        /// The rule at this index names it, for the other direction.
        case otherDirection(rule: Int)
        /// The rule at this index names it, and excludes it from itself and from those behind it.
        case excluded(rule: Int)
        /// It is, or would become, a topic of the bridges or of a broker, and no rule calls it by name.
        case reserved
    }

    /// - Parameter topic: a valid name.
    package mutating func match(from side: Side, topic: UnsafeRawBufferPointer) -> Match {
        switch side {
        case .first: first.match(topic, beyond: second)
        case .second: second.match(topic, beyond: first)
        }
    }

    /// Whether names stay as they are.
    package func isIdentity(_ rule: Int) -> Bool {
        switch first.ways[rule].change {
        case .none: true
        case .prefix, .template, .impossible: false
        }
    }

    /// Appends the name that a topic has on the other side.
    ///
    /// - Returns: false when that is no valid name, or the rule does not fit; nothing has been appended then.
    package func rename(
        from side: Side,
        rule: Int,
        topic: UnsafeRawBufferPointer,
        into name: inout [UInt8]
    ) -> Bool {
        switch side {
        case .first: first.ways[rule].rename(topic, into: &name)
        case .second: second.ways[rule].rename(topic, into: &name)
        }
    }

    /// As `rename`, on the way of every message: rules that are a property of an object would be copied for a call that is not `mutating`.
    package mutating func rename(
        matched rule: Int,
        from side: Side,
        topic: UnsafeRawBufferPointer,
        into name: inout [UInt8]
    ) -> Bool {
        switch side {
        case .first: first.ways[rule].rename(topic, into: &name)
        case .second: second.ways[rule].rename(topic, into: &name)
        }
    }

    /// Appends the name that a response topic of one side must have on the other, so that an answer which is sent there comes back under the
    /// response topic.
    ///
    /// - Returns: the rule that brings the answer back; nil where none does, and nothing has been appended then.
    package func returnName(
        from side: Side,
        responseTopic: UnsafeRawBufferPointer,
        into name: inout [UInt8]
    ) -> Int? {
        guard TopicName.isValid(responseTopic) else { return nil }
        let near = decisions(side)
        let far = decisions(side.other)
        let start = name.count
        for rule in near.candidates(responseTopic) where far.ways[rule].isAllowed {
            guard near.ways[rule].rename(responseTopic, into: &name) else { continue }
            if leads(name[start...], from: side.other, by: rule, to: responseTopic) { return rule }
            name.removeSubrange(start...)
        }
        return nil
    }

    private func leads(
        _ name: ArraySlice<UInt8>,
        from side: Side,
        by rule: Int,
        to topic: UnsafeRawBufferPointer
    ) -> Bool {
        name.withUnsafeBytes { name in
            guard decide(from: side, topic: name) == .carried(rule: rule) else { return false }
            var back: [UInt8] = []
            guard rename(from: side, rule: rule, topic: name, into: &back) else { return false }
            return back.withUnsafeBytes { $0.hasSameBytes(as: topic) }
        }
    }

    /// As `match`, without remembering.
    func decide(from side: Side, topic: UnsafeRawBufferPointer) -> Match {
        var found: [Int32] = []
        var name: [UInt8] = []
        return decisions(side).decide(topic, beyond: decisions(side.other), found: &found, name: &name)
    }

    func decisions(_ side: Side) -> TopicDecisions {
        switch side {
        case .first: first
        case .second: second
        }
    }
}

extension TopicRules: Equatable {
    package static func == (one: TopicRules, other: TopicRules) -> Bool { one.rules == other.rules }
}
