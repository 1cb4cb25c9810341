import MQTTProtocol

extension RoutesDescription {
    /// Bytes of a bridge's name and of a broker's id.
    static let nameByteMaximum = 255

    /// Reads what anybody on the broker may have written.
    init(parsing text: [UInt8], _ limits: BrokerGraphLimits) throws(RoutesTextFault) {
        guard text.count <= limits.descriptionByteMaximum else {
            throw RoutesTextFault(line: 0, words: "more than \(limits.descriptionByteMaximum) bytes")
        }
        guard let whole = String(validating: text, as: UTF8.self) else {
            throw RoutesTextFault(line: 0, words: "not in UTF-8")
        }
        var reader = Reader(limits: limits)
        let lines = whole.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        guard let heading = lines.first, heading.elementsEqual(Self.heading.utf8) else {
            throw RoutesTextFault(line: 1, words: "does not say \(Self.heading)")
        }
        for (number, line) in lines.enumerated().dropFirst() {
            let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            do {
                try reader.read(words)
            } catch {
                throw RoutesTextFault(line: number + 1, words: error.words)
            }
        }
        do {
            try reader.finishEdge()
        } catch {
            throw RoutesTextFault(line: lines.count, words: error.words)
        }
        guard let own = reader.edges.first, own.tellers.isEmpty else {
            throw RoutesTextFault(line: 0, words: "the first edge is not the teller's own")
        }
        sign = reader.sign
        self.own = own.edge
        repeated = Array(reader.edges.dropFirst())
        var nonces: Set<UInt64> = []
        for told in reader.edges where !nonces.insert(told.edge.nonce).inserted {
            throw RoutesTextFault(line: 0, words: "edge \(String(told.edge.nonce, radix: 16)) is told twice")
        }
    }

    private struct Complaint: Error {
        let words: String
    }

    private struct Reader {
        struct Head {
            let name: String
            let nonce: UInt64
            let sequence: UInt64
            let tellers: [UInt64]
        }

        let limits: BrokerGraphLimits
        private(set) var sign: String?
        var edges: [ToldEdge] = []
        private var head: Head?
        private var first: BridgeEdge.End?
        private var second: BridgeEdge.End?
        private var rules: [TopicRule] = []

        init(limits: BrokerGraphLimits) { self.limits = limits }

        mutating func read(_ words: [String]) throws(Complaint) {
            switch words.first {
            case "sign":
                guard words.count == 2, sign == nil, head == nil else {
                    throw Complaint(words: "a sign is one topic, before the first edge")
                }
                sign = try topic(words[1])
            case "edge":
                try finishEdge()
                guard words.count == 5 else {
                    throw Complaint(words: "an edge has a name, a nonce, a sequence and tellers")
                }
                guard let nonce = UInt64(words[2], radix: 16), let sequence = UInt64(words[3]) else {
                    throw Complaint(words: "the nonce or the sequence is not a number")
                }
                head = Head(name: try name(words[1]), nonce: nonce, sequence: sequence, tellers: try tellers(words[4]))
            case "first": first = try end(words, first)
            case "second": second = try end(words, second)
            case "rule":
                guard head != nil else { throw Complaint(words: "a rule before the first edge") }
                rules.append(try rule(words))
            case nil: break
            case let word?: throw Complaint(words: "it begins with \(word.prefix(20).debugDescription)")
            }
        }

        mutating func finishEdge() throws(Complaint) {
            guard let head else {
                if first != nil || second != nil { throw Complaint(words: "an end before the first edge") }
                return
            }
            guard let first, let second else { throw Complaint(words: "an edge lacks an end") }
            guard edges.count < limits.edgeMaximum else {
                throw Complaint(words: "more than \(limits.edgeMaximum) edges")
            }
            let edge = BridgeEdge(
                name: head.name,
                nonce: head.nonce,
                sequence: head.sequence,
                first: first,
                second: second,
                rules: rules
            )
            edges.append(ToldEdge(edge: edge, tellers: head.tellers))
            self.head = nil
            self.first = nil
            self.second = nil
            rules = []
        }

        private func end(_ words: [String], _ known: BridgeEdge.End?) throws(Complaint) -> BridgeEdge.End {
            guard known == nil else { throw Complaint(words: "an end twice") }
            guard words.count == 3, ["path", "nopath"].contains(words[2]) else {
                throw Complaint(words: "an end has a broker's id, and path or nopath")
            }
            return BridgeEdge.End(id: try name(words[1]), keepsPath: words[2] == "path")
        }

        private func tellers(_ word: String) throws(Complaint) -> [UInt64] {
            if word == "-" { return [] }
            var tellers: [UInt64] = []
            for part in word.split(separator: ",", omittingEmptySubsequences: false) {
                guard let nonce = UInt64(part, radix: 16) else { throw Complaint(words: "a teller is not a number") }
                tellers.append(nonce)
            }
            guard tellers.count <= limits.tellerMaximum else {
                throw Complaint(words: "more than \(limits.tellerMaximum) tellers")
            }
            return tellers
        }

        private func rule(_ words: [String]) throws(Complaint) -> TopicRule {
            guard words.count >= 3, let direction = Direction(rawValue: words[1]) else {
                throw Complaint(words: "a rule has a direction and a filter")
            }
            var texts: [String: String] = [:]
            var excludes: [TopicFilter] = []
            for word in words.dropFirst(2) {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { throw Complaint(words: "a word without =") }
                let (key, text) = (String(parts[0]), try unescaped(String(parts[1])))
                switch key {
                case "exclude": excludes.append(try filter(text))
                case "filter", "first", "second", "rename", "share":
                    guard texts.updateValue(text, forKey: key) == nil else { throw Complaint(words: "\(key) twice") }
                case _: throw Complaint(words: "a rule has no \(key.prefix(20).debugDescription)")
                }
            }
            guard let asked = texts["filter"] else { throw Complaint(words: "a rule without a filter") }
            do {
                return try TopicRule(
                    filter: try filter(asked),
                    direction: direction,
                    firstPrefix: texts["first"] ?? "",
                    secondPrefix: texts["second"] ?? "",
                    rename: try texts["rename"].map { try TopicTemplate($0) },
                    excludes: excludes,
                    share: texts["share"]
                )
            } catch {
                throw Complaint(words: "a rule that can't be")
            }
        }

        private func filter(_ text: String) throws(Complaint) -> TopicFilter {
            guard let filter = TopicFilter(text) else { throw Complaint(words: "a filter that is none") }
            return filter
        }

        private func topic(_ word: String) throws(Complaint) -> String {
            let topic = try unescaped(word)
            guard TopicName.isValid(topic) else { throw Complaint(words: "a topic that is none") }
            return topic
        }

        private func name(_ word: String) throws(Complaint) -> String {
            let name = try unescaped(word)
            guard 1...RoutesDescription.nameByteMaximum ~= name.utf8.count else {
                throw Complaint(words: "a name is longer than \(RoutesDescription.nameByteMaximum) bytes")
            }
            return name
        }

        private func unescaped(_ word: String) throws(Complaint) -> String {
            let word = Array(word.utf8)
            var bytes: [UInt8] = []
            var at = 0
            while at < word.count {
                guard word[at] == UInt8(ascii: "%") else {
                    bytes.append(word[at])
                    at += 1
                    continue
                }
                guard at + 2 < word.count, word[at + 1] != UInt8(ascii: "+"), word[at + 1] != UInt8(ascii: "-"),
                    let byte = UInt8(String(decoding: word[at + 1...at + 2], as: UTF8.self), radix: 16)
                else { throw Complaint(words: "a % without two hexadecimal digits") }
                bytes.append(byte)
                at += 3
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Complaint(words: "not in UTF-8") }
            return text
        }
    }
}
