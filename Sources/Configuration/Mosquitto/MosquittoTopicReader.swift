import MQTTProtocol

/// `topic PATTERN [[[out | in | both] QOS] LOCAL-PREFIX REMOTE-PREFIX]`, where `""` stands for nothing.
struct MosquittoTopicReader {
    let reading: Reading

    func read(_ line: MosquittoLine) -> MosquittoConnection.Topic? {
        let words = line.words
        guard let first = words.first, words.count <= 5 else {
            reading.error(
                line.origin,
                path: "topic",
                "expected `topic PATTERN [out|in|both [QOS [LOCAL-PREFIX REMOTE-PREFIX]]]`"
            )
            return nil
        }
        let pattern = text(first)
        let direction = words.count > 1 ? words[1].text : "out"
        guard ["out", "in", "both"].contains(direction) else {
            return fail(words[1], line, "expected `out`, `in` or `both`, not \(Words.shown(direction))")
        }
        let qos = words.count > 2 ? Int(words[2].text) : 0
        guard let qos, (0...2).contains(qos) else { return fail(words[2], line, "expected the QoS 0, 1 or 2") }
        let local = words.count > 3 ? text(words[3]) : ""
        let remote = words.count > 4 ? text(words[4]) : ""
        for (index, prefix) in [(3, local), (4, remote)] where !prefix.isEmpty && !TopicName.isValid(prefix) {
            return fail(words[index], line, "a prefix has no `+` or `#`; \(Words.shown(prefix)) has")
        }
        if pattern.isEmpty {
            guard !local.isEmpty, !remote.isEmpty else {
                return fail(first, line, "an empty pattern needs both prefixes: they are the two names of one topic")
            }
        } else if TopicFilter(pattern) == nil {
            return fail(
                first,
                line,
                "\(Words.shown(pattern)) is no topic filter: `+` and `#` stand alone between slashes, and `#` at the end"
            )
        }
        return MosquittoConnection.Topic(
            line: line.number,
            pattern: pattern,
            direction: direction,
            qos: qos,
            localPrefix: local,
            remotePrefix: remote
        )
    }

    private func text(_ word: MosquittoLine.Word) -> String { word.text == "\"\"" ? "" : word.text }

    private func fail(
        _ word: MosquittoLine.Word,
        _ line: MosquittoLine,
        _ words: String
    ) -> MosquittoConnection.Topic? {
        reading.error(Origin(line: line.number, column: word.column), path: "topic", words)
        return nil
    }
}
