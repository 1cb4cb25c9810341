/// What one bridge tells on one broker: its own edge, and those that it has heard of on its other broker.
///
/// A text of lines, each of words with a space between them, for people to read as well:
///
///     stinger-bridge routes 1
///     sign TOPIC
///     edge NAME NONCE SEQUENCE TELLERS
///     first BROKER path
///     second BROKER nopath
///     rule both filter=a/# second=site/ exclude=a/b
///
/// The sign is a topic of this broker whose message `0` says that the teller is gone, and `1` that it is back; without one it stays until it is
/// cleared. An edge is followed by its ends and its rules; the first edge is the teller's own. Nonces are hexadecimal, tellers are joined with `,` and
/// `-` where there are none. In texts, `%`, blanks and control characters stand as `%` and two hexadecimal digits for each byte.
struct RoutesDescription: Equatable, Sendable {
    static let heading = "stinger-bridge routes 1"

    var sign: String?
    var own: BridgeEdge
    var repeated: [ToldEdge] = []

    /// - Parameter limits: edges for which there is no room are left out, the last ones first.
    func text(_ limits: BrokerGraphLimits) -> [UInt8] {
        var text = Array((Self.heading + "\n").utf8)
        if let sign { text += Array("sign \(Self.escaped(sign))\n".utf8) }
        Self.write(ToldEdge(edge: own, tellers: []), into: &text)
        for told in repeated.prefix(limits.edgeMaximum - 1) {
            let end = text.count
            Self.write(told, into: &text)
            if text.count > limits.descriptionByteMaximum {
                text.removeSubrange(end...)
                break
            }
        }
        return text
    }

    private static func write(_ told: ToldEdge, into text: inout [UInt8]) {
        let edge = told.edge
        let tellers = told.tellers.map { String($0, radix: 16) }.joined(separator: ",")
        var lines = [
            "edge \(escaped(edge.name)) \(String(edge.nonce, radix: 16)) \(edge.sequence) \(tellers.isEmpty ? "-" : tellers)",
            "first \(escaped(edge.first.id)) \(edge.first.keepsPath ? "path" : "nopath")",
            "second \(escaped(edge.second.id)) \(edge.second.keepsPath ? "path" : "nopath")",
        ]
        for rule in edge.rules {
            var words = ["rule", rule.direction.rawValue, "filter=" + escaped(rule.filter.text)]
            if !rule.firstPrefix.isEmpty { words.append("first=" + escaped(rule.firstPrefix)) }
            if !rule.secondPrefix.isEmpty { words.append("second=" + escaped(rule.secondPrefix)) }
            if let rename = rule.rename { words.append("rename=" + escaped(rename.text)) }
            if let share = rule.share { words.append("share=" + escaped(share)) }
            words += rule.excludes.map { "exclude=" + escaped($0.text) }
            lines.append(words.joined(separator: " "))
        }
        for line in lines { text += Array(line.utf8) + [UInt8(ascii: "\n")] }
    }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
