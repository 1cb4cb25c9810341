import Federation
import MQTTProtocol

/// What both sides held when they last agreed, across the bridge's own lives.
extension TopicRelay {
    /// Counts up when there is something new to save.
    package var memoryRevision: UInt64 { ledger.revision }

    /// What a file has to hold; nil: nothing is known yet that would be better than what it holds.
    package var memoryContent: RetainedMemoryFile.Content? {
        guard memoryScope != nil else { return nil }
        return RetainedMemoryFile.Content(scope: scopeNow, memory: ledger.memory)
    }

    /// Both links are up, so it is known which brokers these are.
    func takeMemory() {
        guard !readRules.isEmpty else { return }
        let scope = scopeNow
        if let restored {
            self.restored = nil
            if restored.scope == scope {
                ledger.restore(restored.memory)
            } else {
                say(
                    .notice,
                    "the retained memory is about other brokers or rules: retained messages are compared as at a first start"
                )
            }
        } else if let memoryScope, memoryScope != scope {
            ledger.forgetAll()
        }
        memoryScope = scope
    }

    /// An id that a broker was given while its link was up makes it no other broker.
    func noteMemoryScope() {
        if memoryScope != nil, first.isUp, second.isUp { memoryScope = scopeNow }
    }

    /// Of all that decides what the keys and digests of the memory stand for: the brokers, the versions that are spoken, and the rules.
    private var scopeNow: Digest128 {
        var parts: [[UInt8]] = []
        func add(_ text: String) { parts.append(Array(text.utf8)) }
        for end in [first, second] {
            add(end.brokerID ?? "")
            add("\(end.version)")
        }
        for rule in settings.rules.rules {
            add(rule.filter.text)
            add("\(rule.direction) \(rule.retain) \(rule.share != nil) \(rule.rename != nil) \(rule.excludes.count)")
            for side in Side.allCases {
                add(rule.prefix(on: side))
                add(rule.filter(on: side).text)
            }
            add(rule.rename?.text ?? "")
            for exclude in rule.excludes { add(exclude.text) }
        }
        return Digest128(hashing: parts)
    }
}
