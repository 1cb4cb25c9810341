import MQTTProtocol

@testable import Federation

extension TopicRule {
    /// A rule that is known to be sound.
    static func rule(
        _ filter: String,
        _ direction: Direction = .both,
        first: String = "",
        second: String = "",
        rename: String? = nil,
        excludes: [String] = [],
        share: String? = nil,
        qos: QoS = .exactlyOnce
    ) -> TopicRule {
        do {
            var rule = try make(filter, direction, (first, second), rename, excludes, share)
            rule.qos = qos
            return rule
        } catch {
            fatalError("the test's rule \(filter) can't be: \(error)")
        }
    }

    static func make(
        _ filter: String,
        _ direction: Direction = .both,
        _ prefixes: (first: String, second: String) = ("", ""),
        _ rename: String? = nil,
        _ excludes: [String] = [],
        _ share: String? = nil
    ) throws -> TopicRule {
        try TopicRule(
            filter: .known(filter),
            direction: direction,
            firstPrefix: prefixes.first,
            secondPrefix: prefixes.second,
            rename: rename.map { text throws(TopicTemplate.Fault) in try TopicTemplate(text) },
            excludes: excludes.map { .known($0) },
            share: share
        )
    }
}

extension TopicFilter {
    static func known(_ text: String) -> TopicFilter {
        guard let filter = TopicFilter(text) else { fatalError("\(text) is no filter") }
        return filter
    }
}

extension TopicRules {
    /// What the hot path says, as texts.
    mutating func carried(_ topic: String, from side: Side) -> String? {
        var topic = topic
        return topic.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            guard case .carried(let rule) = match(from: side, topic: bytes) else { return nil }
            return appended { rename(from: side, rule: rule, topic: bytes, into: &$0) }
        }
    }

    mutating func match(_ topic: String, from side: Side) -> Match {
        var topic = topic
        return topic.withUTF8 { match(from: side, topic: UnsafeRawBufferPointer($0)) }
    }

    func rename(_ topic: String, from side: Side, rule: Int) -> String? {
        var topic = topic
        return topic.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            return appended { rename(from: side, rule: rule, topic: bytes, into: &$0) }
        }
    }

    func returnName(_ topic: String, from side: Side) -> (name: String, rule: Int)? {
        var topic = topic
        var rule: Int?
        let name = topic.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            return appended { name in
                rule = returnName(from: side, responseTopic: bytes, into: &name)
                return rule != nil
            }
        }
        guard let name, let rule else { return nil }
        return (name, rule)
    }

    /// What is appended behind bytes that are there already, and nothing where it fails.
    private func appended(_ append: (inout [UInt8]) -> Bool) -> String? {
        var name = Array("before".utf8)
        let isAppended = append(&name)
        guard name.starts(with: Array("before".utf8)), isAppended || name.count == 6 else {
            fatalError("what was there already is gone, or something is left over")
        }
        return isAppended ? String(decoding: name[6...], as: UTF8.self) : nil
    }
}
